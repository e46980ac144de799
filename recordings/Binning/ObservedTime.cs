namespace UnetSpikes.Recordings.Binning;

/// <summary>When a unit was observed, in whole milliseconds; all the rest of time is a gap.</summary>
public sealed class ObservedTime
{
    private readonly long[] _starts;
    private readonly long[] _ends;

    private ObservedTime(long[] starts, long[] ends)
    {
        _starts = starts;
        _ends = ends;
    }

    /// <summary>All of time.</summary>
    public static ObservedTime Always { get; } = new([long.MinValue], [long.MaxValue]);

    /// <summary>The union of intervals; each counts from its first whole millisecond to its last.</summary>
    /// <param name="intervals">In any order, overlapping or not.</param>
    /// <param name="shiftMs">Added to every time.</param>
    public static ObservedTime Of(ReadOnlySpan<Interval> intervals, long shiftMs = 0)
    {
        Interval[] sorted = intervals.ToArray();
        Array.Sort(sorted, (a, b) => a.Start.CompareTo(b.Start));
        List<long> starts = [], ends = [];
        foreach (Interval interval in sorted)
        {
            long start = MillisecondClock.FirstOf(interval.Start) + shiftMs, end = MillisecondClock.EndOf(interval.Stop) + shiftMs;
            if (start >= end)
            {
                continue;
            }

            if (ends.Count > 0 && start <= ends[^1])
            {
                ends[^1] = Math.Max(ends[^1], end);
            }
            else
            {
                starts.Add(start);
                ends.Add(end);
            }
        }

        return new ObservedTime([.. starts], [.. ends]);
    }

    /// <summary>Whether a millisecond was observed.</summary>
    /// <param name="millisecond">From 0.</param>
    public bool Contains(long millisecond)
    {
        int at = Array.BinarySearch(_starts, millisecond);
        int stretch = at >= 0 ? at : ~at - 1;
        return stretch >= 0 && millisecond < _ends[stretch];
    }

    /// <summary>The same for times that ascend: goes on from where the last one was found.</summary>
    /// <param name="millisecond">Not before the last one asked for.</param>
    /// <param name="stretch">0 at first, then what the last call left.</param>
    public bool ContainsNext(long millisecond, ref int stretch)
    {
        while (stretch < _ends.Length && _ends[stretch] <= millisecond)
        {
            stretch++;
        }

        return stretch < _starts.Length && _starts[stretch] <= millisecond;
    }

    /// <summary>The stretches, clipped to [0, <paramref name="end"/>).</summary>
    /// <param name="end">In milliseconds.</param>
    public IEnumerable<(long Start, long End)> Within(long end) =>
        _starts.Zip(_ends, (start, stop) => (Start: Math.Max(start, 0), End: Math.Min(stop, end))).Where(stretch => stretch.Start < stretch.End);
}
