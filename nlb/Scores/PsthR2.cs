using UnetSpikes.Core;

namespace UnetSpikes.Nlb.Scores;

/// <summary>psth R²: how well a model's rates, averaged over the trials of a condition, match the condition's smoothed mean of spikes.</summary>
public static class PsthR2
{
    /// <summary>What <see cref="Score"/> is, to be printed beside it.</summary>
    public const string Definition =
        "psth R2: mean rates of each condition's eval trials against its PSTH; R2 of each unit over conditions x bins, mean over units";

    /// <summary>Scores the mean rates of all conditions at once.</summary>
    /// <param name="psth">[condition, bin, unit] in spikes per bin; bins whose first unit is NaN are left out.</param>
    /// <param name="rates">[trial, bin, unit] of the evaluation trials, the same bins and units.</param>
    /// <param name="conditions">The evaluation trials of each condition, from 0; a condition without any is left out.</param>
    /// <param name="jitterBins">By how many bins each trial's rates are moved later (negative: earlier) before averaging; null = none.</param>
    /// <exception cref="ArgumentException">Shapes do not fit, or a mean rate is not known where the PSTH is.</exception>
    public static double Score(TrialArray psth, TrialArray rates, IReadOnlyList<int[]> conditions, IReadOnlyList<int>? jitterBins = null)
    {
        if (psth.Bins != rates.Bins || psth.Units != rates.Units || conditions.Count > psth.Trials)
        {
            throw new ArgumentException($"PSTHs are {psth} with {conditions.Count} lists of trials, rates {rates}", nameof(psth));
        }

        var truth = new List<double>();
        var predicted = new List<double>();
        for (int condition = 0; condition < conditions.Count; condition++)
        {
            for (int bin = 0; bin < psth.Bins && conditions[condition].Length > 0; bin++)
            {
                if (double.IsNaN(psth[condition, bin, 0]))
                {
                    continue;
                }

                truth.AddRange(psth.Row((condition * psth.Bins) + bin));
                predicted.AddRange(MeanRates(rates, conditions[condition], jitterBins, bin));
            }
        }

        if (truth.Exists(double.IsNaN) || predicted.Exists(double.IsNaN))
        {
            throw new ArgumentException("a rate or a PSTH is NaN in a bin that counts", nameof(rates));
        }

        return R2Score.PerColumn([.. truth], [.. predicted], psth.Units).Average();
    }

    /// <summary>Where in a trial's own bins lies what counts for a bin after jittering; outside 0 … bins − 1: nowhere.</summary>
    /// <param name="bin">The PSTH's bin.</param>
    /// <param name="trial">The trial.</param>
    /// <param name="jitterBins">As for <see cref="Score"/>.</param>
    internal static int SourceBin(int bin, int trial, IReadOnlyList<int>? jitterBins) => bin - (jitterBins?[trial] ?? 0);

    /// <summary>[unit]: the mean over trials; NaN where one trial has none.</summary>
    private static double[] MeanRates(TrialArray rates, int[] trials, IReadOnlyList<int>? jitterBins, int bin)
    {
        var mean = new double[rates.Units];
        foreach (int trial in trials)
        {
            int source = SourceBin(bin, trial, jitterBins);
            bool isInside = source >= 0 && source < rates.Bins;
            for (int unit = 0; unit < mean.Length; unit++)
            {
                mean[unit] += (isInside ? rates[trial, source, unit] : double.NaN) / trials.Length;
            }
        }

        return mean;
    }
}
