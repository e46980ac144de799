using System.CommandLine;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Jobs;
using static UnetSpikes.Sweep.SweepOptions;

namespace UnetSpikes.Sweep;

/// <summary><c>sweep slurm</c>: what is left of a sweep → a Slurm array, submitted.</summary>
internal static class SlurmVerb
{
    private static readonly ArrayOptions Array = new();

    public static Command Create()
    {
        var command = new Command("slurm", "Submit what is left of a planned sweep as a Slurm array; may be repeated, also while one runs.") { Out, DeviceName, Json, Quiet, Verbose };
        Array.AddTo(command);
        return command.WithAction((parsed, console, _) => Execute(parsed, console));
    }

    private static int Execute(ParseResult parsed, ToolConsole console)
    {
        ArrayRequest request = Array.Read(parsed);
        var folder = SweepFolder.Open(Path.GetFullPath(parsed.GetValue(Out)!));
        Require(folder.Plan.Rungs.Count == 0, "--out", "holds successive halving, whose rungs wait for all; expected 'sweep run --local', in one job");
        int[] left = Left(folder);
        if (left.Length == 0)
        {
            console.Info($"{folder.FolderPath}: all members are done or running");
            return ExitCode.Success;
        }

        var jobs = new JobFolder(folder.FolderPath);
        ArraySubmission submission = jobs.Submit(
            "sweep-" + Path.GetFileName(Path.TrimEndingDirectorySeparator(folder.FolderPath)),
            ["sweep", "run", "--out", folder.FolderPath, "--device", parsed.GetValue(DeviceName)!, "--requeue"],
            tasks => "--index " + ArrayScript.TaskNumber + (tasks.Of < folder.Lines.Count ? string.Create(CultureInfo.InvariantCulture, $" --every {tasks.Of}") : ""),
            folder.Lines.Count,
            left,
            request,
            Array.IsDryRun(parsed));
        submission.Report(console, "members", parsed.GetValue(Json));
        return ExitCode.Success;
    }

    /// <summary>Lines of the manifest, from 1, that are neither done nor being trained; failed ones are tried again.</summary>
    private static int[] Left(SweepFolder folder)
    {
        DateTime now = FileClock.Now(folder.FolderPath);
        return [.. folder.Lines.Index()
            .Where(line => MemberRecord.Read(folder.RunOf(line.Item))?.At(null) is null && !ClaimState.Read(folder.RunOf(line.Item), now).IsHeld)
            .Select(line => line.Index + 1)];
    }
}
