using System.Numerics;

namespace UnetSpikes.Core;

/// <summary>How likely spike counts are under Poisson rates: negative log-likelihood, and bits per spike over a constant rate.</summary>
/// <remarks>Pei et al. 2021, Neural Latents Benchmark; numbers agree with nlb_tools. Sums are kept in double; inputs are not modified.</remarks>
public static class PoissonLikelihood
{
    /// <summary>What <see cref="BitsPerSpike(TrialTensor, TrialTensor)"/> is, to be printed beside it.</summary>
    public const string BitsPerSpikeDefinition =
        "(NLL of each unit's mean rate - NLL of the rates) / spikes / ln 2, all units together (nlb_tools bits_per_spike)";

    /// <summary>What bits per spike are when each entry is predicted while it is hidden from the model: the score of training.</summary>
    public const string HiddenBitsPerSpikeDefinition =
        "Poisson log-likelihood of held-out trials' counts above each unit's mean rate, in bits, per spike; every entry predicted while hidden, in 5 folds";

    /// <summary>What co-smoothing bits per spike are.</summary>
    public const string CoBpsDefinition = "bits per spike of held-out units, which the model never sees, from held-in ones (nlb_tools co-bps)";

    /// <summary>What forward-prediction bits per spike are.</summary>
    public const string FpBpsDefinition = "bits per spike of all units in the forward bins, those behind what the model sees (nlb_tools fp-bps)";

    /// <summary>A rate of zero counts as this many spikes per bin, as in nlb_tools: one spike there costs 20.7 nats, not infinity.</summary>
    public const double LowestRate = 1e-9;

    private static readonly double LogLowestRate = Math.Log(LowestRate);
    private static readonly double[] LogFactorials = FirstLogFactorials();

    /// <summary>Poisson negative log-likelihood of spike counts given log-rates, summed over all bins.</summary>
    /// <param name="logRates">ln(expected spikes per bin), row-major [trial, bin, unit].</param>
    /// <param name="counts">Spikes per bin, same length; NaN bins are left out.</param>
    /// <param name="withLogFactorial">Include ln(n!), as nlb_tools' <c>neg_log_likelihood</c> does; without it, PyTorch's default loss.</param>
    /// <returns>Nats. NaN when a counted bin has no rate.</returns>
    /// <exception cref="ArgumentException">The spans differ in length.</exception>
    public static double OfLogRates(ReadOnlySpan<float> logRates, ReadOnlySpan<float> counts, bool withLogFactorial = true)
    {
        ThrowIfLengthsDiffer(logRates, counts);
        double sum = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (!float.IsNaN(counts[i]))
            {
                sum += float.IsNegativeInfinity(logRates[i])
                    ? Nats(LowestRate, LogLowestRate, counts[i], withLogFactorial)
                    : Nats(Math.Exp(logRates[i]), logRates[i], counts[i], withLogFactorial);
            }
        }

        return sum;
    }

    /// <summary>Poisson negative log-likelihood of spike counts given rates, summed over all bins.</summary>
    /// <typeparam name="T">float or double; sums are in double either way.</typeparam>
    /// <param name="rates">Expected spikes per bin, row-major [trial, bin, unit]; zero counts as <see cref="LowestRate"/>.</param>
    /// <param name="counts">Spikes per bin, same length; NaN bins are left out.</param>
    /// <param name="withLogFactorial">Include ln(n!), as nlb_tools' <c>neg_log_likelihood</c> does.</param>
    /// <returns>Nats. NaN when a counted bin has no rate.</returns>
    /// <exception cref="ArgumentException">The spans differ in length, or a counted bin has a negative rate.</exception>
    public static double OfRates<T>(ReadOnlySpan<T> rates, ReadOnlySpan<T> counts, bool withLogFactorial = true)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ThrowIfLengthsDiffer(rates, counts);
        double sum = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (T.IsNaN(counts[i]))
            {
                continue;
            }

            double rate = double.CreateTruncating(rates[i]);
            if (rate < 0)
            {
                throw new ArgumentException($"rate {rate} at {i} is negative; are these log-rates?", nameof(rates));
            }

            rate = rate == 0 ? LowestRate : rate;
            sum += Nats(rate, Math.Log(rate), double.CreateTruncating(counts[i]), withLogFactorial);
        }

        return sum;
    }

    /// <summary>Bits per spike of rates over each unit's mean rate: 0 for no better than constant, negative for worse.</summary>
    /// <param name="rates">Expected spikes per bin, [trial, bin, unit]; zero counts as <see cref="LowestRate"/>.</param>
    /// <param name="counts">Spikes per bin, same shape; NaN bins are left out, of the mean rates too.</param>
    /// <returns>Bits per spike; NaN when there is no spike, or a counted bin has no rate.</returns>
    /// <exception cref="ArgumentException">The shapes differ, or a counted bin has a negative rate.</exception>
    public static double BitsPerSpike(TrialTensor rates, TrialTensor counts)
    {
        ThrowIfShapesDiffer(rates, counts);
        return BitsPerSpike<float>(rates.Values, counts.Values, counts.Units);
    }

    /// <summary>As <see cref="BitsPerSpike(TrialTensor, TrialTensor)"/>, of numbers in either precision.</summary>
    /// <typeparam name="T">float or double; sums are in double either way.</typeparam>
    /// <param name="rates">Expected spikes per bin, row-major with units last; zero counts as <see cref="LowestRate"/>.</param>
    /// <param name="counts">Spikes per bin, same length; NaN bins are left out, of the mean rates too.</param>
    /// <param name="units">Length of the last axis.</param>
    /// <returns>Bits per spike; NaN when there is no spike, or a counted bin has no rate.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or a counted bin has a negative rate.</exception>
    public static double BitsPerSpike<T>(ReadOnlySpan<T> rates, ReadOnlySpan<T> counts, int units)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        ConstantRates.Of(counts, units).BitsPerSpike(OfRates(rates, counts, withLogFactorial: false));

    /// <summary>As <see cref="BitsPerSpike(TrialTensor, TrialTensor)"/>, from log-rates: exact where a rate in float32 would underflow.</summary>
    /// <param name="logRates">ln(expected spikes per bin), [trial, bin, unit].</param>
    /// <param name="counts">Spikes per bin, same shape; NaN bins are left out, of the mean rates too.</param>
    /// <returns>Bits per spike; NaN when there is no spike, or a counted bin has no rate.</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static double BitsPerSpikeOfLogRates(TrialTensor logRates, TrialTensor counts)
    {
        ThrowIfShapesDiffer(logRates, counts);
        return ConstantRates.Of(counts).BitsPerSpike(OfLogRates(logRates.Values, counts.Values, withLogFactorial: false));
    }

    /// <summary>The mean rate of each unit over the bins that were recorded: what bits per spike are measured against.</summary>
    /// <param name="counts">Spikes per bin, [trial, bin, unit]; NaN bins are left out.</param>
    /// <returns>Spikes per bin, one per unit; NaN for a unit never recorded.</returns>
    public static double[] MeanRates(TrialTensor counts) => MeanRates<float>(counts.Values, counts.Units);

    /// <summary>As <see cref="MeanRates(TrialTensor)"/>, of numbers in either precision.</summary>
    /// <typeparam name="T">float or double; sums are in double either way.</typeparam>
    /// <param name="counts">Spikes per bin, row-major with units last; NaN bins are left out.</param>
    /// <param name="units">Length of the last axis.</param>
    /// <returns>Spikes per bin, one per unit; NaN for a unit never recorded.</returns>
    public static double[] MeanRates<T>(ReadOnlySpan<T> counts, int units)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var sums = new double[units];
        var bins = new long[units];
        for (int i = 0; i < counts.Length; i++)
        {
            if (!T.IsNaN(counts[i]))
            {
                sums[i % units] += double.CreateTruncating(counts[i]);
                bins[i % units]++;
            }
        }

        return [.. sums.Zip(bins, (sum, n) => sum / n)];
    }

    /// <summary>ln(n!), by Stirling's series above the first few; n need not be whole.</summary>
    /// <param name="n">At least 0.</param>
    /// <returns>Relative error below 1e-13.</returns>
    public static double LogFactorial(double n)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(n);
        if (n < LogFactorials.Length && n == Math.Floor(n))
        {
            return LogFactorials[(int)n];
        }

        // Γ(z) = Γ(z + k) / (z (z+1) … (z+k−1)): raise the argument until the series has converged.
        double shift = 0;
        double z = n + 1;
        for (; z < 20; z++)
        {
            shift += Math.Log(z);
        }

        double inverse = 1 / z;
        double square = inverse * inverse;
        double series = inverse * ((1 / 12.0) - (square * ((1 / 360.0) - (square * ((1 / 1260.0) - (square / 1680))))));
        return ((z - 0.5) * Math.Log(z)) - z + (0.5 * Math.Log(2 * Math.PI)) + series - shift;
    }

    /// <summary>One bin: λ − n ln λ (+ ln n!). A count of zero costs λ alone, however far ln λ is from finite.</summary>
    private static double Nats(double rate, double logRate, double count, bool withLogFactorial) =>
        rate - (count == 0 ? 0 : count * logRate) + (withLogFactorial ? LogFactorial(count) : 0);

    private static double[] FirstLogFactorials()
    {
        var table = new double[128];
        for (int n = 2; n < table.Length; n++)
        {
            table[n] = table[n - 1] + Math.Log(n);
        }

        return table;
    }

    private static void ThrowIfLengthsDiffer<T>(ReadOnlySpan<T> rates, ReadOnlySpan<T> counts)
    {
        if (rates.Length != counts.Length)
        {
            throw new ArgumentException($"{rates.Length} rates for {counts.Length} counts", nameof(rates));
        }
    }

    private static void ThrowIfShapesDiffer(TrialTensor rates, TrialTensor counts)
    {
        if (!rates.HasShapeOf(counts))
        {
            throw new ArgumentException($"rates are {rates}, counts {counts}", nameof(rates));
        }
    }
}
