using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>The tool as a process, interrupted while it trains.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class InterruptTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [SkippableTheory]
    [InlineData("INT", 2)]
    [InlineData("TERM", 15)]
    public async Task A_signal_saves_the_state_and_resuming_finishes_the_run(string signal, int number)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "signals are sent with kill");
        Skip.If(IsIgnored(number), $"SIG{signal} is ignored where these tests run, and so by every program they start");
        string tool = Path.Combine(AppContext.BaseDirectory.Replace("UnetSpikes.Tests", "UnetSpikes.Train", StringComparison.Ordinal), "UnetSpikes.Train.dll");
        var start = new ProcessStartInfo("dotnet", ["exec", tool, .. _tiny.Arguments("run", 10_000_000)]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        string last = Path.Combine(_tiny.File("run"), "last.safetensors");
        for (int i = 0; i < 600 && !File.Exists(last) && !process.HasExited; i++)
        {
            await Task.Delay(100);
        }

        using (Process kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        bool hasEnded = process.WaitForExit(TimeSpan.FromSeconds(60));
        if (!hasEnded)
        {
            process.Kill();
        }

        Assert.True(hasEnded, "still running a minute after the signal");
        Assert.True(process.ExitCode == ExitCode.Interrupted, $"exit code {process.ExitCode}: {await error}");
        Assert.Equal("", await output);
        int step = (int)_tiny.Last("run").Step;
        (int code, string resumed, string message) = _tiny.Resume("run", step + 10);
        Assert.True(code == 0, message);
        Assert.Equal(step + 10, TinyRun.LastLine(resumed).GetProperty("steps").GetInt32());
    }

    /// <summary>A shell starts its background jobs with SIGINT ignored, and children inherit that.</summary>
    private static bool IsIgnored(int signal)
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith("SigIgn:", StringComparison.Ordinal));
        ulong ignored = ulong.Parse(line.AsSpan("SigIgn:".Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        return (ignored >> (signal - 1) & 1) == 1;
    }
}
