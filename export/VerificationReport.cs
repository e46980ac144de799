using System.Text.Json.Serialization;

namespace UnetSpikes.Export;

/// <summary>One comparison of the exported model with the training-side evaluation graph.</summary>
/// <param name="Name">What was fed.</param>
/// <param name="Batch">Trials fed at once.</param>
/// <param name="Bins">Bins of each.</param>
/// <param name="AbsLogRates">Largest absolute difference of log-rates.</param>
/// <param name="RelLogRates">Largest difference of log-rates relative to the reference, or to 1 where that is smaller.</param>
/// <param name="AbsRates">Largest absolute difference of rates, in spikes per bin.</param>
/// <param name="RelRates">Largest relative difference of rates.</param>
/// <param name="Magnitude">What the tolerance is multiplied by: 1, and for silence and absurdly large counts the last layer's largest output, whose own rounding exceeds the tolerance.</param>
public sealed record VerificationCase(
    string Name, int Batch, int Bins, double AbsLogRates, double RelLogRates, double AbsRates, double RelRates, double Magnitude);

/// <summary>What an export checked and found. Stored in the model as JSON in snake case.</summary>
public sealed record VerificationReport
{
    /// <summary>The tolerance: absolute, on log-rates, or on rates where <see cref="IsOfRates"/>.</summary>
    public required double Atol { get; init; }

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

    /// <summary>Bins to the left of an output bin that were seen to change it; at most what the metadata says.</summary>
    public required int SeenLeft { get; init; }

    /// <summary>The same to the right.</summary>
    public required int SeenRight { get; init; }

    /// <summary>Whether a bin further away than the metadata says changed an output.</summary>
    public required bool ReachesTooFar { get; init; }

    /// <summary>The comparison furthest above, or nearest below, its tolerance.</summary>
    [JsonIgnore]
    public VerificationCase Worst => Cases.MaxBy(c => double.IsNaN(Difference(c)) ? double.PositiveInfinity : Difference(c) / c.Magnitude)!;

    /// <summary>What the tolerance is on.</summary>
    [JsonIgnore]
    public string Quantity => IsOfRates ? "rates" : "log-rates";

    /// <summary>What is wrong with the model, in one line; null when nothing is.</summary>
    [JsonIgnore]
    public string? Problem => Worst switch
    {
        // "Not at most": a NaN is a problem too.
        { } worst when !(Difference(worst) <= Atol * worst.Magnitude) =>
            $"its {Quantity} differ from the checkpoint's by {Difference(worst):0.0E+0} ({worst.Name}, {worst.Batch} trials of {worst.Bins} bins), expected at most {Atol * worst.Magnitude:0.0E+0}",
        _ when ReachesTooFar => $"bins further away than its receptive field change an output (seen: {SeenLeft} left, {SeenRight} right)",
        _ => null,
    };

    private double Difference(VerificationCase c) => IsOfRates ? c.AbsRates : c.AbsLogRates;
}
