using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Jobs;
using UnetSpikes.Runtime;
using static UnetSpikes.Sweep.SweepOptions;

namespace UnetSpikes.Sweep;

/// <summary>Runs all that is left of a sweep on this machine, and collects.</summary>
/// <param name="Program">How members are trained.</param>
/// <param name="Jobs">Members at a time.</param>
/// <param name="Threads">Of each member.</param>
/// <param name="Device">As <c>--device</c> has it.</param>
/// <param name="MaxSeconds">Stops after that long; 0 = never.</param>
/// <param name="WithJson">Whether the results are printed as JSON too.</param>
internal sealed record LocalRun(TrainProgram Program, int Jobs, int Threads, string Device, double MaxSeconds, bool WithJson)
{
    /// <summary>Reads and checks the options.</summary>
    public static LocalRun Of(ParseResult parsed, TrainProgram program)
    {
        (int jobs, double maxSeconds) = (parsed.GetValue(JobCount), parsed.GetValue(SweepOptions.MaxSeconds));
        Require(jobs >= 1, "--jobs", "expected at least 1");
        Require(maxSeconds >= 0, "--max-seconds", "expected a number of seconds above 0, or 0 for no limit");
        int threads = Math.Max(1, ThreadCount.Resolve(parsed.GetValue(SweepOptions.Threads)).Count / jobs);
        return new LocalRun(program, jobs, threads, parsed.GetValue(DeviceName)!, maxSeconds, parsed.GetValue(Json));
    }

    /// <summary>Runs until the end, the budget's, or an interruption.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="OperationCanceledException">It was interrupted; what there is has been collected.</exception>
    public int Execute(SweepFolder folder, ToolConsole console, CancellationToken cancel)
    {
        console.Info($"{folder.FolderPath}: {folder.Lines.Count} members");
        using var signals = new StopSignals(cancel);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token);
        if (MaxSeconds > 0)
        {
            stop.CancelAfter(TimeSpan.FromSeconds(MaxSeconds));
        }

        var sweep = new SweepRun(folder, new MemberRun(folder, Program, Threads, Device), Jobs);
        try
        {
            sweep.Run(console, stop.Token);
        }
        catch (OperationCanceledException)
        {
            bool isInterrupted = !stop.IsCancellationRequested || signals.Token.IsCancellationRequested;
            int left = SweepResults.Of(folder).Members.Count(m => m.State == MemberState.Unfinished);
            console.Info($"stopped{(isInterrupted ? "" : $" after {MaxSeconds} s")}: {left} members are not trained; --out {folder.FolderPath} goes on");
            if (isInterrupted)
            {
                CollectVerb.Collect(folder, console, WithJson);
                throw;
            }
        }

        return CollectVerb.Collect(folder, console, WithJson);
    }
}
