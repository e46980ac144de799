using UnetSpikes.Data.Configuration;

namespace UnetSpikes.Data;

/// <summary>How an LFADS-style file is read. The defaults change nothing.</summary>
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

    /// <summary>How a finished run read its data, from the configuration stored in its checkpoint.</summary>
    /// <param name="config">A configuration that training accepted.</param>
    public static LfadsOptions OfRun(YamlTree config) => new()
    {
        ConversionFactor = config.GetDouble("DATA.CONVERSION_FACTOR"),
        TrialLength = config.GetInt32("MODEL.TRIAL_LENGTH") ?? 0,
        OverfitTest = config.GetBoolean("DATA.OVERFIT_TEST") ?? false,
        MaxCount = config.GetInt32("MODEL.MAX_SPIKE_COUNT"),
    };
}
