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

    /// <summary>What a decoder behind the rates makes of them: velocity, or whatever it was fitted on.</summary>
    Decoded,
}

/// <summary>What the columns of a <see cref="RatesKind.Decoded"/> array are.</summary>
/// <param name="Names">One for each column.</param>
/// <param name="Unit">Their unit of measure.</param>
/// <param name="Decoder">Which decoder, in its file's words.</param>
/// <param name="FirstLag">The earliest bin of rates that a bin's columns depend on, relative to it; negative = before it.</param>
/// <param name="LastLag">The latest.</param>
public sealed record DecodedColumns(IReadOnlyList<string> Names, string Unit, string Decoder, int FirstLag, int LastLag);

/// <summary>One array of a rates file, without its values.</summary>
/// <param name="Name">The key, such as <c>valid_rates</c>.</param>
/// <param name="Kind">Rates, latents or decoded columns.</param>
/// <param name="Trials">Number of trials.</param>
/// <param name="Bins">Bins per trial, forward bins included.</param>
/// <param name="Channels">Units of rates, dimensions of latents, columns of what is decoded.</param>
/// <param name="TrialIds">Each trial's number in the recording it came from; null when unknown.</param>
public sealed record RatesArray(string Name, RatesKind Kind, int Trials, int Bins, int Channels, IReadOnlyList<int>? TrialIds)
{
    /// <summary>How many of the bins, from the last, lie behind the trial's end: predicted, not inferred from counts.</summary>
    public int ForwardBins { get; init; }

    /// <summary>What its columns are, where it is <see cref="RatesKind.Decoded"/>; else null.</summary>
    public DecodedColumns? Columns { get; init; }

    /// <summary>Bins of the trial that was recorded; the first forward bin has this index.</summary>
    public int TrialBins => Bins - ForwardBins;
}
