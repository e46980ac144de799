using UnetSpikes.Core;
using UnetSpikes.Nlb.Scores;

namespace UnetSpikes.Nlb.Prep;

/// <summary>Averages of smoothed spikes over the trials of a condition: what rates of a good model average to as well.</summary>
/// <param name="Averages">[condition, bin, unit], held-in units first; spikes per bin, NaN beyond a condition's length.</param>
/// <param name="TrainTrials">For each condition, its trials' places among the training trials.</param>
/// <param name="EvalTrials">And among the evaluation trials.</param>
public sealed record Psth(TrialArray Averages, int[][] TrainTrials, int[][] EvalTrials)
{
    /// <summary>A trial shorter than this part of its condition's mean length is left out.</summary>
    private const double LeastLength = 0.8;

    /// <summary>Makes the averages of a session.</summary>
    /// <param name="rule">Conditions, window, smoothing.</param>
    /// <param name="session">The session; spikes are smoothed at 1 ms.</param>
    /// <param name="widthMs">Width of a bin.</param>
    /// <param name="split">Which trials are of the training, evaluation or neither split.</param>
    /// <param name="isAveraged">Which trials averages are made of.</param>
    /// <exception cref="DataFormatException">There is no condition.</exception>
    public static Psth Of(PsthRule rule, Session session, int widthMs, (Func<int, bool> IsTrain, Func<int, bool> IsEval) split, Func<int, bool> isAveraged)
    {
        var bins = (int)((session.LengthMs + widthMs - 1) / widthMs);
        var windows = new TrialWindows(session.Trials, widthMs, bins);
        List<TrialWindow[]> conditions = Conditions(rule, session, windows, isAveraged);
        if (conditions.Count == 0)
        {
            throw new DataFormatException(session.Path, "/intervals/trials", $"has no trial with {string.Join(" and ", rule.ConditionFields)}, expected conditions to average over");
        }

        int longest = conditions.Max(trials => LengthOf(trials));
        int length = rule.LengthMs is { } ms ? (int)Math.Round(ms / widthMs) : longest;
        SessionSpikes[] sources = [SessionSpikes.Of(session, isHeldOut: false, 1), SessionSpikes.Of(session, isHeldOut: true, 1)];
        (SessionSpikes Spikes, int Unit)[] units = [.. sources.SelectMany(spikes => Enumerable.Range(0, spikes.Units).Select(unit => (spikes, unit)))];
        var averages = new double[conditions.Count * length * units.Length];
        Array.Fill(averages, double.NaN);
        var smoothing = new SmoothedCounts(rule.KernelSdMs, widthMs, bins);
        Parallel.For(0, units.Length, place =>
        {
            double[] smooth = smoothing.Of(units[place].Spikes, units[place].Unit);
            for (int condition = 0; condition < conditions.Count; condition++)
            {
                double[] average = Average(conditions[condition], smooth, rule.AlignEnds);
                int kept = Math.Min(average.Length, length), skipped = rule.AlignEnds ? average.Length - kept : 0, at = rule.AlignEnds ? length - kept : 0;
                for (int bin = 0; bin < kept; bin++)
                {
                    averages[(((condition * length) + at + bin) * units.Length) + place] = average[skipped + bin];
                }
            }
        });
        return new Psth(
            new TrialArray(conditions.Count, length, units.Length, averages),
            Places(conditions, rule, session.Trials, split.IsTrain),
            Places(conditions, rule, session.Trials, split.IsEval));
    }

    /// <summary>The trials of each condition, in the conditions' sorted order; too short ones left out.</summary>
    private static List<TrialWindow[]> Conditions(PsthRule rule, Session session, TrialWindows windows, Func<int, bool> isAveraged)
    {
        double[][] fields = [.. rule.ConditionFields.Select(session.Trials.Numbers)];
        double[]? skip = rule.SkipField is { } name ? session.Trials.Numbers(name) : null;
        bool IsSkipped(int trial) => skip is not null && skip[trial] == 1;
        var conditions = new List<TrialWindow[]>();
        IEnumerable<IGrouping<string, int>> groups = Enumerable.Range(0, session.Trials.Count)
            .Where(trial => isAveraged(trial) && fields.All(field => !double.IsNaN(field[trial])))
            .GroupBy(trial => string.Join(' ', fields.Select(field => field[trial].ToString("R", System.Globalization.CultureInfo.InvariantCulture))));
        foreach (int[] trials in groups.Select(group => group.ToArray()).OrderBy(trials => fields.Select(field => field[trials[0]]).ToArray(), new Lexicographic()))
        {
            var members = new HashSet<int>(trials.Where(trial => !IsSkipped(trial)));
            IReadOnlyList<TrialWindow> all = members.Count == 0 ? [] : windows.Of(rule.Window, members.Contains);
            if (all.Count > 0)
            {
                double mean = all.Average(window => window.Count);
                conditions.Add([.. all.Where(window => window.Count >= LeastLength * mean)]);
            }
        }

        return conditions;
    }

    private static int LengthOf(TrialWindow[] trials) => Math.Min(trials.Min(trial => trial.Count), Positions(trials).Count);

    /// <summary>The bins, relative to the moment of alignment, at which any trial has one.</summary>
    private static SortedSet<int> Positions(TrialWindow[] trials) =>
        [.. trials.SelectMany(trial => Enumerable.Range(trial.FirstBin - trial.AlignBin, trial.Count))];

    /// <summary>The mean over trials at each position relative to the alignment, of the shortest trial's length.</summary>
    /// <remarks>Where the window begins off the grid of bins, trials fall on positions a bin apart, and the first (or last) position averages some of them only.</remarks>
    private static double[] Average(TrialWindow[] trials, double[] smooth, bool fromEnd)
    {
        int[] positions = [.. Positions(trials)];
        var sum = new double[positions.Length];
        var count = new int[positions.Length];
        foreach (TrialWindow trial in trials)
        {
            for (int bin = 0; bin < trial.Count; bin++)
            {
                double value = smooth[trial.FirstBin + bin];
                if (!double.IsNaN(value))
                {
                    int place = Array.BinarySearch(positions, trial.FirstBin + bin - trial.AlignBin);
                    sum[place] += value;
                    count[place]++;
                }
            }
        }

        double[] means = [.. sum.Select((total, place) => total / count[place])];
        int length = LengthOf(trials);
        return fromEnd ? means[^length..] : means[..length];
    }

    private static int[][] Places(List<TrialWindow[]> conditions, PsthRule rule, SessionTrials trials, Func<int, bool> isOfSplit)
    {
        long?[] align = trials.Moments(rule.Window.AlignField ?? "start_time");
        var placeOf = new Dictionary<int, int>();
        for (int trial = 0; trial < trials.Count; trial++)
        {
            if (isOfSplit(trial) && align[trial] is not null)
            {
                placeOf[trial] = placeOf.Count;
            }
        }

        return [.. conditions.Select(members => members.Where(member => placeOf.ContainsKey(member.Trial)).Select(member => placeOf[member.Trial]).Order().ToArray())];
    }

    private sealed class Lexicographic : IComparer<double[]>
    {
        public int Compare(double[]? a, double[]? b) => a!.Zip(b!, (x, y) => x.CompareTo(y)).FirstOrDefault(order => order != 0);
    }
}
