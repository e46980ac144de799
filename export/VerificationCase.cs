using UnetSpikes.Core;

namespace UnetSpikes.Export;

/// <summary>One comparison of the exported model with the training-side evaluation graph.</summary>
/// <param name="Name">What was fed.</param>
/// <param name="Batch">Trials fed at once.</param>
/// <param name="Bins">Bins of each.</param>
/// <param name="AbsLogRates">Largest absolute difference of log-rates.</param>
/// <param name="RelLogRates">Largest difference of log-rates relative to the reference, or to 1 where that is smaller.</param>
/// <param name="AbsRates">Largest absolute difference of rates, in spikes per bin.</param>
/// <param name="RelRates">Largest relative difference of rates.</param>
/// <param name="Magnitude">What the tolerance is multiplied by: 1, and for silence and absurdly large counts the last layer's largest output, whose own rounding exceeds the tolerance.</param>
public sealed record VerificationCase(
    string Name, int Batch, int Bins, double AbsLogRates, double RelLogRates, double AbsRates, double RelRates, double Magnitude)
{
    // Relative differences are of rates at least this large: further down lie the denormals, which a run may take for zero.
    private const float SmallestRate = 1e-30f;

    /// <summary>Largest distance of rates in units in the last place of float32; of rates, because log-rates cross zero.</summary>
    public long RatesUlpMax { get; init; }

    /// <summary>The distance that 99 % of the rates do not exceed.</summary>
    public long RatesUlpP99 { get; init; }

    /// <summary>Compares.</summary>
    /// <param name="name">What was fed.</param>
    /// <param name="counts">The counts fed.</param>
    /// <param name="expected">The reference.</param>
    /// <param name="actual">The exported model's outputs, as many.</param>
    /// <param name="magnitude">What the tolerance is multiplied by.</param>
    internal static VerificationCase Of(string name, TrialTensor counts, EvaluatedRates expected, (float[] LogRates, float[] Rates) actual, double magnitude)
    {
        double absLog = 0, relLog = 0, absRate = 0, relRate = 0;
        var ulps = new long[actual.Rates.Length];
        for (int i = 0; i < ulps.Length; i++)
        {
            (float expectedLog, float expectedRate) = (expected.LogRates.Values[i], expected.Rates.Values[i]);
            double log = Math.Abs((double)actual.LogRates[i] - expectedLog);
            // Where a rate leaves float's range both must: infinite − infinite would be NaN.
            double rate = actual.Rates[i].Equals(expectedRate) ? 0 : Math.Abs((double)actual.Rates[i] - expectedRate);
            absLog = Larger(absLog, log);
            relLog = Larger(relLog, log / Math.Max(1, Math.Abs((double)expectedLog)));
            absRate = Larger(absRate, rate);
            relRate = Larger(relRate, rate / Math.Max(SmallestRate, expectedRate));
            ulps[i] = UlpDistance.Between(MathF.Max(SmallestRate, actual.Rates[i]), MathF.Max(SmallestRate, expectedRate));
        }

        return new VerificationCase(name, counts.Trials, counts.Bins, absLog, relLog, absRate, relRate, magnitude)
        {
            RatesUlpMax = ulps.Max(),
            RatesUlpP99 = UlpDistance.Percentile(ulps, 0.99),
        };
    }

    /// <summary>The larger one, and NaN once either is.</summary>
    internal static double Larger(double a, double b) => a >= b || double.IsNaN(a) ? a : b;
}
