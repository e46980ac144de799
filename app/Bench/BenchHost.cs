using System.Globalization;
using UnetSpikes.Runtime;

namespace UnetSpikes.App.Bench;

/// <summary>The machine and the versions a measurement is of: numbers without them mean nothing.</summary>
/// <param name="Cpu">The processor's model.</param>
/// <param name="CpuFeatures">Its vector extensions that matter.</param>
/// <param name="Cores">Logical cores that this process may use.</param>
/// <param name="LoadAverage">Processes that ran or waited to, mean over the minute before; null where the system does not say. Above 0, the machine did other work.</param>
/// <param name="Device">What computed.</param>
/// <param name="Threads">Threads of a session, and who said so.</param>
/// <param name="System">Operating system.</param>
/// <param name="Dotnet">The .NET runtime.</param>
/// <param name="OnnxRuntime">Version of ONNX Runtime.</param>
/// <param name="UnetSpikes">Version of this program, with its commit.</param>
internal sealed record BenchHost(
    string Cpu, string CpuFeatures, int Cores, double? LoadAverage, string Device, string Threads, string System, string Dotnet, string OnnxRuntime, string UnetSpikes)
{
    private const string Load = "/proc/loadavg";

    public static BenchHost Of(BenchModel model)
    {
        RuntimeReport report = RuntimeReport.Collect(model.Settings.Threads);
        return new BenchHost(
            report.Cpu, report.CpuFeatures, Environment.ProcessorCount, LoadAverageNow(), model.Device, model.Threads, report.System, report.Dotnet, report.OnnxRuntimeVersion, ProgramVersion.Text);
    }

    private static double? LoadAverageNow() =>
        File.Exists(Load) ? double.Parse(File.ReadAllText(Load).Split(' ')[0], CultureInfo.InvariantCulture) : null;
}
