using UnetSpikes.Core;

namespace UnetSpikes.Report;

/// <summary>Between rates and their logarithm.</summary>
internal static class Rates
{
    /// <summary>Log-rates are not followed below this many spikes per bin: lower ones are noise that would dominate what is linear in them (as <c>decode</c>).</summary>
    public const double Lowest = 1e-4;

    private static readonly float LogLowest = (float)Math.Log(Lowest);

    /// <summary>rates = exp(log-rates).</summary>
    public static TrialTensor Exp(TrialTensor logRates) => Map(logRates, MathF.Exp);

    /// <summary>ln of rates, of what is below <see cref="Lowest"/> ln of that.</summary>
    public static TrialTensor Log(TrialTensor rates) => Map(rates, rate => (float)Math.Log(Math.Max(rate, Lowest)));

    /// <summary>Log-rates no lower than ln of <see cref="Lowest"/>.</summary>
    public static TrialTensor Bounded(TrialTensor logRates) => Map(logRates, value => Math.Max(value, LogLowest));

    private static TrialTensor Map(TrialTensor from, Converter<float, float> by) => new(from.Trials, from.Bins, from.Units, Array.ConvertAll(from.Values, by));
}
