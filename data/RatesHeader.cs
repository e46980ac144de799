namespace UnetSpikes.Data;

/// <summary>What holds for a whole file of rates.</summary>
public sealed record RatesHeader
{
    /// <summary>Width of a bin in milliseconds; always known, or rates could not be turned into Hz.</summary>
    public required double BinWidthMs { get; init; }

    /// <summary>The names of the rates' units, in the order of their axis.</summary>
    public required IReadOnlyList<string> UnitIds { get; init; }

    /// <summary>How many of them, from the last, the model predicted without seeing their counts.</summary>
    public int HeldOutUnits { get; init; }

    /// <summary>Where the rates come from, as JSON: the model's hash, the input file, versions.</summary>
    public string ProvenanceJson { get; init; } = "{}";

    /// <summary>A rate times this is in Hz.</summary>
    public double HzPerRate => 1000 / BinWidthMs;
}

/// <summary>What an array of a rates file holds.</summary>
public enum RatesKind
{
    /// <summary>Expected spikes per bin of each unit.</summary>
    Rates,

    /// <summary>The model's bottleneck channels; no unit.</summary>
    Latents,
}

/// <summary>One array of a rates file, without its values.</summary>
/// <param name="Name">The key, such as <c>valid_rates</c>.</param>
/// <param name="Kind">Rates or latents.</param>
/// <param name="Trials">Number of trials.</param>
/// <param name="Bins">Bins per trial, forward bins included.</param>
/// <param name="Channels">Units of rates, dimensions of latents.</param>
/// <param name="TrialIds">Each trial's number in the recording it came from; null when unknown.</param>
public sealed record RatesArray(string Name, RatesKind Kind, int Trials, int Bins, int Channels, IReadOnlyList<int>? TrialIds)
{
    /// <summary>How many of the bins, from the last, lie behind the trial's end: predicted, not inferred from counts.</summary>
    public int ForwardBins { get; init; }

    /// <summary>Bins of the trial that was recorded; the first forward bin has this index.</summary>
    public int TrialBins => Bins - ForwardBins;
}
