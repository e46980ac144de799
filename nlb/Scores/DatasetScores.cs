namespace UnetSpikes.Nlb.Scores;

/// <summary>The scores of one data set; null = the files do not hold what it needs.</summary>
public sealed record DatasetScores
{
    /// <summary>Which data set.</summary>
    public required NlbDataset Dataset { get; init; }

    /// <summary>Co-smoothing, bits per spike (<see cref="BitsPerSpike.CoSmoothing"/>).</summary>
    public required double CoBps { get; init; }

    /// <summary>Velocity decoding (<see cref="Scores.VelocityR2"/>); null for dmfc_rsg.</summary>
    public double? VelocityR2 { get; init; }

    /// <summary>Neural speed against produced interval (<see cref="Scores.TpCorrelation"/>); dmfc_rsg only.</summary>
    public double? TpCorrelation { get; init; }

    /// <summary>Match to PSTHs (<see cref="Scores.PsthR2"/>); null where the target has none.</summary>
    public double? PsthR2 { get; init; }

    /// <summary>Forward prediction, bits per spike (<see cref="BitsPerSpike.Forward"/>); null where the submission has none.</summary>
    public double? FpBps { get; init; }

    /// <summary>The list that nlb_tools' <c>evaluate</c> returns: splits in its order, each with its scores by name.</summary>
    /// <param name="scores">Of each data set, in the order of <see cref="NlbDataset.All"/>.</param>
    /// <returns>[{"mc_maze_split": {"co-bps": …}}, …]; the scaling sets come last, joined by bin width.</returns>
    public static IReadOnlyList<Dictionary<string, Dictionary<string, double>>> ToList(IReadOnlyList<DatasetScores> scores) =>
        [.. scores.OrderBy(s => s.Dataset.ScalingPrefix is null ? 0 : s.Dataset.BinWidthMs)
            .GroupBy(s => s.Dataset.Split)
            .Select(split => new Dictionary<string, Dictionary<string, double>>
            {
                [split.Key] = split.SelectMany(s => s.Named()).ToDictionary(score => score.Name, score => score.Value),
            })];

    private IEnumerable<(string Name, double Value)> Named() =>
        new (string Name, double? Value)[] { ("co-bps", CoBps), ("vel R2", VelocityR2), ("tp corr", TpCorrelation), ("psth R2", PsthR2), ("fp-bps", FpBps) }
            .Where(score => score.Value is not null)
            .Select(score => (Dataset.ScalingPrefix + score.Name, score.Value!.Value));
}
