using UnetSpikes.Core;

namespace UnetSpikes.Data;

/// <summary>What the best Gaussian smoothing reaches on the same validation trials: the number every model is held against.</summary>
/// <param name="SigmaBins">Its width, chosen on training trials.</param>
/// <param name="BitsPerSpike">Each bin predicted from the other bins of its trial.</param>
/// <param name="Rates">R² of smoothed counts against true rates, of what a model sees; null where nobody knows those.</param>
public sealed record SmoothingBaseline(double SigmaBins, double BitsPerSpike, RateScores? Rates)
{
    /// <summary>Bits per spike of held-out units by ridge regression from smoothed held-in counts (<see cref="CoSmoothingBaseline"/>); null where no unit is held out.</summary>
    public double? CoBps { get; init; }

    /// <summary>Bits per spike of forward bins, likewise; null where there are none.</summary>
    public double? FpBps { get; init; }

    /// <summary>Enough to choose one number by; all of them take several seconds.</summary>
    private const int TrialsForChoosing = 128;

    /// <summary>Chooses the width on training trials and scores it on validation trials.</summary>
    /// <param name="dataset">The data.</param>
    public static SmoothingBaseline Of(SpikeDataset dataset)
    {
        ObservedPart seen = dataset.Observed;
        SmoothingChoice choice = SmoothingChoice.Best(First(seen.Of(dataset.Train.Counts)), dataset.Train.Rates is TrialTensor rates ? First(seen.Of(rates)) : null);
        TrialTensor counts = seen.Of(dataset.Valid.Counts);
        double bits = PoissonLikelihood.BitsPerSpike(GaussianSmoothing.SmoothLeavingOutOwnBin(counts, choice.SigmaBins), counts);
        RateScores? scores = dataset.Valid.Rates is TrialTensor truth
            ? RateScores.Compute(seen.Of(truth), GaussianSmoothing.Smooth(counts, choice.SigmaBins))
            : null;
        (double? coBps, double? fpBps) = OfUnseen(dataset);
        return new SmoothingBaseline(choice.SigmaBins, bits, scores) { CoBps = coBps, FpBps = fpBps };
    }

    private static (double? CoBps, double? FpBps) OfUnseen(SpikeDataset dataset)
    {
        (ObservedPart seen, TrialTensor valid) = (dataset.Observed, dataset.Valid.Counts);
        if (seen.IsAllOf(valid))
        {
            return (null, null);
        }

        TrialTensor rates = CoSmoothingBaseline.Fit(dataset.Train.Counts, seen).Predict(seen.Of(valid));
        return (Bits(seen.HeldOut), Bits(seen.Forward));

        double? Bits(Func<TrialTensor, TrialTensor?> part) =>
            part(valid) is { } counts && !Array.TrueForAll(counts.Values, float.IsNaN) ? PoissonLikelihood.BitsPerSpike(part(rates)!, counts) : null;
    }

    private static TrialTensor First(TrialTensor all)
    {
        int trials = Math.Min(TrialsForChoosing, all.Trials);
        return new TrialTensor(trials, all.Bins, all.Units, all.Values[..(trials * all.Bins * all.Units)]);
    }
}
