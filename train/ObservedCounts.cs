using UnetSpikes.Core;

namespace UnetSpikes.Train;

/// <summary>Validation counts that the network may see, and what their likelihoods need again and again.</summary>
/// <param name="Counts">[trial, bin, unit]; NaN where nothing was recorded.</param>
/// <param name="Shown">The same with 0 there.</param>
/// <param name="Constant">Their likelihood under each unit's mean rate.</param>
/// <param name="Recorded">Entries that were recorded.</param>
internal sealed record ObservedCounts(TrialTensor Counts, TrialTensor Shown, ConstantRates Constant, long Recorded)
{
    /// <summary>Whether something was not recorded.</summary>
    public bool HasGaps => Shown != Counts;

    /// <summary>Gathers them.</summary>
    public static ObservedCounts Of(TrialTensor counts) =>
        new(counts, counts.WithZerosForGaps(), ConstantRates.Of(counts), counts.Values.LongCount(count => !float.IsNaN(count)));

    /// <summary>Their Poisson loss in nats, without ln(n!), summed over the recorded entries.</summary>
    /// <param name="logRates">Of the same shape.</param>
    public double Nats(TrialTensor logRates) => PoissonLikelihood.OfLogRates(logRates.Values, Counts.Values, withLogFactorial: false);
}
