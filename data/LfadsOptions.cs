using UnetSpikes.Core;
using UnetSpikes.Data.Configuration;

namespace UnetSpikes.Data;

/// <summary>How a data set's file is read. The defaults change nothing.</summary>
public sealed record LfadsOptions
{
    /// <summary>What the file's truth is divided by to give spikes per bin; null = the file's own <c>conversion_factor</c>.</summary>
    public double? ConversionFactor { get; init; }

    /// <summary>Pieces the trials are cut into, in bins (<c>MODEL.TRIAL_LENGTH</c>); 0 or less = whole trials.</summary>
    public int TrialLength { get; init; }

    /// <summary>Whether training gets the validation trials too, in the order of the file's indices (the ancestor's mode "trainval").</summary>
    public bool MergeTrainValid { get; init; }

    /// <summary>Whether only the first two trials of each split are kept (<c>DATA.OVERFIT_TEST</c>).</summary>
    public bool OverfitTest { get; init; }

    /// <summary>Fraction of the training trials to keep, above 0 … 1 (<c>DATA.RANDOM_SUBSET_TRIALS</c>); not with <see cref="OverfitTest"/>.</summary>
    public double TrainFraction { get; init; } = 1;

    /// <summary>Seed of the choice of training trials (<c>SEED</c>).</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Larger counts are lowered to this; null = no limit.</summary>
    public int? MaxCount { get; init; }

    /// <summary>Whether the forward bins of a file with the benchmark's tensors are left out (<c>DATA.IGNORE_FORWARD</c>).</summary>
    public bool IgnoreForward { get; init; }

    /// <summary>
    /// Where the benchmark's evaluation tensors are if not in the file itself: a file of this name beside it (<c>DATA.VAL_FILENAME</c>); null = in the file itself.
    /// </summary>
    public string? EvalFileName { get; init; }

    /// <summary>How a finished run read its data, from the configuration stored in its checkpoint.</summary>
    /// <param name="config">A configuration that training accepted.</param>
    public static LfadsOptions OfRun(YamlTree config) => new()
    {
        ConversionFactor = config.GetDouble("DATA.CONVERSION_FACTOR"),
        TrialLength = config.GetInt32("MODEL.TRIAL_LENGTH") ?? 0,
        OverfitTest = config.GetBoolean("DATA.OVERFIT_TEST") ?? false,
        MaxCount = config.GetInt32("MODEL.MAX_SPIKE_COUNT"),
        IgnoreForward = config.GetBoolean("DATA.IGNORE_FORWARD") ?? false,
        EvalFileName = config.GetString("DATA.VAL_FILENAME"),
    };

    /// <summary>What the options make of a split, in this order: choose trials, cut them, clip counts.</summary>
    /// <exception cref="UsageException">An option that does not fit the split.</exception>
    internal SpikeSplit Apply(SpikeSplit split, bool isTraining)
    {
        if (isTraining && !OverfitTest && TrainFraction != 1)
        {
            split = split.Take(ChooseTrials(split.Counts.Trials));
        }

        if (TrialLength > 0)
        {
            if (TrialLength > split.Counts.Bins)
            {
                throw new UsageException("MODEL.TRIAL_LENGTH", $"{TrialLength} bins are longer than the trials of {split.Counts.Bins} bins");
            }

            split = split.Chop(TrialLength);
        }

        if (OverfitTest)
        {
            split = split.Take([.. Enumerable.Range(0, Math.Min(2, split.Counts.Trials))]);
        }

        return MaxCount is int maximum ? split.ClipCounts(maximum) : split;
    }

    private int[] ChooseTrials(int trials)
    {
        if (!(TrainFraction > 0 && TrainFraction <= 1))
        {
            throw new UsageException("DATA.RANDOM_SUBSET_TRIALS", $"{TrainFraction} is not a fraction above 0 and at most 1");
        }

        int[] order = [.. Enumerable.Range(0, trials)];
        new Rng(Seed, "subset of training trials").Shuffle<int>(order);
        int[] chosen = order[..Math.Max((int)(trials * TrainFraction), Math.Min(1, trials))];
        Array.Sort(chosen);
        return chosen;
    }
}
