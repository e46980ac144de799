namespace UnetSpikes.Core;

/// <summary>The width of the Gaussian that suits a data set best, and by what it was chosen.</summary>
/// <param name="SigmaBins">Standard deviation of the kernel, in bins.</param>
/// <param name="Score">The criterion's value at that width, on the data it was chosen on.</param>
/// <param name="Criterion">What <paramref name="Score"/> is.</param>
public sealed record SmoothingChoice(double SigmaBins, double Score, string Criterion)
{
    /// <summary>The criterion of <see cref="ByTrueRates"/>.</summary>
    public const string TrueRatesCriterion = "R2 of rates on training trials";

    /// <summary>The criterion of <see cref="ByLikelihood"/>.</summary>
    public const string LikelihoodCriterion = "bits per spike of each training bin predicted from the others of its trial";

    // A bin whose neighbours hold no spike would have rate 0 and cost 20 nats if it holds one: a hundredth of the unit's mean
    // rate is mixed in, which matters nowhere else. On both benchmarks likelihood then chooses the very σ that R² does (15 and 40 bins).
    private const double MeanShare = 0.01;

    /// <summary>Chooses by R² where true rates are known, else by likelihood.</summary>
    /// <param name="trainCounts">Training counts, spikes per bin, [trial, bin, unit].</param>
    /// <param name="trainRates">True rates of the same trials in spikes per bin, or null where unknown.</param>
    /// <param name="grid">Widths to try, in bins, or null for <see cref="GaussianSmoothing.DefaultGrid"/>.</param>
    public static SmoothingChoice Best(TrialTensor trainCounts, TrialTensor? trainRates, IReadOnlyList<double>? grid = null) =>
        trainRates is null ? ByLikelihood(trainCounts, grid) : ByTrueRates(trainCounts, trainRates, grid);

    /// <summary>The width whose smoothed counts have the highest <see cref="RateScores.R2Uniform"/>.</summary>
    /// <param name="trainCounts">Training counts, spikes per bin, [trial, bin, unit].</param>
    /// <param name="trainRates">True rates of the same trials, in spikes per bin.</param>
    /// <param name="grid">Widths to try, in bins, or null for <see cref="GaussianSmoothing.DefaultGrid"/>.</param>
    public static SmoothingChoice ByTrueRates(TrialTensor trainCounts, TrialTensor trainRates, IReadOnlyList<double>? grid = null) =>
        Best(grid, TrueRatesCriterion, sigma => RateScores.Compute(trainRates, GaussianSmoothing.Smooth(trainCounts, sigma)).R2Uniform);

    /// <summary>The width that best predicts each bin's count from the other bins of its trial, in bits per spike.</summary>
    /// <param name="trainCounts">Training counts, spikes per bin, [trial, bin, unit]; NaN bins are left out.</param>
    /// <param name="grid">Widths to try, in bins, above 0, or null for <see cref="GaussianSmoothing.DefaultGrid"/>.</param>
    public static SmoothingChoice ByLikelihood(TrialTensor trainCounts, IReadOnlyList<double>? grid = null)
    {
        double[] mean = PoissonLikelihood.MeanRates(trainCounts);
        return Best(grid, LikelihoodCriterion, sigma =>
        {
            TrialTensor rates = GaussianSmoothing.SmoothLeavingOutOwnBin(trainCounts, sigma);
            MixInPlace(rates, mean);
            return PoissonLikelihood.BitsPerSpike(rates, trainCounts);
        });
    }

    private static SmoothingChoice Best(IReadOnlyList<double>? grid, string criterion, Func<double, double> score)
    {
        grid ??= GaussianSmoothing.DefaultGrid;
        if (grid.Count == 0)
        {
            throw new ArgumentException("expected at least one width", nameof(grid));
        }

        var best = new SmoothingChoice(grid[0], double.NegativeInfinity, criterion);
        foreach (double sigma in grid)
        {
            double value = score(sigma);
            if (value > best.Score)
            {
                best = best with { SigmaBins = sigma, Score = value };
            }
        }

        // No width scored (no spikes, silent units only): the first one, and a score that says so.
        return double.IsNegativeInfinity(best.Score) ? best with { Score = double.NaN } : best;
    }

    private static void MixInPlace(TrialTensor rates, double[] mean)
    {
        for (int i = 0; i < rates.Values.Length; i++)
        {
            float unitMean = (float)mean[i % mean.Length];
            float smooth = float.IsNaN(rates.Values[i]) ? unitMean : rates.Values[i];
            rates.Values[i] = (float)(((1 - MeanShare) * smooth) + (MeanShare * unitMean));
        }
    }
}
