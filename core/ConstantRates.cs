namespace UnetSpikes.Core;

/// <summary>How likely counts are when each unit's rate is its mean: what bits per spike are measured from.</summary>
/// <remarks>It depends on the counts alone, so whoever scores the same counts again and again computes it once.</remarks>
/// <param name="Nats">Poisson negative log-likelihood of the counts, without ln(n!).</param>
/// <param name="Spikes">How many there are.</param>
public sealed record ConstantRates(double Nats, double Spikes)
{
    /// <summary>The mean rates' likelihood.</summary>
    /// <param name="counts">Spikes per bin, [trial, bin, unit]; NaN bins are left out. A mean of zero counts as <see cref="PoissonLikelihood.LowestRate"/>.</param>
    public static ConstantRates Of(TrialTensor counts)
    {
        double[] rates = Array.ConvertAll(PoissonLikelihood.MeanRates(counts), mean => Math.Max(mean, PoissonLikelihood.LowestRate));
        double[] logRates = Array.ConvertAll(rates, Math.Log);
        double nats = 0, spikes = 0;
        for (int i = 0; i < counts.Values.Length; i++)
        {
            float count = counts.Values[i];
            if (!float.IsNaN(count))
            {
                nats += rates[i % counts.Units] - (count * logRates[i % counts.Units]);
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
