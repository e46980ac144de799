namespace UnetSpikes.Core;

/// <summary>How rough curves are from bin to bin: von Neumann's ratio of successive differences.</summary>
public static class Roughness
{
    /// <summary>What <see cref="Of"/> is, to be printed beside it.</summary>
    public const string Definition =
        "sum of squared changes from bin to bin over sum of squared deviations from each trial's and unit's own mean, of log-rates; 0 = smooth, 2 = white noise (von Neumann's ratio)";

    /// <summary>The ratio over all trials and units together.</summary>
    /// <param name="values">[trial, bin, unit]; a step with a NaN on either side is left out.</param>
    /// <returns>0 to 4; NaN where nothing varies.</returns>
    /// <remarks>von Neumann 1941, Ann. Math. Stat. 12: 367; n in place of n − 1 in the differences changes it by 1/n.</remarks>
    public static double Of(TrialTensor values)
    {
        double changes = 0, deviations = 0;
        for (int trial = 0; trial < values.Trials; trial++)
        {
            ReadOnlySpan<float> rows = values.Trial(trial);
            for (int unit = 0; unit < values.Units; unit++)
            {
                Add(rows[unit..], values.Units, ref changes, ref deviations);
            }
        }

        return deviations > 0 ? changes / deviations : double.NaN;
    }

    /// <summary>Adds one unit's trial: every <paramref name="stride"/>th number.</summary>
    private static void Add(ReadOnlySpan<float> curve, int stride, ref double changes, ref double deviations)
    {
        double sum = 0;
        int known = 0;
        for (int i = 0; i < curve.Length; i += stride)
        {
            sum += float.IsNaN(curve[i]) ? 0 : curve[i];
            known += float.IsNaN(curve[i]) ? 0 : 1;
        }

        double mean = sum / known;
        for (int i = 0; i < curve.Length; i += stride)
        {
            double deviation = curve[i] - mean;
            double change = i == 0 ? 0 : (double)curve[i] - curve[i - stride];
            deviations += double.IsNaN(deviation) ? 0 : deviation * deviation;
            changes += double.IsNaN(change) ? 0 : change * change;
        }
    }
}
