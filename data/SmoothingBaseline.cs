using UnetSpikes.Core;

namespace UnetSpikes.Data;

/// <summary>What the best Gaussian smoothing reaches on the same validation trials: the number every model is held against.</summary>
/// <param name="SigmaBins">Its width, chosen on training trials.</param>
/// <param name="BitsPerSpike">Each bin predicted from the other bins of its trial.</param>
/// <param name="Rates">R² of smoothed counts against true rates; null where nobody knows those.</param>
public sealed record SmoothingBaseline(double SigmaBins, double BitsPerSpike, RateScores? Rates)
{
    /// <summary>Enough to choose one number by; all of them take several seconds.</summary>
    private const int TrialsForChoosing = 128;

    /// <summary>Chooses the width on training trials and scores it on validation trials.</summary>
    /// <param name="dataset">The data.</param>
    public static SmoothingBaseline Of(SpikeDataset dataset)
    {
        SmoothingChoice choice = SmoothingChoice.Best(First(dataset.Train.Counts), dataset.Train.Rates is TrialTensor rates ? First(rates) : null);
        TrialTensor counts = dataset.Valid.Counts;
        double bits = PoissonLikelihood.BitsPerSpike(GaussianSmoothing.SmoothLeavingOutOwnBin(counts, choice.SigmaBins), counts);
        RateScores? scores = dataset.Valid.Rates is TrialTensor truth
            ? RateScores.Compute(truth, GaussianSmoothing.Smooth(counts, choice.SigmaBins))
            : null;
        return new SmoothingBaseline(choice.SigmaBins, bits, scores);
    }

    private static TrialTensor First(TrialTensor all)
    {
        int trials = Math.Min(TrialsForChoosing, all.Trials);
        return new TrialTensor(trials, all.Bins, all.Units, all.Values[..(trials * all.Bins * all.Units)]);
    }
}
