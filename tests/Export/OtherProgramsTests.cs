using System.Runtime.CompilerServices;
using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Models;
using UnetSpikes.Tests.Support;
using Xunit;
using Network = UnetSpikes.Models.Architecture;

namespace UnetSpikes.Tests.Export;

/// <summary>Exported files are read by others than us: onnx's checker, and the runtime's JavaScript bindings of another version, native and WebAssembly.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class OtherProgramsTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private const double Tolerance = 1e-5;

    private static readonly Dictionary<string, ModelOptions> Networks = new()
    {
        ["linear"] = new ModelOptions { Channels = 6, Layers = 2, LatentDim = 4 },
        ["deconv"] = new ModelOptions { Channels = 6, Layers = 2, LatentDim = 4, Upsample = Upsampling.Deconv },
        ["co-smoothing"] = new ModelOptions { Channels = 8, HeldIn = 6, ForwardBins = 5, Layers = 2, LatentDim = 4 },
        ["resunet"] = new ModelOptions { Architecture = Network.ResUNet, Channels = 6, Layers = 2, LatentDim = 4, ResUNet = new ResUNetOptions() },
        ["ndt"] = new ModelOptions { Architecture = Network.Ndt, Channels = 6, Layers = 1, Ndt = new NdtOptions { HiddenSize = 8, Positions = PositionKind.Relative } },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("other-programs").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableFact]
    public void The_standards_checker_and_strict_inference_accept_every_form()
    {
        Skip.IfNot(OtherProgram.Run(Python, "-c", "import onnx").IsSuccess, "python3-onnx is not installed (apt-get install python3-onnx)");
        string[] paths = [.. Models().Select(model =>
        {
            string path = Path.Combine(_folder, model.Name + ".onnx");
            File.WriteAllBytes(path, model.Bytes);
            return path;
        })];

        (bool isSuccess, string output) = OtherProgram.Run(
            Python,
            [
                "-c",
                """
                import sys, onnx
                for path in sys.argv[1:]:
                    model = onnx.load(path)
                    onnx.checker.check_model(model, full_check=True)
                    inferred = onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
                    dims = lambda v: [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim]
                    print(model.ir_version, [(o.domain, o.version) for o in model.opset_import], [o.name for o in inferred.graph.output], dims(model.graph.input[0]))
                """,
                .. paths,
            ]);

        Assert.True(isSuccess, output);
        Assert.All(output.Trim().Split('\n'), line => Assert.Equal("8 [('', 17)] ['rates', 'log_rates', 'latents'] ['batch', 'bin', 6]", line));
        Assert.Equal(paths.Length, output.Trim().Split('\n').Length);
    }

    /// <summary>onnx 1.12 knows opsets up to 17; what is written for later ones runs in both runtimes (<see cref="OpsetExportTests"/>, and below).</summary>
    [SkippableFact]
    public void The_standards_checker_accepts_every_precision_of_every_opset_it_knows()
    {
        Skip.IfNot(OtherProgram.Run(Python, "-c", "import onnx").IsSuccess, "python3-onnx is not installed (apt-get install python3-onnx)");
        var expected = new List<string>();
        var paths = new List<string>();
        foreach (int opset in Enumerable.Range(UnetSpikes.Onnx.Operators.OldestOpset, 5))
        {
            foreach (Precision precision in Enum.GetValues<Precision>())
            {
                expected.Add($"{opset} {paths.Count}");
                paths.Add(Path.Combine(_folder, $"{precision}-{opset}.onnx"));
                File.WriteAllBytes(paths[^1], Lowered(precision, opset));
            }
        }

        (bool isSuccess, string output) = OtherProgram.Run(
            Python,
            [
                "-c",
                """
                import sys, onnx
                for i, path in enumerate(sys.argv[1:]):
                    model = onnx.load(path)
                    onnx.checker.check_model(model, full_check=True)
                    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
                    print(model.opset_import[0].version, i)
                """,
                .. paths,
            ]);

        Assert.True(isSuccess, output);
        Assert.Equal(expected, output.Trim().Split('\n'));
    }

    [SkippableTheory]
    [InlineData(Precision.Fp16, 17, 1e-2)] // Another release may round a float16 sum in another order.
    [InlineData(Precision.Int8, 17, Tolerance)]
    [InlineData(Precision.Fp32, 13, Tolerance)]
    [InlineData(Precision.Int8, 20, Tolerance)]
    public void Nodes_runtime_takes_every_precision_and_the_oldest_and_newest_opset(Precision precision, int opset, double tolerance)
    {
        var runs = new OtherRuntimeRuns(_folder);
        runs.Add($"{precision}-{opset}", Lowered(precision, opset), new[] { (1, 50), (16, 101) }.Select(shape => VerificationData.Synthetic(6).Window(shape.Item1, shape.Item2)));

        AssertSame(runs, Node(), tolerance);
    }

    [SkippableFact]
    public void Nodes_runtime_gives_the_same_outputs() => AssertSameOutputs(Node());

    [SkippableFact]
    public void A_browsers_runtime_gives_the_same_outputs() => AssertSameOutputs(Browser());

    [SkippableFact]
    public void Nodes_runtime_gives_what_PyTorch_gave() => AssertPyTorchs(Node());

    [SkippableFact]
    public void A_browsers_runtime_gives_what_PyTorch_gave() => AssertPyTorchs(Browser());

    private void AssertSameOutputs(string[] program)
    {
        TrialTensor[] inputs = [.. new[] { (1, 50), (3, 17), (4, 1), (16, 101) }.Select(shape => VerificationData.Synthetic(6).Window(shape.Item1, shape.Item2))];
        var runs = new OtherRuntimeRuns(_folder);
        foreach ((string name, byte[] bytes) in Models())
        {
            runs.Add(name, bytes, inputs);
        }

        AssertSame(runs, program);
    }

    /// <summary>The original's outputs, from its weights through our export and somebody else's runtime.</summary>
    private void AssertPyTorchs(string[] program)
    {
        using PyTorchGolden golden = PyTorchGolden.UNet();
        var runs = new OtherRuntimeRuns(_folder);
        foreach (string name in golden.Cases())
        {
            runs.Add(name, ExportFixtures.Bytes(ExportFixtures.Golden(golden, name), ModelForm.Auto), new[] { 17, 50, 100, 101 }.Select(bins => (
                golden.BinFirst($"{name}/input_T{bins}"),
                new Dictionary<string, HostTensor> { [InferenceGraph.LogRates] = ExportFixtures.Tensor(golden.BinFirst($"{name}/output_T{bins}")) })));
        }

        AssertSame(runs, program);
    }

    private static void AssertSame(OtherRuntimeRuns runs, string[] program, double tolerance = Tolerance)
    {
        runs.Write();
        (bool isSuccess, string output) = OtherProgram.Run(program[0], program[1..]);
        Assert.True(isSuccess, output);
        Assert.Empty(runs.Differences(tolerance));
    }

    private string[] Node()
    {
        Skip.IfNot(OtherProgram.Run("node", Script("run_in_node.mjs")).IsSuccess, "node or its package onnxruntime-node is not installed (npm ci)");
        return ["node", Script("run_in_node.mjs"), _folder];
    }

    private string[] Browser() => ["node", Script("run_in_browser.mjs"), WebRuntime.Require(), "page_model.mjs", _folder];

    private static IEnumerable<(string Name, byte[] Bytes)> Models() =>
        from network in Networks
        from form in Enum.GetValues<ModelForm>()
        select ($"{network.Key}-{form}", ExportFixtures.Bytes(ExportFixtures.Small(network.Value), form));

    /// <summary>A model with a decoder behind it, so that every operator that is written is met.</summary>
    private static byte[] Lowered(Precision precision, int opset)
    {
        FusedDecoder decoder = ExportFixtures.Decoder(units: 6, firstLag: -2, lastLag: 0);
        Checkpoint checkpoint = ExportFixtures.Small(new ModelOptions { Channels = 6, Layers = 2, LatentDim = 16 });
        return UnetSpikes.Onnx.GraphWriter.ToBytes(InferenceGraph.Build([FoldedNetwork.Of(checkpoint)], ModelForm.Auto, precision, decoder, opset));
    }

    private static string Script(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);
}
