using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Infer;

/// <summary>The tool as a process, ended in the middle of many files, and started again.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class KilledRunTests : IDisposable
{
    private const int Files = 24;

    private readonly TestRecordings _recordings = new();

    public void Dispose() => _recordings.Dispose();

    [SkippableTheory]
    [InlineData("KILL", 137)]
    [InlineData("TERM", ExitCode.Interrupted)]
    public async Task Nothing_is_lost_but_the_file_under_way_and_nothing_is_done_twice(string signal, int exitCode)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "signals are sent with kill");
        TrialTensor counts = TestRecordings.Counts(1, 60_000);
        string first = _recordings.Write("in/00.h5", 20, null, ("spikes", counts));
        for (int i = 1; i < Files; i++)
        {
            File.Copy(first, _recordings.File(string.Create(CultureInfo.InvariantCulture, $"in/{i:00}.h5")));
        }

        using Process process = Start();
        Task<string> error = process.StandardError.ReadToEndAsync();
        for (int i = 0; i < 6000 && Outputs().Length < 3 && !process.HasExited; i++)
        {
            await Task.Delay(10);
        }

        using (Process kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)), "still running a minute after the signal");
        Assert.True(process.ExitCode == exitCode, $"exit code {process.ExitCode}: {await error}");
        string[] finished = Outputs();
        Assert.InRange(finished.Length, 3, Files - 1);
        Assert.True(signal == "KILL" || Directory.GetFiles(_recordings.Out, ".*").Length == 0, "an interrupted run left something");

        (int code, string output, string message) = _recordings.Infer(_recordings.File("in"), "--json");

        Assert.Equal((0, ""), (code, message));
        Assert.Equal(finished, TestRecordings.LastLine(output).GetProperty("finished").EnumerateArray().Select(f => f.GetString()));
        Assert.Equal(Files - finished.Length, TestRecordings.LastLine(output).GetProperty("inputs").GetArrayLength());
        TrialTensor expected = TestRecordings.OneShot(counts);
        Assert.Equal(Files, Outputs().Length);
        Assert.All(Outputs(), path => Assert.True(TestRecordings.MaxError(expected, _recordings.Rates(Path.GetFileName(path)[..2])["rates"]) < 1e-5));
        Assert.Empty(Directory.GetFiles(_recordings.Out, ".*.part"));
    }

    private Process Start()
    {
        string tool = Path.Combine(AppContext.BaseDirectory.Replace("UnetSpikes.Tests", "UnetSpikes.Infer", StringComparison.Ordinal), "UnetSpikes.Infer.dll");
        return Process.Start(new ProcessStartInfo(
            "dotnet",
            ["exec", tool, "--model", TestRecordings.Pyramid, "--input", _recordings.File("in"), "--out", _recordings.Out, "--threads", "1", "--device", "cpu", "--batch", "1", "--window", "300"])
        {
            RedirectStandardError = true,
        })!;
    }

    private string[] Outputs() => Directory.Exists(_recordings.Out) ? [.. Directory.GetFiles(_recordings.Out, "*.rates.h5").Where(f => !Path.GetFileName(f).StartsWith('.')).Order(StringComparer.Ordinal)] : [];
}
