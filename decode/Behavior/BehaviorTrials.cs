using UnetSpikes.Core;
using UnetSpikes.Regression;

namespace UnetSpikes.Decode.Behavior;

/// <summary>One half of the data, trial by trial and bin by bin.</summary>
/// <param name="Rates">Spikes per bin, expected or counted, [trial, bin, unit]; NaN = not known.</param>
/// <param name="Behavior">What is decoded, [trial, bin, column]; NaN = not known.</param>
public sealed record BehaviorTrials(TrialTensor Rates, TrialTensor Behavior)
{
    /// <summary>
    /// Rows (bins of trials) that can be decoded: behaviour known in every column, and rates in every bin of <paramref name="reach"/>
    /// inside the trial. All decoders are fitted and judged on the same rows, whatever bins they see, so that they compare.
    /// </summary>
    /// <param name="reach">From the earliest to the latest bin any decoder sees.</param>
    public int[] Rows(LagRange reach)
    {
        bool[] isRateKnown = Known(Rates), isBehaviorKnown = Known(Behavior);
        return [.. Enumerable.Range(0, isRateKnown.Length).Where(row =>
        {
            int bin = row % Rates.Bins;
            return isBehaviorKnown[row] && bin + reach.First >= 0 && bin + reach.Last < Rates.Bins
                && Array.TrueForAll(isRateKnown[(row + reach.First)..(row + reach.Last + 1)], known => known);
        })];
    }

    /// <summary>The rates a decoder sees for each of these rows.</summary>
    /// <param name="lags">Which bins: earliest first, all units of one bin together.</param>
    /// <param name="rows">As <see cref="Rows"/> gives them.</param>
    public RowSource Features(LagRange lags, int[] rows) => RowSource.Of(Rates).Lagged(Rates.Bins, lags.First, lags.Last).Take(rows);

    /// <summary>The behaviour of these rows.</summary>
    /// <param name="rows">As <see cref="Rows"/> gives them.</param>
    public RowSource Targets(int[] rows) => RowSource.Of(Behavior).Take(rows);

    private static bool[] Known(TrialTensor values)
    {
        var known = new bool[values.Trials * values.Bins];
        for (int row = 0; row < known.Length; row++)
        {
            known[row] = values.Values.AsSpan(row * values.Units, values.Units).IndexOf(float.NaN) < 0;
        }

        return known;
    }
}
