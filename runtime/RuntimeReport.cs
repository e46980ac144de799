using System.Runtime.InteropServices;

namespace UnetSpikes.Runtime;

/// <summary>What this machine gives to compute with, in plain words: what <c>doctor</c> prints.</summary>
/// <param name="OnnxRuntimeVersion">Such as "1.29.0".</param>
/// <param name="OnnxRuntimePath">The library file really loaded.</param>
/// <param name="Providers">The execution providers that library was built with.</param>
/// <param name="Cuda">"usable: …" with devices and driver, or "not usable: …" with the first thing missing and how to get it.</param>
/// <param name="Threads">Number of threads and who said so.</param>
/// <param name="System">Operating system, architecture and C library.</param>
/// <param name="Dotnet">The .NET runtime.</param>
/// <param name="Cpu">The processor's model.</param>
/// <param name="CpuFeatures">Its vector extensions that matter here, or "none known".</param>
public sealed record RuntimeReport(
    string OnnxRuntimeVersion,
    string OnnxRuntimePath,
    string Providers,
    string Cuda,
    string Threads,
    string System,
    string Dotnet,
    string Cpu,
    string CpuFeatures)
{
    private static readonly string[] Features = ["avx2", "fma", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16", "amx_tile", "asimd", "sve"];

    /// <summary>Looks at this machine. Loads ONNX Runtime.</summary>
    /// <param name="requestedThreads">As given by <c>--threads</c>; 0 = find out.</param>
    /// <exception cref="Core.SessionException">ONNX Runtime's library cannot be loaded.</exception>
    public static RuntimeReport Collect(int requestedThreads = 0)
    {
        ThreadCount threads = ThreadCount.Resolve(requestedThreads);
        CudaState cuda = CudaProbe.Current();
        (string cpu, string features) = Processor();
        return new RuntimeReport(
            OrtEnvironment.Get().GetVersionString(),
            OrtLibrary.LoadedPath() ?? "unknown",
            string.Join(", ", OrtEnvironment.Get().GetAvailableProviders()),
            (cuda.Usable ? "usable: " : "not usable: ") + cuda.Reason,
            $"{threads.Count} ({threads.Source})",
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.OSArchitecture}, {Native.Glibc.Version()}",
            RuntimeInformation.FrameworkDescription,
            cpu,
            features);
    }

    private static (string Model, string Features) Processor()
    {
        if (!OperatingSystem.IsLinux())
        {
            return (RuntimeInformation.ProcessArchitecture.ToString(), "none known");
        }

        string[] lines = File.ReadAllLines("/proc/cpuinfo");
        string model = Entry(lines, "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();
        string[] flags = (Entry(lines, "flags") ?? Entry(lines, "Features") ?? "").Split(' ');
        string[] found = [.. Features.Where(flags.Contains)];
        return (model, found.Length > 0 ? string.Join(' ', found) : "none known");
    }

    private static string? Entry(string[] lines, string key) =>
        lines.FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal)) is string line && line.Contains(':')
            ? line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim()
            : null;
}
