using UnetSpikes.Core;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Models;

namespace UnetSpikes.Export;

/// <summary>Which weights of a run to export where it keeps their average beside the newest (docs/training.md, Averaged weights).</summary>
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

    /// <summary>The average that the run keeps, by its own configuration; raw where it keeps none.</summary>
    private static string KeptAverage(Checkpoint checkpoint)
    {
        string? kept = checkpoint.Run.TryGetValue("config", out string? yaml) ? ConfigFile.Parse(yaml, "the checkpoint's configuration").GetString("TRAIN.AVERAGE") : null;
        return kept is null or "none" ? Raw : kept.ToLowerInvariant();
    }
}
