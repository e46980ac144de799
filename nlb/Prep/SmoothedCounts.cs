namespace UnetSpikes.Nlb.Prep;

/// <summary>One unit's spikes smoothed at 1 ms by a Gaussian, within each observed stretch, then summed into bins.</summary>
/// <remarks>
/// The window has int(6 sd) taps of sum 1, so its centre lies half a millisecond off for even lengths; beyond a stretch's ends there are zeros, and spikes
/// smoothed beyond them are lost. nlb_tools' smooth_spk with ignore_nans.
/// </remarks>
internal sealed class SmoothedCounts
{
    private readonly double[] _taps;
    private readonly int _widthMs;
    private readonly int _bins;

    public SmoothedCounts(double sdMs, int widthMs, int bins)
    {
        (_widthMs, _bins) = (widthMs, bins);
        var length = (int)(6 * sdMs);
        double[] window = [.. Enumerable.Range(0, length).Select(i => (i - ((length - 1) / 2.0)) / sdMs).Select(x => Math.Exp(-0.5 * x * x))];
        double sum = window.Sum();
        _taps = [.. window.Select(tap => tap / sum)];
    }

    /// <summary>A unit's smoothed counts for every bin of the session; NaN where the bin's first millisecond was not observed.</summary>
    public double[] Of(SessionSpikes spikes, int unit)
    {
        var smooth = new double[_bins];
        Array.Fill(smooth, double.NaN);
        int center = (_taps.Length - 1) / 2;
        foreach ((long start, long end, ReadOnlyMemory<uint> times, int shift) in spikes.ObservedSpikes(unit))
        {
            for (long bin = (start + _widthMs - 1) / _widthMs; bin * _widthMs < end; bin++)
            {
                smooth[bin] = 0;
            }

            foreach (uint time in times.Span)
            {
                long first = time + shift - center;
                for (long ms = Math.Max(first, start); ms < Math.Min(first + _taps.Length, end); ms++)
                {
                    smooth[ms / _widthMs] += _taps[ms - first];
                }
            }
        }

        return smooth;
    }
}
