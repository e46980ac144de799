using UnetSpikes.Core;

namespace UnetSpikes.Export;

/// <summary>The trials that scores before and after an export are of: all validation trials, nothing masked, the units and bins that the model sees.</summary>
/// <param name="Counts">What goes in: spikes per bin, [trial, bin, unit], 0 where nothing was recorded.</param>
/// <param name="Recorded">The same with NaN where nothing was recorded: what bits per spike are of.</param>
/// <param name="TrueRates">True rates of the same in spikes per bin; null where unknown.</param>
internal sealed record JudgedTrials(TrialTensor Counts, TrialTensor Recorded, TrialTensor? TrueRates)
{
    /// <summary>The data's trials; where the network takes trials of another length only, their bins one after another in such trials.</summary>
    public static JudgedTrials Of(VerificationData data, Reach reach)
    {
        if (reach.TrialBins is null || reach.TrialBins == data.Counts.Bins)
        {
            return new JudgedTrials(data.Counts, data.Recorded, data.Rates);
        }

        TrialTensor counts = data.Window(data.Counts.Trials, reach.TrialBins.Value);
        return new JudgedTrials(counts, counts, null);
    }

    /// <summary>R² of rates, mean over units; null without true rates.</summary>
    /// <param name="predicted">For these trials; held-out units and forward bins are left out.</param>
    public double? R2(EvaluatedRates predicted) => TrueRates is null ? null : RateScores.Compute(TrueRates, Seen(predicted.Rates)).R2Uniform;

    /// <summary>Bits per spike over each unit's mean rate; NaN where there is no spike.</summary>
    /// <param name="predicted">As for <see cref="R2"/>.</param>
    public double BitsPerSpike(EvaluatedRates predicted) => PoissonLikelihood.BitsPerSpikeOfLogRates(Seen(predicted.LogRates), Recorded);

    private TrialTensor Seen(TrialTensor rates) => new ObservedPart(Counts.Bins, Counts.Units).Of(rates);
}
