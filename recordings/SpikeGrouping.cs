namespace UnetSpikes.Recordings;

/// <summary>Puts spikes that come in the order of time, or none, one unit after the other: one pass, eight bytes a spike.</summary>
/// <param name="ids">A name for each unit.</param>
/// <param name="counts">How many spikes each has.</param>
internal sealed class SpikeGrouping(IReadOnlyList<string> ids, IReadOnlyList<long> counts)
{
    private readonly double[] _times = new double[counts.Sum()];
    private readonly long[] _next = StartsOf(counts);

    /// <summary>Adds a spike.</summary>
    /// <param name="unit">From 0.</param>
    /// <param name="seconds">When.</param>
    public void Add(int unit, double seconds) => _times[_next[unit]++] = seconds;

    /// <summary>The units, once every spike was added; times that do not ascend are put in order.</summary>
    /// <param name="table">What else is known of each unit.</param>
    public SpikeTrains ToTrains(ColumnTable? table = null)
    {
        long start = 0;
        foreach (long end in _next)
        {
            Span<double> times = _times.AsSpan((int)start, (int)(end - start));
            if (!IsAscending(times))
            {
                times.Sort();
            }

            start = end;
        }

        return new SpikeTrains(ids, _next, (first, into) => _times.AsSpan((int)first, into.Length).CopyTo(into)) { Table = table };
    }

    private static bool IsAscending(ReadOnlySpan<double> times)
    {
        for (int i = 1; i < times.Length; i++)
        {
            if (times[i] < times[i - 1])
            {
                return false;
            }
        }

        return true;
    }

    private static long[] StartsOf(IReadOnlyList<long> counts)
    {
        var starts = new long[counts.Count];
        for (int unit = 1; unit < starts.Length; unit++)
        {
            starts[unit] = starts[unit - 1] + counts[unit - 1];
        }

        return starts;
    }
}
