using UnetSpikes.Core;
using UnetSpikes.Regression;

namespace UnetSpikes.Data;

/// <summary>What is not seen, predicted by ridge regression from smoothed held-in counts: the baseline of co-smoothing and forward prediction.</summary>
/// <remarks>
/// Held-out units as nlb_tools' tests do it: counts smoothed by a Gaussian window of six σ, zeros outside the trial; from ln(smoothed + 1e-4) of the
/// held-in units to the smoothed held-out ones by ridge regression, intercept penalised too; what comes out below 1e-9 spikes per bin is raised to
/// that. nlb_tools has no recipe for forward bins: here they are regressed in the same way, from the last bin seen to the counts of all units.
/// </remarks>
public sealed class CoSmoothingBaseline
{
    private const double LogOffset = 1e-4;
    private const double LongestInSigmas = 6;

    /// <summary>Penalties tried where none is given; nlb_tools' test takes 1e6 for 375 trials of 140 bins.</summary>
    private static readonly double[] Alphas = [0.1, 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7];

    /// <summary>Widths tried where none is given, in bins.</summary>
    private static readonly double[] Widths = [1, 2, 3, 4, 6, 8, 12, 16, 24];

    /// <summary>Enough to choose a width by; all of them take a minute for a thousand trials.</summary>
    private const int TrialsForChoosing = 256;

    private readonly ObservedPart _observed;
    private readonly RidgeDecoder? _heldOut;
    private readonly RidgeDecoder? _forward;
    private readonly int _forwardBins;

    private CoSmoothingBaseline(ObservedPart observed, double sigmaBins, RidgeDecoder? heldOut, RidgeDecoder? forward, int forwardBins)
    {
        (_observed, SigmaBins, _heldOut, _forward, _forwardBins) = (observed, sigmaBins, heldOut, forward, forwardBins);
    }

    /// <summary>Width of the window, in bins.</summary>
    public double SigmaBins { get; }

    /// <summary>The penalty of the regression on held-out units; null where there are none.</summary>
    public double? Alpha => _heldOut?.Alpha;

    /// <summary>Fits to training trials with the width that best predicts the last fifth of up to 256 of them from the others, in bits per spike.</summary>
    /// <param name="train">Whole trials, [trial, bin, unit]; NaN where nothing was recorded.</param>
    /// <param name="observed">What of them may be seen.</param>
    public static CoSmoothingBaseline Fit(TrialTensor train, ObservedPart observed)
    {
        int trials = Math.Min(TrialsForChoosing, train.Trials), tested = Math.Max(1, trials / 5);
        TrialTensor first = TrialPieces.Take(train, [.. Enumerable.Range(0, trials - tested)]), last = TrialPieces.Take(train, [.. Enumerable.Range(trials - tested, tested)]);
        Func<TrialTensor, TrialTensor?> unseen = observed.Units < train.Units ? observed.HeldOut : observed.Forward;
        double sigma = first.Trials == 0 ? Widths[0] : Widths.MaxBy(width =>
        {
            double bits = PoissonLikelihood.BitsPerSpike(unseen(Fit(first, observed, width).Predict(observed.Of(last)))!, unseen(last)!);
            return double.IsNaN(bits) ? double.NegativeInfinity : bits;
        });
        return Fit(train, observed, sigma);
    }

    /// <summary>Fits to training trials.</summary>
    /// <param name="train">Whole trials, [trial, bin, unit]; NaN where nothing was recorded.</param>
    /// <param name="observed">What of them may be seen.</param>
    /// <param name="sigmaBins">Width of the window in bins, above 0.</param>
    /// <param name="alpha">The penalty; null = the one that best predicts the last fifth of the trials from the others, in bits per spike.</param>
    public static CoSmoothingBaseline Fit(TrialTensor train, ObservedPart observed, double sigmaBins, double? alpha = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigmaBins);
        TrialTensor features = Features(observed.Of(train), sigmaBins);
        RidgeDecoder? heldOut = observed.HeldOut(train) is { } counts ? Regress(features, Smooth(counts, sigmaBins), counts, alpha) : null;
        TrialTensor? ahead = observed.Forward(train);
        TrialTensor? targets = ahead is null ? null : InOneBin(ahead);
        RidgeDecoder? forward = targets is null ? null : Regress(LastBin(features), targets, targets, alpha);
        return new CoSmoothingBaseline(observed, sigmaBins, heldOut, forward, ahead?.Bins ?? 0);
    }

    /// <summary>Rates of whole trials: the held-in units' smoothed counts, the others' and the forward bins' by regression.</summary>
    /// <param name="seen">Counts of what may be seen, [trial, bin, unit].</param>
    /// <returns>Spikes per bin, [trial, bin, unit], at least 1e-9.</returns>
    public TrialTensor Predict(TrialTensor seen)
    {
        TrialTensor features = Features(seen, SigmaBins), smoothed = Smooth(seen, SigmaBins);
        TrialTensor? heldOut = _heldOut?.Predict(features), forward = _forward?.Predict(LastBin(features));
        int units = _observed.Units + (heldOut?.Units ?? 0);
        var rates = new TrialTensor(seen.Trials, seen.Bins + _forwardBins, units);
        for (int trial = 0; trial < seen.Trials; trial++)
        {
            for (int bin = 0; bin < seen.Bins; bin++)
            {
                Span<float> row = rates.Trial(trial).Slice(bin * units, units);
                smoothed.Trial(trial).Slice(bin * seen.Units, seen.Units).CopyTo(row);
                heldOut?.Trial(trial).Slice(bin * heldOut.Units, heldOut.Units).CopyTo(row[seen.Units..]);
            }

            forward?.Trial(trial).CopyTo(rates.Trial(trial)[(seen.Bins * units)..]);
        }

        RaiseInPlace(rates);
        return rates;
    }

    private static RidgeDecoder Regress(TrialTensor features, TrialTensor targets, TrialTensor counts, double? alpha)
    {
        int trials = features.Trials, tested = trials / 5;
        if (alpha is null && tested > 0)
        {
            int[] first = [.. Enumerable.Range(0, trials - tested)], last = [.. Enumerable.Range(trials - tested, tested)];
            RidgeDecoder[] tried = RidgeFit.PenalisingIntercept(TrialPieces.Take(features, first), TrialPieces.Take(targets, first), Alphas);
            (TrialTensor from, TrialTensor expected) = (TrialPieces.Take(features, last), TrialPieces.Take(counts, last));
            alpha = tried.MaxBy(decoder => Bits(decoder, from, expected))!.Alpha;
        }

        return RidgeFit.PenalisingIntercept(features, targets, [alpha ?? Alphas[^1]])[0];
    }

    private static double Bits(RidgeDecoder decoder, TrialTensor features, TrialTensor counts)
    {
        TrialTensor rates = decoder.Predict(features);
        RaiseInPlace(rates);
        double bits = PoissonLikelihood.BitsPerSpike(rates, counts);
        return double.IsNaN(bits) ? double.NegativeInfinity : bits;
    }

    private static TrialTensor Features(TrialTensor seen, double sigmaBins)
    {
        TrialTensor smoothed = Smooth(seen, sigmaBins);
        return new TrialTensor(seen.Trials, seen.Bins, seen.Units, Array.ConvertAll(smoothed.Values, rate => (float)Math.Log(rate + LogOffset)));
    }

    /// <summary>numpy's <c>convolve(x, window, 'same')</c> with scipy's <c>gaussian(⌊6σ⌋, σ)</c> of sum 1: an even window's middle is the later of its two.</summary>
    private static TrialTensor Smooth(TrialTensor counts, double sigmaBins)
    {
        int length = Math.Max(1, (int)(LongestInSigmas * sigmaBins));
        double[] window = [.. Enumerable.Range(0, length).Select(i => Math.Exp(-0.5 * Math.Pow((i - ((length - 1) / 2.0)) / sigmaBins, 2)))];
        double sum = window.Sum();
        counts = counts.WithZerosForGaps();
        var smoothed = new TrialTensor(counts.Trials, counts.Bins, counts.Units);
        var total = new double[counts.Units];
        for (int row = 0; row < counts.Trials * counts.Bins; row++)
        {
            (int trial, int bin) = (row / counts.Bins, row % counts.Bins);
            Array.Clear(total);
            for (int k = 0; k < length; k++)
            {
                int from = bin + ((length - 1) / 2) - k;
                ReadOnlySpan<float> at = from >= 0 && from < counts.Bins ? counts.Trial(trial).Slice(from * counts.Units, counts.Units) : [];
                for (int unit = 0; unit < at.Length; unit++)
                {
                    total[unit] += window[k] * at[unit];
                }
            }

            for (int unit = 0; unit < total.Length; unit++)
            {
                smoothed.Values[(row * counts.Units) + unit] = (float)(total[unit] / sum);
            }
        }

        return smoothed;
    }

    private static TrialTensor LastBin(TrialTensor features) => features.Part(^1.., ..);

    private static TrialTensor InOneBin(TrialTensor bins) => new(bins.Trials, 1, bins.Bins * bins.Units, bins.Values);

    private static void RaiseInPlace(TrialTensor rates)
    {
        foreach (ref float rate in rates.Values.AsSpan())
        {
            rate = Math.Max(rate, (float)PoissonLikelihood.LowestRate);
        }
    }
}
