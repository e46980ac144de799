namespace UnetSpikes.Recordings.Binning;

/// <summary>From seconds to whole milliseconds, as the Neural Latents Benchmark counts them.</summary>
/// <remarks>
/// Times are rounded to nine decimals of a second first: one that lies less than half a nanosecond under an edge belongs to the bin above it
/// (0.005 s times 1000 is 5, whatever the last binary digit says). Source: nlb_tools, nwb_interface.py.
/// </remarks>
public static class MillisecondClock
{
    private const int Decimals = 6;

    /// <summary>The whole millisecond a spike falls into, [k, k + 1) ms.</summary>
    /// <param name="seconds">A finite time.</param>
    public static long OfSpike(double seconds)
    {
        double ms = 1000 * seconds;
        var whole = (long)ms;
        // Rounding matters only just under an edge; it costs more than all the rest.
        return ms - whole < 0.999999 ? whole : (long)Math.Round(ms, Decimals);
    }

    /// <summary>The first whole millisecond of a stretch of time.</summary>
    /// <param name="seconds">Its start.</param>
    public static long FirstOf(double seconds) => (long)Math.Ceiling(Math.Round(1000 * seconds, Decimals));

    /// <summary>The whole millisecond a stretch of time ends before.</summary>
    /// <param name="seconds">Its end.</param>
    public static long EndOf(double seconds) => (long)Math.Floor(Math.Round(1000 * seconds, Decimals));
}
