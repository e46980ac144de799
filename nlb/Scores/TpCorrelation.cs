using UnetSpikes.Core;

namespace UnetSpikes.Nlb.Scores;

/// <summary>tp corr (dmfc_rsg): do faster neural trajectories go with shorter produced intervals?</summary>
/// <remarks>Columns of behaviour: is_eye, theta, is_short, ts, tp; rows of outlier trials are NaN and belong to no condition.</remarks>
public static class TpCorrelation
{
    /// <summary>What <see cref="Score"/> is, to be printed beside it.</summary>
    public const string Definition =
        "tp corr: Pearson's r between a trial's neural speed (mean distance of the rates of successive bins from set to go) and the produced interval, within conditions (is_eye, theta, is_short), mean over them";

    /// <summary>Behaviour columns that make a condition: is_eye, theta, is_short.</summary>
    internal const int ConditionColumns = 3;

    /// <summary>Correlates speed and produced interval within each condition.</summary>
    /// <param name="rates">[trial, bin, unit] of the evaluation trials, held-in and held-out units.</param>
    /// <param name="heldOutSpikes">[trial, bin, unit]; a bin whose first unit is NaN lies outside set to go.</param>
    /// <param name="behavior">[trial, 1, column].</param>
    /// <returns>Negative for a good model; NaN when a condition's speeds or intervals do not vary, or a rate is NaN.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit, or a condition has fewer than two trials.</exception>
    public static double Score(TrialArray rates, TrialArray heldOutSpikes, TrialArray behavior)
    {
        if (rates.Trials != heldOutSpikes.Trials || rates.Bins != heldOutSpikes.Bins || behavior.Trials != rates.Trials || behavior.Units <= ConditionColumns)
        {
            throw new ArgumentException($"rates are {rates}, held-out spikes {heldOutSpikes}, behaviour {behavior}", nameof(rates));
        }

        double[] speeds = Speeds(rates, heldOutSpikes);
        return Conditions(behavior).Average(trials => Pearson.Correlation(
            [.. trials.Select(trial => speeds[trial])], [.. trials.Select(trial => behavior.Row(trial)[^1])]));
    }

    /// <summary>Mean distance between the rates of successive bins from set to go, of each trial; NaN for fewer than two bins.</summary>
    /// <param name="rates">[trial, bin, unit].</param>
    /// <param name="heldOutSpikes">NaN outside set to go.</param>
    public static double[] Speeds(TrialArray rates, TrialArray heldOutSpikes)
    {
        var speeds = new double[rates.Trials];
        for (int trial = 0; trial < speeds.Length; trial++)
        {
            int[] rows = [.. Enumerable.Range(trial * rates.Bins, rates.Bins).Where(row => !double.IsNaN(heldOutSpikes.Row(row)[0]))];
            speeds[trial] = rows.Length < 2 ? double.NaN : rows.Skip(1).Zip(rows, (later, earlier) => Distance(rates.Row(later), rates.Row(earlier))).Average();
        }

        return speeds;
    }

    /// <summary>The trials of each condition that occurs; a trial with a NaN in a condition's columns belongs to none.</summary>
    /// <param name="behavior">[trial, 1, column].</param>
    internal static IReadOnlyList<int[]> Conditions(TrialArray behavior) =>
        [.. Enumerable.Range(0, behavior.Trials)
            .Where(trial => !double.IsNaN(behavior.Row(trial)[0] + behavior.Row(trial)[1] + behavior.Row(trial)[2]))
            .GroupBy(trial => (behavior.Row(trial)[0], behavior.Row(trial)[1], behavior.Row(trial)[2]))
            .Select(trials => trials.ToArray())];

    private static double Distance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }

        return Math.Sqrt(sum);
    }
}
