using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;
using UnetSpikes.Runtime;

namespace UnetSpikes.App;

/// <summary><c>doctor</c>: versions, libraries and devices, what is missing and how to get it.</summary>
public static class DoctorCommand
{
    /// <summary>Declares <c>doctor</c>.</summary>
    public static Command Create()
    {
        Option<int> threads = CommonOptions.Threads();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("doctor", "Say what this machine gives to compute with, what is missing and how to get it.") { threads, json };
        command.SetAction(parsed =>
        {
            Diagnosis diagnosis = Diagnosis.Make(parsed.GetValue(threads));
            TextWriter output = parsed.InvocationConfiguration.Output;
            Write(diagnosis, output);
            if (parsed.GetValue(json))
            {
                JsonLine.Write(output, diagnosis);
            }

            return diagnosis.Missing.Count == 0 ? ExitCode.Success : ExitCode.Device;
        });
        return command;
    }

    private static void Write(Diagnosis diagnosis, TextWriter output)
    {
        var table = new ResultTable("what", "found");
        table.Add("unet-spikes", diagnosis.Version);
        table.Add("HDF5", diagnosis.Hdf5Version is null ? "missing" : $"{diagnosis.Hdf5Version}  {diagnosis.Hdf5Path}");
        if (diagnosis.Runtime is { } runtime)
        {
            table.Add("ONNX Runtime", $"{runtime.OnnxRuntimeVersion}  {runtime.OnnxRuntimePath}");
            table.Add("providers", runtime.Providers);
            table.Add("CUDA", runtime.Cuda);
            table.Add("threads", runtime.Threads);
            table.Add("processor", $"{runtime.Cpu} ({runtime.CpuFeatures})");
            table.Add("system", runtime.System);
            table.Add(".NET", runtime.Dotnet);
        }
        else
        {
            table.Add("ONNX Runtime", "missing");
        }

        table.Write(output);
        foreach (string missing in diagnosis.Missing)
        {
            output.WriteLine("missing: " + missing);
        }

        output.WriteLine(diagnosis.Missing.Count == 0 ? "ready: everything that is needed on the CPU is there" : "not ready");
    }

    /// <summary>What was found.</summary>
    /// <param name="Version">Of this program.</param>
    /// <param name="Hdf5Version">Null where the library is missing.</param>
    /// <param name="Hdf5Path">The file it was loaded from.</param>
    /// <param name="Runtime">Null where ONNX Runtime is missing.</param>
    /// <param name="Missing">One line for each thing without which nothing runs, with the command that gets it.</param>
    private sealed record Diagnosis(string Version, string? Hdf5Version, string? Hdf5Path, RuntimeReport? Runtime, IReadOnlyList<string> Missing)
    {
        public static Diagnosis Make(int threads)
        {
            var missing = new List<string>();
            (string Version, string Path)? hdf5 = Ask(() => (Hdf5Library.Version, Hdf5Library.Path), missing);
            RuntimeReport? runtime = Ask(() => RuntimeReport.Collect(threads), missing);
            return new Diagnosis(ProgramVersion.Text, hdf5?.Version, hdf5?.Path, runtime, missing);
        }

        private static T? Ask<T>(Func<T> ask, List<string> missing)
        {
            try
            {
                return ask();
            }
            catch (UnetSpikesException e) when (e is not UsageException)
            {
                missing.Add(e.Message);
                return default;
            }
        }
    }
}
