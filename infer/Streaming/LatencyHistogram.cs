using System.Diagnostics;
using System.Numerics;

namespace UnetSpikes.Infer.Streaming;

/// <summary>How long bins took, in buckets less than 1 % wide: any number of bins in fixed memory.</summary>
internal sealed class LatencyHistogram
{
    private const int BitsPerOctave = 7; // 128 buckets between a time and its double

    private readonly long[] _counts = new long[(64 - BitsPerOctave) << BitsPerOctave];
    private long _longest;

    /// <summary>How many bins were timed.</summary>
    public long Count { get; private set; }

    /// <summary>The longest, in milliseconds; NaN without any.</summary>
    public double MaxMs => Count == 0 ? double.NaN : ToMs(_longest);

    /// <summary>Adds a bin.</summary>
    /// <param name="ticks">As <see cref="Stopwatch"/> counts.</param>
    public void Add(long ticks)
    {
        _counts[Bucket(ticks)]++;
        _longest = Math.Max(_longest, ticks);
        Count++;
    }

    /// <summary>The time that a share of the bins did not exceed, in milliseconds, rounded up to its bucket's end; NaN without any.</summary>
    /// <param name="share">0.99 for p99.</param>
    public double PercentileMs(double share)
    {
        long rank = Math.Max((long)Math.Ceiling(share * Count), 1), below = 0;
        for (int bucket = 0; bucket < _counts.Length && Count > 0; bucket++)
        {
            below += _counts[bucket];
            if (below >= rank)
            {
                return ToMs(Math.Min(End(bucket), _longest));
            }
        }

        return double.NaN;
    }

    // Times below 2^7 ticks have a bucket each; above, the leading eight bits of a time say which.
    private static int Bucket(long ticks)
    {
        int shift = Math.Max(BitOperations.Log2((ulong)ticks) - BitsPerOctave, 0);
        return (shift << BitsPerOctave) + (int)(ticks >> shift);
    }

    private static long End(int bucket)
    {
        int shift = Math.Max((bucket >> BitsPerOctave) - 1, 0);
        return ((bucket - ((long)shift << BitsPerOctave) + 1) << shift) - 1;
    }

    private static double ToMs(long ticks) => ticks * 1000.0 / Stopwatch.Frequency;
}
