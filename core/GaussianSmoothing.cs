using System.Numerics;

namespace UnetSpikes.Core;

/// <summary>Gaussian smoothing of spike counts along time: the baseline every model is held against.</summary>
/// <remarks>
/// The kernel is cut at <see cref="CutAtSigmas"/> σ, as scipy's. Near an edge, and beside bins that were not recorded (NaN),
/// the sum is divided by the kernel's mass over the bins that count, so a constant stays that constant everywhere.
/// Judge bits per spike on <see cref="SmoothLeavingOutOwnBin"/> only: counts that help to predict themselves beat even the true
/// rates (chaotic RNN, σ = 15: 0.47 against 0.42).
/// </remarks>
public static class GaussianSmoothing
{
    /// <summary>Where the kernel ends, in σ: what lies beyond is 6e-5 of its mass.</summary>
    public const double CutAtSigmas = 4;

    private static readonly double[] Grid = [0.5, 1, 1.5, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 60];

    /// <summary>The widths tried when none are given, in bins.</summary>
    public static IReadOnlyList<double> DefaultGrid => Grid;

    /// <summary>Smooths every unit of every trial along time.</summary>
    /// <param name="counts">Spikes per bin, [trial, bin, unit]; NaN = not recorded.</param>
    /// <param name="sigmaBins">The kernel's standard deviation in bins; 0 returns the counts.</param>
    /// <returns>Rates in spikes per bin, same shape, float32 sums. A gap shorter than the kernel is bridged; NaN where none of the kernel's bins was recorded.</returns>
    /// <exception cref="ArgumentOutOfRangeException">σ is negative or not a number.</exception>
    public static TrialTensor Smooth(TrialTensor counts, double sigmaBins) =>
        Apply(counts, Kernel(sigmaBins, counts.Bins), withoutOwnBin: false);

    /// <summary>As <see cref="Smooth"/>, but a bin's own count has no part in its rate: a fair prediction of that count.</summary>
    /// <param name="counts">Spikes per bin, [trial, bin, unit]; NaN = not recorded.</param>
    /// <param name="sigmaBins">The kernel's standard deviation in bins, above 0.</param>
    /// <returns>Rates in spikes per bin; NaN where no other bin of the kernel was recorded.</returns>
    public static TrialTensor SmoothLeavingOutOwnBin(TrialTensor counts, double sigmaBins)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigmaBins);
        return Apply(counts, Kernel(sigmaBins, counts.Bins), withoutOwnBin: true);
    }

    /// <summary>One half of the kernel, exp(−d²/2σ²) for d = 0 … its end, not normalised, never longer than a trial.</summary>
    private static float[] Kernel(double sigmaBins, int bins)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sigmaBins);
        if (!double.IsFinite(sigmaBins))
        {
            throw new ArgumentOutOfRangeException(nameof(sigmaBins), sigmaBins, "expected a finite width in bins");
        }

        int reach = (int)Math.Min((CutAtSigmas * sigmaBins) + 0.5, Math.Max(bins - 1, 0));
        var half = new float[reach + 1];
        half[0] = 1;
        for (int d = 1; d <= reach; d++)
        {
            half[d] = (float)Math.Exp(-0.5 * (d / sigmaBins) * (d / sigmaBins));
        }

        return half;
    }

    private static TrialTensor Apply(TrialTensor counts, float[] half, bool withoutOwnBin)
    {
        var smooth = new TrialTensor(counts.Trials, counts.Bins, counts.Units);
        var mass = new float[counts.Units];
        for (int trial = 0; trial < counts.Trials; trial++)
        {
            Span<float> from = counts.Trial(trial);
            Span<float> to = smooth.Trial(trial);
            if (ContainsNaN(from))
            {
                SmoothWithGaps(from, to, mass, half, withoutOwnBin);
            }
            else
            {
                SmoothWhole(from, to, counts.Units, half, withoutOwnBin);
            }
        }

        return smooth;
    }

    private static void SmoothWhole(ReadOnlySpan<float> from, Span<float> to, int units, float[] half, bool withoutOwnBin)
    {
        int bins = units == 0 ? 0 : from.Length / units;
        for (int bin = 0; bin < bins; bin++)
        {
            Span<float> row = to.Slice(bin * units, units);
            double mass = 0;
            for (int other = Math.Max(0, bin - half.Length + 1); other < Math.Min(bins, bin + half.Length); other++)
            {
                if (withoutOwnBin && other == bin)
                {
                    continue;
                }

                float weight = half[Math.Abs(other - bin)];
                mass += weight;
                AddScaled(row, from.Slice(other * units, units), weight);
            }

            Scale(row, mass == 0 ? float.NaN : (float)(1 / mass));
        }
    }

    /// <summary>The same with each unit's own mass: a unit may be missing where its neighbours are not.</summary>
    private static void SmoothWithGaps(ReadOnlySpan<float> from, Span<float> to, Span<float> mass, float[] half, bool withoutOwnBin)
    {
        int units = mass.Length;
        int bins = from.Length / units;
        for (int bin = 0; bin < bins; bin++)
        {
            Span<float> row = to.Slice(bin * units, units);
            mass.Clear();
            for (int other = Math.Max(0, bin - half.Length + 1); other < Math.Min(bins, bin + half.Length); other++)
            {
                float weight = withoutOwnBin && other == bin ? 0 : half[Math.Abs(other - bin)];
                ReadOnlySpan<float> counts = from.Slice(other * units, units);
                for (int u = 0; u < units; u++)
                {
                    if (!float.IsNaN(counts[u]))
                    {
                        row[u] += weight * counts[u];
                        mass[u] += weight;
                    }
                }
            }

            for (int u = 0; u < units; u++)
            {
                row[u] = mass[u] == 0 ? float.NaN : row[u] / mass[u];
            }
        }
    }

    private static bool ContainsNaN(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (float.IsNaN(value))
            {
                return true;
            }
        }

        return false;
    }

    private static void AddScaled(Span<float> to, ReadOnlySpan<float> from, float weight)
    {
        int i = 0;
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            (new Vector<float>(to[i..]) + (new Vector<float>(from[i..]) * weight)).CopyTo(to[i..]);
        }

        for (; i < to.Length; i++)
        {
            to[i] += weight * from[i];
        }
    }

    private static void Scale(Span<float> values, float factor)
    {
        for (int i = 0; i < values.Length; i++)
        {
            values[i] *= factor;
        }
    }
}
