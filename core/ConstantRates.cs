using System.Numerics;

namespace UnetSpikes.Core;

/// <summary>How likely counts are when each unit's rate is its mean: what bits per spike are measured from.</summary>
/// <remarks>It depends on the counts alone, so whoever scores the same counts again and again computes it once.</remarks>
/// <param name="Nats">Poisson negative log-likelihood of the counts, without ln(n!).</param>
/// <param name="Spikes">How many there are.</param>
public sealed record ConstantRates(double Nats, double Spikes)
{
    /// <summary>The mean rates' likelihood.</summary>
    /// <param name="counts">Spikes per bin, [trial, bin, unit]; NaN bins are left out. A mean of zero counts as <see cref="PoissonLikelihood.LowestRate"/>.</param>
    public static ConstantRates Of(TrialTensor counts) => Of<float>(counts.Values, counts.Units);

    /// <summary>The mean rates' likelihood, of numbers in either precision.</summary>
    /// <typeparam name="T">float or double; sums are in double either way.</typeparam>
    /// <param name="counts">Spikes per bin, row-major with units last; NaN bins are left out.</param>
    /// <param name="units">Length of the last axis.</param>
    public static ConstantRates Of<T>(ReadOnlySpan<T> counts, int units)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[] rates = Array.ConvertAll(PoissonLikelihood.MeanRates(counts, units), mean => Math.Max(mean, PoissonLikelihood.LowestRate));
        double[] logRates = Array.ConvertAll(rates, Math.Log);
        double nats = 0, spikes = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            if (!T.IsNaN(counts[i]))
            {
                double count = double.CreateTruncating(counts[i]);
                nats += rates[i % units] - (count * logRates[i % units]);
                spikes += count;
            }
        }

        return new ConstantRates(nats, spikes);
    }

    /// <summary>How much likelier the counts are under a model, in bits per spike.</summary>
    /// <param name="nats">Negative log-likelihood under the model, without ln(n!).</param>
    /// <returns>NaN when there is no spike.</returns>
    public double BitsPerSpike(double nats) => Spikes == 0 ? double.NaN : (Nats - nats) / Spikes / Math.Log(2);
}
