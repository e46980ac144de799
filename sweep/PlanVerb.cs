using System.CommandLine;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using static UnetSpikes.Sweep.SweepOptions;

namespace UnetSpikes.Sweep;

/// <summary><c>sweep plan</c>: what is to be tried → <c>manifest.jsonl</c>, a member per line.</summary>
internal static class PlanVerb
{
    public static Command Create() => new Command("plan", "Write the manifest, a line per member with all that is to be trained, and train nothing.")
    {
        Config, Data, Out, Grid, Ranges, Draws, Seeds, Rungs, Set, DrawSeed, Json, Quiet, Verbose,
    }.WithAction((parsed, console, _) =>
    {
        Require(IsAsked(parsed), "--grid", "is missing, expected --grid or --random with what is to be tried");
        SweepFolder folder = Plan(parsed);
        console.Info($"{folder.Manifest}: {folder.Lines.Count} members");
        if (parsed.GetValue(Json))
        {
            JsonLine.Write(console.Out, new { folder.Manifest, Members = folder.Lines.Count });
        }

        return ExitCode.Success;
    });

    /// <summary>Whether the options describe a sweep.</summary>
    public static bool IsAsked(ParseResult parsed)
    {
        bool hasAxes = parsed.GetValue(Grid)!.Length + parsed.GetValue(Ranges)!.Length > 0;
        Require(hasAxes || parsed.GetValue(Draws) == 0, "--random", "draws from --range and --grid; expected at least one of them");
        return hasAxes;
    }

    /// <summary>Writes the sweep the options describe, or finds that it is there.</summary>
    /// <exception cref="UsageException">Options that cannot be, or another sweep in the folder.</exception>
    public static SweepFolder Plan(ParseResult parsed)
    {
        GridAxis[] axes = [.. parsed.GetValue(Grid)!.Select(GridAxis.Parse)];
        RangeAxis[] ranges = [.. parsed.GetValue(Ranges)!.Select(RangeAxis.Parse)];
        (int random, int seeds) = (parsed.GetValue(Draws), parsed.GetValue(Seeds));
        Require(seeds >= 1, "--seeds", "expected at least 1");
        Require(random >= 0, "--random", "expected a number of combinations");
        Require(ranges.Length == 0 || random > 0, "--range", "is for random search; expected --random N");
        IReadOnlyList<ManifestLine> lines = random > 0
            ? SweepPlan.Random(random, axes, ranges, seeds, new Rng(parsed.GetValue(DrawSeed), "sweep"))
            : SweepPlan.Grid(axes, seeds);
        long[] rungs = ParseRungs(parsed.GetValue(Rungs));
        Require(rungs.Length == 0 || !lines[0].Overrides.ContainsKey(SweepPlan.Updates), "--halving", $"sets {SweepPlan.Updates}, which the grid varies");
        string[] settings = [.. parsed.GetValue(Set)!.Select(pair => $"{pair.Key}={pair.Value}")];
        return SweepFolder.Create(parsed.GetValue(Out)!, new SweepPlan(FullPath(parsed.GetValue(Config)), FullPath(parsed.GetValue(Data)), settings, rungs), lines);
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

    private static string? FullPath(string? path) => path is null ? null : Path.GetFullPath(path);
}
