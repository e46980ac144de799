using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Export;

/// <summary>Exported files are read by others than us: onnx's checker, and the runtime's JavaScript binding of another version.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class OtherProgramsTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly string _folder = Directory.CreateTempSubdirectory("other-programs").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<ModelForm> Forms() => [.. Enum.GetValues<ModelForm>()];

    [SkippableFact]
    public void The_standards_checker_and_strict_inference_accept_every_form()
    {
        Skip.IfNot(File.Exists(Python) && Run(Python, "-c", "import onnx").IsSuccess, "python3-onnx is not installed (apt-get install python3-onnx)");
        string[] paths = [.. Models().Select(m => m.Path)];

        (bool isSuccess, string output) = Run(
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
        Skip.IfNot(File.Exists(Python) && Run(Python, "-c", "import onnx").IsSuccess, "python3-onnx is not installed (apt-get install python3-onnx)");
        var expected = new List<string>();
        var paths = new List<string>();
        foreach (int opset in Enumerable.Range(UnetSpikes.Onnx.Operators.OldestOpset, 5))
        {
            foreach (Precision precision in Enum.GetValues<Precision>())
            {
                expected.Add($"{opset} {paths.Count}");
                paths.Add(WriteLowered(precision, opset).Path);
            }
        }

        (bool isSuccess, string output) = Run(
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
    [InlineData(Precision.Int8, 17, 1e-5)]
    [InlineData(Precision.Fp32, 13, 1e-5)]
    [InlineData(Precision.Int8, 20, 1e-5)]
    public void JavaScripts_runtime_takes_every_precision_and_the_oldest_and_newest_opset(Precision precision, int opset, double tolerance)
    {
        Skip.IfNot(HasNode(), "node or its package onnxruntime-node is not installed (npm ci)");
        (string path, byte[] model) = WriteLowered(precision, opset);
        using OnnxSession session = ExportFixtures.Session(model);
        foreach ((int batch, int bins) in new[] { (1, 50), (16, 101) })
        {
            RequireSame(path, session, batch, bins, tolerance);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Forms))]
    public void JavaScripts_runtime_gives_the_same_outputs(ModelForm form)
    {
        Skip.IfNot(HasNode(), "node or its package onnxruntime-node is not installed (npm ci)");
        (string path, byte[] model) = Models().First(m => m.Form == form).Written;
        using OnnxSession session = ExportFixtures.Session(model);
        foreach ((int batch, int bins) in new[] { (1, 50), (3, 17), (4, 1), (16, 101) })
        {
            RequireSame(path, session, batch, bins, 1e-5);
        }
    }

    private void RequireSame(string path, OnnxSession session, int batch, int bins, double tolerance)
    {
        TrialTensor counts = VerificationData.Synthetic(6).Window(batch, bins);
        string input = Path.Combine(_folder, "spikes.bin");
        File.WriteAllBytes(input, MemoryMarshal.AsBytes<float>(counts.Values));

        (bool isSuccess, string output) = Run("node", Script(), path, input, $"{batch}", $"{bins}", "6", _folder);

        Assert.True(isSuccess, output);
        foreach ((string name, HostTensor expected) in ExportFixtures.Run(session, counts))
        {
            float[] actual = [.. MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(_folder, name + ".bin")))];
            Assert.True(ExportFixtures.Distance(expected.Values<float>(), actual) <= tolerance, $"{name} [{batch}, {bins}]");
            Assert.Contains($"{name} {string.Join(',', expected.Shape)}", output);
        }
    }

    /// <summary>A model with a decoder behind it, so that every operator that is written is met.</summary>
    private (string Path, byte[] Model) WriteLowered(Precision precision, int opset)
    {
        FusedDecoder decoder = ExportFixtures.Decoder(units: 6, firstLag: -2, lastLag: 0);
        Checkpoint checkpoint = ExportFixtures.Small(new ModelOptions { Channels = 6, Layers = 2, LatentDim = 16 });
        string path = Path.Combine(_folder, $"{precision}-{opset}.onnx");
        byte[] model = UnetSpikes.Onnx.GraphWriter.ToBytes(InferenceGraph.Build([FoldedNetwork.Of(checkpoint)], ModelForm.Auto, precision, decoder, opset));
        File.WriteAllBytes(path, model);
        return (path, model);
    }

    private IEnumerable<(ModelForm Form, string Path, (string, byte[]) Written)> Models()
    {
        foreach (Upsampling upsample in Enum.GetValues<Upsampling>())
        {
            Checkpoint checkpoint = ExportFixtures.Small(new ModelOptions { Channels = 6, Layers = 2, LatentDim = 4, Upsample = upsample });
            foreach (ModelForm form in Enum.GetValues<ModelForm>())
            {
                string path = Path.Combine(_folder, $"{form}-{upsample}.onnx");
                byte[] model = ExportFixtures.Bytes(checkpoint, form);
                File.WriteAllBytes(path, model);
                yield return (form, path, (path, model));
            }
        }
    }

    private static string Script([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "run_model.cjs");

    private static bool HasNode()
    {
        try
        {
            return Run("node", Script()).IsSuccess;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static (bool IsSuccess, string Output) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode == 0, process.ExitCode == 0 ? output : output + errors.GetAwaiter().GetResult());
    }
}
