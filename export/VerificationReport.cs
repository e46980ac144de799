using System.Globalization;
using System.Text.Json.Serialization;

namespace UnetSpikes.Export;

/// <summary>What an export checked and found. Stored in the model as JSON in snake case.</summary>
public sealed record VerificationReport
{
    /// <summary>The largest <see cref="DecoderError"/> allowed: a float32 sum of some hundreds of products.</summary>
    public const double DecoderTolerance = 1e-5;

    /// <summary>What the model was exported in: <c>fp32</c>, <c>fp16</c> or <c>int8</c>.</summary>
    public required string Precision { get; init; }

    /// <summary>What ran it, such as "CPUExecutionProvider of ONNX Runtime 1.29.0, 2 threads".</summary>
    public required string Provider { get; init; }

    /// <summary>The tolerance: absolute, on log-rates, or on rates where <see cref="IsOfRates"/>.</summary>
    public required double Atol { get; init; }

    /// <summary>The largest loss of R² and of bits per spike.</summary>
    public required double MaxLoss { get; init; }

    /// <summary>Whether the tolerance is on rates: where the link is the identity, whose logarithm near 0 magnifies rounding without bound.</summary>
    public bool IsOfRates { get; init; }

    /// <summary>What the windows are.</summary>
    public required string Data { get; init; }

    /// <summary>Every comparison.</summary>
    public required IReadOnlyList<VerificationCase> Cases { get; init; }

    /// <summary>R² of rates (mean over units) of the evaluation graph on all validation trials, nothing masked; null without true rates.</summary>
    public double? R2Before { get; init; }

    /// <summary>The same of the exported model.</summary>
    public double? R2After { get; init; }

    /// <summary>Bits per spike of the evaluation graph's rates of the units seen, nothing masked, over each unit's mean rate; NaN without a spike.</summary>
    public required double BitsPerSpikeBefore { get; init; }

    /// <summary>The same of the exported model.</summary>
    public required double BitsPerSpikeAfter { get; init; }

    /// <summary>
    /// Largest difference of the output <c>decoded</c> from the decoder applied in double precision to the output <c>rates</c>, relative to the sum of its
    /// terms' magnitudes; null where there is no decoder.
    /// </summary>
    public double? DecoderError { get; init; }

    /// <summary>Bins to the left of an output bin that were seen to change it; at most what the metadata says.</summary>
    public required int SeenLeft { get; init; }

    /// <summary>The same to the right.</summary>
    public required int SeenRight { get; init; }

    /// <summary>Whether a bin further away than the metadata says changed an output.</summary>
    public required bool ReachesTooFar { get; init; }

    /// <summary>The comparison furthest above, or nearest below, its tolerance.</summary>
    [JsonIgnore]
    public VerificationCase Worst => Cases.MaxBy(c => double.IsNaN(DifferenceOf(c)) ? double.PositiveInfinity : DifferenceOf(c) / c.Magnitude)!;

    /// <summary>What the tolerance is on.</summary>
    [JsonIgnore]
    public string Quantity => IsOfRates ? "rates" : "log-rates";

    /// <summary>What is wrong with the model, in one line; null when nothing is.</summary>
    [JsonIgnore]
    public string? Problem => Worst switch
    {
        // "Not at most": a NaN is a problem too.
        { } worst when !(DifferenceOf(worst) <= Atol * worst.Magnitude) =>
            $"its {Quantity} differ from the checkpoint's by {DifferenceOf(worst):0.0E+0} ({worst.Name}, {worst.Batch} trials of {worst.Bins} bins), expected at most {Atol * worst.Magnitude:0.0E+0} (--atol)",
        _ when IsOver(R2Before, R2After) => Lost("R2 of rates", R2Before!.Value, R2After!.Value),
        _ when IsOver(BitsPerSpikeBefore, BitsPerSpikeAfter) => Lost("bits per spike", BitsPerSpikeBefore, BitsPerSpikeAfter),
        _ when DecoderError is double error && !(error <= DecoderTolerance) =>
            $"its output 'decoded' differs from the decoder in double precision by {error:0.0E+0} of its terms' magnitude, expected at most {DecoderTolerance:0.0E+0}",
        _ when ReachesTooFar => $"bins further away than its receptive field change an output (seen: {SeenLeft} left, {SeenRight} right)",
        _ => null,
    };

    /// <summary>The difference that the tolerance of a comparison is for.</summary>
    /// <param name="c">One of <see cref="Cases"/>.</param>
    public double DifferenceOf(VerificationCase c) => IsOfRates ? c.AbsRates : c.AbsLogRates;

    /// <summary>Whether a score fell too far; a score that there was none of before cannot.</summary>
    private bool IsOver(double? before, double? after) => before is double known && !double.IsNaN(known) && !(known - after <= MaxLoss);

    private string Lost(string score, double before, double after) => string.Create(
        CultureInfo.InvariantCulture, $"{Precision} costs {before - after:0.0000} of {score} ({before:0.0000} before, {after:0.0000} after), expected at most {MaxLoss} (--max-loss)");
}
