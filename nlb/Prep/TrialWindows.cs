namespace UnetSpikes.Nlb.Prep;

/// <summary>The bins of one trial's window.</summary>
/// <param name="Trial">The trial's row.</param>
/// <param name="FirstBin">On the session's clock.</param>
/// <param name="Count">How many.</param>
/// <param name="AlignBin">The first bin that begins at or after the moment the window is aligned to.</param>
public readonly record struct TrialWindow(int Trial, int FirstBin, int Count, int AlignBin);

/// <summary>Cuts windows out of a session, trial by trial. A bin belongs to a window where its beginning does; nothing is interpolated.</summary>
/// <remarks>nlb_tools' make_trial_data: moments are compared in nanoseconds, and a window ends a microsecond early so that its end is not in it.</remarks>
public sealed class TrialWindows
{
    private const long Millisecond = 1_000_000;
    private const long Microsecond = 1_000;

    private readonly SessionTrials _trials;
    private readonly long _bin;
    private readonly int _bins;

    /// <summary>Prepares to cut.</summary>
    /// <param name="trials">The trials.</param>
    /// <param name="widthMs">Width of a bin.</param>
    /// <param name="bins">Bins of the whole session.</param>
    public TrialWindows(SessionTrials trials, int widthMs, int bins) => (_trials, _bin, _bins) = (trials, widthMs * Millisecond, bins);

    /// <summary>The windows of the chosen trials; a trial without one of the moments has none.</summary>
    /// <param name="rule">Around what.</param>
    /// <param name="isChosen">For each trial.</param>
    /// <param name="alignTo">The moments to align to in place of the rule's column (jittered ones); null = the column's.</param>
    public IReadOnlyList<TrialWindow> Of(WindowRule rule, Func<int, bool> isChosen, long?[]? alignTo = null)
    {
        long?[] start = _trials.Moments(rule.StartField), end = _trials.Moments(rule.EndField), tableStart = _trials.Moments("start_time");
        long?[] alignLeft = alignTo ?? (rule.AlignField is { } field ? _trials.Moments(field) : start);
        long?[] alignRight = alignTo ?? (rule.AlignField is null ? end : alignLeft);
        int[] chosen = [.. Enumerable.Range(0, _trials.Count).Where(isChosen)];
        var windows = new List<TrialWindow>();
        for (int i = 0; i < chosen.Length; i++)
        {
            int trial = chosen[i];
            long? from = StartOf(rule, start[trial], alignLeft[trial]), to = EndOf(rule, end[trial], alignRight[trial], from);
            if (from is null || to is null || start[trial] is null || alignLeft[trial] is null)
            {
                continue;
            }

            if (!rule.AllowOverlap && i + 1 < chosen.Length)
            {
                int next = chosen[i + 1];
                long? bound = Least(StartOf(rule, start[next], alignLeft[next]), next + 1 < _trials.Count ? tableStart[next + 1] : null);
                to = bound < to ? bound - Microsecond : to;
            }

            int first = (int)Math.Clamp(CeilingOf(from.Value), 0, _bins), last = (int)Math.Clamp(FloorOf(to.Value), -1, _bins - 1);
            windows.Add(new TrialWindow(trial, first, Math.Max(0, last - first + 1), (int)CeilingOf(alignLeft[trial]!.Value)));
        }

        return windows;
    }

    private static long? StartOf(WindowRule rule, long? start, long? align) =>
        rule.FromMs is { } offset ? align + Nanoseconds(offset) : start;

    /// <summary>The window's end; a length that is no multiple of the bin is rounded to one.</summary>
    private long? EndOf(WindowRule rule, long? end, long? align, long? from)
    {
        if (rule.ToMs is not { } offset)
        {
            return end - Microsecond;
        }

        if (rule.FromMs is { } before && (Nanoseconds(offset) - Nanoseconds(before)) % _bin != 0)
        {
            return from + ((long)Math.Round((double)(Nanoseconds(offset) - Nanoseconds(before)) / _bin) * _bin) - Microsecond;
        }

        return align + Nanoseconds(offset) - Microsecond;
    }

    private static long Nanoseconds(double ms) => (long)Math.Round(ms * Millisecond);

    private static long? Least(long? a, long? b) => a is null ? b : b is null ? a : Math.Min(a.Value, b.Value);

    private long CeilingOf(long moment) => -FloorOf(-moment);

    private long FloorOf(long moment) => (moment / _bin) - (moment % _bin < 0 ? 1 : 0);
}
