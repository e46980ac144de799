using System.Runtime.CompilerServices;
using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
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
                golden.Trials($"{name}/input_T{bins}"),
                new Dictionary<string, float[]> { [InferenceGraph.LogRates] = golden.Trials($"{name}/output_T{bins}").Values })));
        }

        AssertSame(runs, program);
    }

    private static void AssertSame(OtherRuntimeRuns runs, string[] program)
    {
        runs.Write();
        (bool isSuccess, string output) = OtherProgram.Run(program[0], program[1..]);
        Assert.True(isSuccess, output);
        Assert.Empty(runs.Differences(Tolerance));
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

    private static string Script(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, name);
}
