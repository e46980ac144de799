using System.CommandLine;
using static UnetSpikes.Sweep.SweepOptions;

namespace UnetSpikes.Sweep;

/// <summary>The tool's command line. <c>sweep</c> itself plans, runs on this machine and collects; its verbs do one of these each, or hand it to Slurm.</summary>
public static class SweepCommand
{
    /// <summary>Declares <c>sweep</c>.</summary>
    /// <param name="program">How members are trained.</param>
    public static Command Create(TrainProgram program) => new Command(
        "sweep",
        "Train many configurations, by grid, at random or by successive halving, and rank them by masked validation loss. Without a verb: plan, run here and collect; --out alone goes on.")
    {
        PlanVerb.Create(), RunVerb.Create(program), SlurmVerb.Create(), StatusVerb.Create(), CollectVerb.Create(),
        Config, Data, Out, Grid, Ranges, Draws, Seeds, Rungs, Set, DrawSeed, JobCount, MaxSeconds, DeviceName, Threads, Json, Quiet, Verbose,
    }.WithAction((parsed, console, cancel) =>
    {
        LocalRun run = LocalRun.Of(parsed, program);
        return run.Execute(PlanVerb.IsAsked(parsed) ? PlanVerb.Plan(parsed) : SweepFolder.Open(parsed.GetValue(Out)!), console, cancel);
    });
}
