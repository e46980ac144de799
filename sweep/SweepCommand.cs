using System.CommandLine;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Runtime;

namespace UnetSpikes.Sweep;

/// <summary>The tool's command line.</summary>
public static class SweepCommand
{
    private static readonly Option<string?> Config = new("--config") { Description = "YAML configuration of every member, as for 'train'.", HelpName = "FILE" };
    private static readonly Option<string?> Data = new("--data") { Description = "Data set, instead of the configuration's.", HelpName = "FILE" };
    private static readonly Option<string> Out = new("--out") { Description = "Folder of the sweep. Alone, it goes on with the sweep there.", HelpName = "DIR", Required = true };
    private static readonly Option<string[]> Grid = new("--grid")
    {
        Description = "A key and its values: model.layers=0..4 or model.latent_dim=4,8,16; may be repeated: all combinations.",
        HelpName = "KEY=VALUES",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string[]> Range = new("--range")
    {
        Description = "With --random, a key and the interval to draw from: train.lr.init=1e-4..1e-2:log, model.latent_dim=8..64:int; may be repeated.",
        HelpName = "KEY=LOW..HIGH[:log][:int]",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<int> Random = new("--random") { Description = "Random search: draw so many combinations instead of all.", HelpName = "N" };
    private static readonly Option<int> Seeds = new("--seeds") { Description = "Train each combination with the seeds 1 to N.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> Rungs = new("--halving")
    {
        Description = "Successive halving: train all to the first number of updates, the best third on to the next, and so on.",
        HelpName = "U1,U2,…",
    };

    private static readonly Option<int> Jobs = new("--jobs") { Description = "Members at a time; the threads are divided among them.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<double> MaxSeconds = new("--max-seconds") { Description = "Stop after that long, running members saved; 0 = never.", HelpName = "S" };
    private static readonly Option<int> RunLine = new("--run-line") { Description = "Train only the member of that line of manifest.jsonl, from 1: one task of an array job.", HelpName = "K" };
    private static readonly Option<bool> Plan = new("--plan") { Description = "Write sweep.json and manifest.jsonl, and train nothing." };
    private static readonly Option<ulong> DrawSeed = new("--draw-seed") { Description = "Seed of --random's draws.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<KeyValuePair<string, string>[]> Set = CommonOptions.Set();
    private static readonly Option<string> DeviceOption = CommonOptions.Device();
    private static readonly Option<int> Threads = CommonOptions.Threads();
    private static readonly Option<bool> Json = CommonOptions.Json();
    private static readonly Option<bool> Quiet = CommonOptions.Quiet();
    private static readonly Option<bool> Verbose = CommonOptions.Verbose();

    /// <summary>Declares <c>sweep</c>.</summary>
    /// <param name="program">How members are trained.</param>
    public static Command Create(TrainProgram program)
    {
        var command = new Command("sweep", "Train many configurations, by grid, at random or by successive halving, and rank them by masked validation loss.")
        {
            Config, Data, Out, Grid, Range, Random, Seeds, Rungs, Set, Jobs, MaxSeconds, RunLine, Plan, DrawSeed, DeviceOption, Threads, Json, Quiet, Verbose,
        };
        // An asynchronous action is what System.CommandLine cancels on Ctrl-C; the work itself is synchronous.
        command.SetAction((parsed, cancel) => Task.Run(
            () => Execute(parsed, program, ToolHost.ConsoleOf(parsed, parsed.GetValue(Quiet), parsed.GetValue(Verbose)), cancel), CancellationToken.None));
        return command;
    }

    private static int Execute(ParseResult parsed, TrainProgram program, ToolConsole console, CancellationToken cancel)
    {
        (int jobs, double maxSeconds) = (parsed.GetValue(Jobs), parsed.GetValue(MaxSeconds));
        Require(jobs >= 1, "--jobs", "expected at least 1");
        Require(maxSeconds >= 0, "--max-seconds", "expected a number of seconds above 0, or 0 for no limit");
        SweepFolder folder = Folder(parsed);
        console.Info($"{folder.FolderPath}: {folder.Lines.Count} members");
        if (parsed.GetValue(Plan))
        {
            return ExitCode.Success;
        }

        int threads = Math.Max(1, ThreadCount.Resolve(parsed.GetValue(Threads)).Count / jobs);
        var member = new MemberRun(folder, program, threads, parsed.GetValue(DeviceOption)!);
        if (parsed.GetResult(RunLine) is not null)
        {
            return RunOneLine(folder, member, parsed.GetValue(RunLine), console, cancel);
        }

        bool isOutOfTime = RunAll(new SweepRun(folder, member, jobs), console, maxSeconds, cancel, out bool isInterrupted);
        var results = SweepResults.Of(folder);
        ResultFiles.Write(folder.FolderPath, results);
        int left = results.Members.Count(m => m.State == MemberState.Unfinished);
        if (isInterrupted || isOutOfTime)
        {
            console.Info($"stopped{(isOutOfTime ? $" after {maxSeconds} s" : "")}: {left} members are not trained; --out {folder.FolderPath} goes on");
        }

        ResultFiles.Table(results).Write(console.Out);
        if (parsed.GetValue(Json))
        {
            JsonLine.Write(console.Out, ResultFiles.Summary(results));
        }

        if (isInterrupted)
        {
            throw new OperationCanceledException(cancel);
        }

        return results.HaveAllFailed ? AllFailed(results, console) : ExitCode.Success;
    }

    /// <summary>The sweep in --out: the one the options describe, or the one that is there where they describe none.</summary>
    private static SweepFolder Folder(ParseResult parsed)
    {
        GridAxis[] axes = [.. parsed.GetValue(Grid)!.Select(GridAxis.Parse)];
        RangeAxis[] ranges = [.. parsed.GetValue(Range)!.Select(RangeAxis.Parse)];
        (int random, int seeds, string path) = (parsed.GetValue(Random), parsed.GetValue(Seeds), parsed.GetValue(Out)!);
        if (axes.Length + ranges.Length == 0)
        {
            Require(random == 0, "--random", "draws from --range and --grid; expected at least one of them");
            return SweepFolder.Open(path);
        }

        Require(seeds >= 1, "--seeds", "expected at least 1");
        Require(random >= 0, "--random", "expected a number of combinations");
        Require(ranges.Length == 0 || random > 0, "--range", "is for random search; expected --random N");
        IReadOnlyList<ManifestLine> lines = random > 0
            ? SweepPlan.Random(random, axes, ranges, seeds, new Rng(parsed.GetValue(DrawSeed), "sweep"))
            : SweepPlan.Grid(axes, seeds);
        long[] rungs = ParseRungs(parsed.GetValue(Rungs));
        Require(rungs.Length == 0 || !lines[0].Overrides.ContainsKey(SweepPlan.Updates), "--halving", $"sets {SweepPlan.Updates}, which the grid varies");
        string[] settings = [.. parsed.GetValue(Set)!.Select(pair => $"{pair.Key}={pair.Value}")];
        return SweepFolder.Create(path, new SweepPlan(FullPath(parsed.GetValue(Config)), FullPath(parsed.GetValue(Data)), settings, rungs), lines);
    }

    private static long[] ParseRungs(string? text)
    {
        if (text is null)
        {
            return [];
        }

        long[] rungs = [.. text.Split(',').Select(part => long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long updates) ? updates : 0)];
        bool isAscending = rungs[0] > 0 && rungs.Zip(rungs.Skip(1)).All(pair => pair.First < pair.Second);
        return isAscending ? rungs : throw new UsageException("--halving", $"\"{text}\" is no rising list of updates, expected for example 200,600,1800");
    }

    private static int RunOneLine(SweepFolder folder, MemberRun member, int number, ToolConsole console, CancellationToken cancel)
    {
        Require(folder.Plan.Rungs.Count == 0, "--run-line", "cannot run one line of successive halving, whose rungs wait for all; expected the whole sweep");
        Require(number >= 1 && number <= folder.Lines.Count, "--run-line", $"expected a line from 1 to {folder.Lines.Count}");
        ManifestLine line = folder.Lines[number - 1];
        if (MemberRecord.Read(folder.RunOf(line))?.At(null) is not null)
        {
            console.Info($"{line.Id} is done");
            return ExitCode.Success;
        }

        MemberRecord record = member.Run(line, null, cancel);
        if (record.HasFailed)
        {
            console.Error.WriteLine($"error: {line.Id}: {record.Error}");
        }

        return record.ExitCode;
    }

    /// <summary>Runs until the end, the budget's, or an interruption.</summary>
    /// <returns>Whether the budget ended it.</returns>
    private static bool RunAll(SweepRun sweep, ToolConsole console, double maxSeconds, CancellationToken cancel, out bool isInterrupted)
    {
        isInterrupted = false;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (maxSeconds > 0)
        {
            stop.CancelAfter(TimeSpan.FromSeconds(maxSeconds));
        }

        try
        {
            sweep.Run(console, stop.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            isInterrupted = cancel.IsCancellationRequested;
            return !isInterrupted;
        }
    }

    private static int AllFailed(SweepResults results, ToolConsole console)
    {
        console.Error.WriteLine($"error: all {results.Members.Count} members failed; the first: {results.Members[0].Error}");
        return ExitCode.Training;
    }

    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path);

    private static void Require(bool isSo, string option, string problem)
    {
        if (!isSo)
        {
            throw new UsageException(option, problem);
        }
    }
}
