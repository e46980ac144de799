using System.Text.Json.Serialization;

namespace UnetSpikes.Infer;

/// <summary>What came of one array of counts.</summary>
/// <param name="Counts">Its key in the input.</param>
/// <param name="Rates">The key of its rates in the output.</param>
/// <param name="Trials">Number of trials.</param>
/// <param name="Bins">Bins per trial.</param>
/// <param name="ForwardBins">Bins predicted behind each trial; the rates have so many more.</param>
/// <param name="WindowBins">Bins the model was run on at a time.</param>
/// <param name="Windows">Windows per trial; 1 = whole trials.</param>
/// <param name="Batch">Windows per run.</param>
/// <param name="GapBins">Bins with a unit that was not recorded; the rates of such units are NaN there.</param>
/// <param name="NearGapBins">Recorded bins whose rates were computed with zeros in a gap's place.</param>
public sealed record ArrayResult(
    string Counts, string Rates, int Trials, int Bins, int ForwardBins, int WindowBins, int Windows, int Batch, long GapBins, long NearGapBins)
{
    /// <summary>The key of what was decoded from the rates; null, and not in the JSON, where the model has no decoder behind them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Decoded { get; init; }
}
