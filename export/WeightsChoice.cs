using UnetSpikes.Core;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Models;
using UnetSpikes.Models.Import;

namespace UnetSpikes.Export;

/// <summary>Which weights of a run to export where it keeps their average beside the newest (docs/training.md, Averaged weights), as other programs do.</summary>
/// <param name="Name">raw: those of the newest step; ema or swa: their average of that kind.</param>
public sealed record WeightsChoice(string Name)
{
    private const string Raw = "raw";

    /// <summary>What can be chosen.</summary>
    public static IReadOnlyList<string> Names { get; } = [Raw, "ema", "swa"];

    /// <summary>A checkpoint with the chosen weights as its parameters.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <exception cref="CheckpointException">The file does not have them.</exception>
    public Checkpoint Of(string path, Checkpoint checkpoint)
    {
        string kept = KeptAverage(checkpoint);

        // best.safetensors holds what was validated, which is the average; last.safetensors the newest weights and beside them the average.
        bool hasBoth = checkpoint.Average is not null;
        string? problem = (Name, kept) switch
        {
            (Raw, Raw) => null,
            (Raw, _) => hasBoth ? null : $"holds the {kept} average alone, expected the run's last.safetensors for the newest weights",
            _ when Name != kept => kept == Raw ? "keeps no average of its weights (TRAIN.AVERAGE)" : $"keeps another average, {kept}",
            _ when hasBoth && checkpoint.RunningStatistics.Length > 0 && checkpoint.AverageStatistics is null =>
                "is from before averages were kept with their running statistics, expected one that train --resume wrote since, or the run's best.safetensors",
            _ => null,
        };
        return problem is not null ? throw new CheckpointException(path, "", $"{problem} (--weights {Name})")
            : hasBoth && Name != Raw ? checkpoint with { Parameters = checkpoint.Average!, RunningStatistics = checkpoint.AverageStatistics ?? [], Average = null, AverageStatistics = null }
            : checkpoint;
    }

    /// <summary>The chosen weights of a file of another program.</summary>
    /// <param name="state">The file.</param>
    /// <exception cref="CheckpointException">It does not have them, or has several that may be meant.</exception>
    public StateDict Of(StateDict state)
    {
        WeightsKind asked = Enum.Parse<WeightsKind>(Name, ignoreCase: true);
        StateDict[] all = [.. state.All.Select(one => one with { Beside = [] })];
        StateDict[] fitting = [.. all.Where(one => one.Weights == asked)];
        if (fitting.Length == 0 && asked != WeightsKind.Raw)
        {
            fitting = [.. all.Where(one => one.Weights == WeightsKind.Average)];
        }

        string held = $"holds {string.Join(" and ", all.Select(one => one.WeightsInWords))}";
        string? problem = fitting switch
        {
            [] => $"{held}, none of which are {Name}",
            [{ Averaged: 0 }] => $"{held}, expected an average that has begun",
            [_] => null,
            _ => $"{held}, of which more than one may be meant",
        };
        return problem is not null ? throw new CheckpointException(state.Path, "", $"{problem} (--weights {Name})")
            : fitting[0] with { Beside = [.. all.Where(one => one != fitting[0])] };
    }

    /// <summary>The average that the run keeps, by its own configuration; raw where it keeps none.</summary>
    private static string KeptAverage(Checkpoint checkpoint)
    {
        string? kept = checkpoint.Run.TryGetValue("config", out string? yaml) ? ConfigFile.Parse(yaml, "the checkpoint's configuration").GetString("TRAIN.AVERAGE") : null;
        return kept is null or "none" ? Raw : kept.ToLowerInvariant();
    }
}
