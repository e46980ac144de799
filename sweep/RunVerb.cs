using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Jobs;
using UnetSpikes.Runtime;
using static UnetSpikes.Sweep.SweepOptions;

namespace UnetSpikes.Sweep;

/// <summary><c>sweep run</c>: trains one line of the manifest, as a task of an array does, or all of them here.</summary>
internal static class RunVerb
{
    private static readonly Option<int?> Index = new("--index") { Description = "Train the member of that line of manifest.jsonl, from 1: what a task of an array does.", HelpName = "I" };
    private static readonly Option<int?> Every = new("--every") { Description = "With --index, every N-th line after it too: tasks of several members.", HelpName = "N" };
    private static readonly Option<bool> Local = new("--local") { Description = "Train all members that are left on this machine, --jobs at a time, and collect." };
    private static readonly Option<bool> Requeue = new("--requeue") { Description = "With --index, in a Slurm task: on USR1 or TERM save the state and go back into the queue." };

    public static Command Create(TrainProgram program) => new Command("run", "Train members of a planned sweep: one line of its manifest, or all here. What is done is skipped.")
    {
        Out, Index, Every, Requeue, Local, JobCount, MaxSeconds, DeviceName, Threads, Json, Quiet, Verbose,
    }.WithAction((parsed, console, cancel) => Execute(parsed, program, console, cancel));

    private static int Execute(ParseResult parsed, TrainProgram program, ToolConsole console, CancellationToken cancel)
    {
        (int? index, int? every, bool isLocal) = (parsed.GetValue(Index), parsed.GetValue(Every), parsed.GetValue(Local));
        Require(index is null == isLocal, "--index", "expected either --index I, for one line, or --local, for all");
        var folder = SweepFolder.Open(parsed.GetValue(Out)!);
        if (index is not int first)
        {
            Require(every is null, "--every", "goes with --index");
            Require(!parsed.GetValue(Requeue), "--requeue", "goes with --index");
            return LocalRun.Of(parsed, program).Execute(folder, console, cancel);
        }

        Require(parsed.GetValue(JobCount) == 1, "--jobs", "goes with --local");
        Require(folder.Plan.Rungs.Count == 0, "--index", "cannot run one line of successive halving, whose rungs wait for all; expected --local");
        Require(first >= 1 && first <= folder.Lines.Count, "--index", $"expected a line from 1 to {folder.Lines.Count}");
        Require(every is null or >= 1, "--every", "expected at least 1");
        var member = new MemberRun(folder, program, ThreadCount.Resolve(parsed.GetValue(Threads)).Count, parsed.GetValue(DeviceName)!);
        using var signals = new StopSignals(cancel);
        try
        {
            return ArrayTasks.PiecesOf(first, every ?? folder.Lines.Count, folder.Lines.Count)
                .Select(line => RunLine(folder, folder.Lines[line - 1], member, console, signals.Token)).ToArray().FirstOrDefault(code => code != ExitCode.Success);
        }
        catch (OperationCanceledException) when (signals.HaveCome && parsed.GetValue(Requeue))
        {
            SlurmTask.OfThisProcess()?.Requeue(console);
            throw;
        }
    }

    private static int RunLine(SweepFolder folder, ManifestLine line, MemberRun member, ToolConsole console, CancellationToken stop)
    {
        if (MemberRecord.Read(folder.RunOf(line))?.At(null) is not null)
        {
            console.Info($"{line.Id} is done");
            return ExitCode.Success;
        }

        console.Info($"{line.Id}: {line.Combination}, seed {line.Seed}");
        MemberEnd end = member.Run(line, null, stop);
        if (end.Record is not MemberRecord record)
        {
            console.Info($"{line.Id} is being trained by {end.Holder?.Name ?? "another process"}");
            return ExitCode.Success;
        }

        if (record.HasFailed)
        {
            console.Error.WriteLine($"error: {line.Id}: {record.Error}");
        }
        else
        {
            console.Info($"{line.Id} is done: validation loss {record.Rungs[^1].ValidationLoss}");
        }

        return record.ExitCode;
    }
}
