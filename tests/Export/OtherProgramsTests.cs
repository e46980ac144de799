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

    [SkippableTheory]
    [MemberData(nameof(Forms))]
    public void JavaScripts_runtime_gives_the_same_outputs(ModelForm form)
    {
        Skip.IfNot(HasNode(), "node or its package onnxruntime-node is not installed (npm ci)");
        (string path, byte[] model) = Models().First(m => m.Form == form).Written;
        using OnnxSession session = ExportFixtures.Session(model);
        foreach ((int batch, int bins) in new[] { (1, 50), (3, 17), (4, 1), (16, 101) })
        {
            TrialTensor counts = VerificationData.Synthetic(6).Window(batch, bins);
            string input = Path.Combine(_folder, "spikes.bin");
            File.WriteAllBytes(input, MemoryMarshal.AsBytes<float>(counts.Values));

            (bool isSuccess, string output) = Run("node", Script(), path, input, $"{batch}", $"{bins}", "6", _folder);

            Assert.True(isSuccess, output);
            foreach ((string name, HostTensor expected) in ExportFixtures.Run(session, counts))
            {
                float[] actual = [.. MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Path.Combine(_folder, name + ".bin")))];
                Assert.True(ExportFixtures.Distance(expected.Values<float>(), actual) <= 1e-5, $"{name} [{batch}, {bins}]");
                Assert.Contains($"{name} {string.Join(',', expected.Shape)}", output);
            }
        }
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
