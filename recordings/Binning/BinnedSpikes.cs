using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Binning;

/// <summary>The spikes of a recording by bins: four bytes a spike, from which the counts of any stretch are had at once.</summary>
/// <remarks>
/// NWB keeps times unit by unit, models want all units of a stretch of time. Reading the file once in its own order and keeping each spike's bin costs
/// 200 MB for 50 million spikes; a matrix of counts of two hours, 500 units and 5 ms bins would be 3 GB, and stretch by stretch from the file would
/// unpack every compressed chunk again for each.
/// Bin b of width w covers [b·w, (b + 1)·w) ms. As in the Neural Latents Benchmark a bin is a gap (NaN) where its first millisecond was not observed,
/// and spikes of milliseconds that were not observed do not count.
/// </remarks>
public sealed class BinnedSpikes
{
    private const int SlabSpikes = 1 << 22; // 32 MB: what one reading of the file delivers

    private readonly uint[] _bins; // ascending within a unit
    private readonly int[] _ends;
    private readonly ObservedTime[] _observed;

    private BinnedSpikes(double widthMs, int count, uint[] bins, int[] ends, ObservedTime[] observed)
    {
        (WidthMs, Count, _bins, _ends, _observed) = (widthMs, count, bins, ends, observed);
    }

    /// <summary>Width of a bin in milliseconds.</summary>
    public double WidthMs { get; }

    /// <summary>Number of bins.</summary>
    public int Count { get; }

    /// <summary>Number of units.</summary>
    public int Units => _ends.Length;

    /// <summary>Spikes outside the bins, or while their unit was not observed: not counted.</summary>
    public long SpikesLeftOut { get; private init; }

    /// <summary>Bins all spikes of a recording.</summary>
    /// <param name="path">The recording's path, for messages.</param>
    /// <param name="trains">Spike times, ascending within each unit.</param>
    /// <param name="widthMs">Width of a bin.</param>
    /// <param name="count">Number of bins, from time 0 on.</param>
    /// <param name="observed">When each unit was observed.</param>
    /// <param name="cancel">Looked at before every reading.</param>
    /// <exception cref="DataFormatException">A time is not finite, or goes back.</exception>
    public static BinnedSpikes Of(
        string path, SpikeTrains trains, double widthMs, int count, IReadOnlyList<ObservedTime> observed, CancellationToken cancel = default)
    {
        if (trains.SpikeCount > Array.MaxLength)
        {
            throw new DataFormatException(path, "", $"has {trains.SpikeCount} spikes, more than fit one array");
        }

        var bins = new uint[trains.SpikeCount];
        var ends = new int[trains.Count];
        int kept = 0;
        var unit = new UnitBinning(path, trains, widthMs, count, observed);
        foreach (ReadOnlyMemory<double> slab in Slabs(trains, cancel))
        {
            kept = unit.Add(slab.Span, bins, kept, ends);
        }

        unit.Finish(kept, ends);
        return new BinnedSpikes(widthMs, count, bins, ends, [.. observed]) { SpikesLeftOut = trains.SpikeCount - kept };
    }

    /// <summary>When each unit of a recording was observed.</summary>
    /// <param name="trains">The units.</param>
    public static IReadOnlyList<ObservedTime> ObservedOf(SpikeTrains trains)
    {
        if (trains.Observed is not { } intervals)
        {
            return [.. Enumerable.Repeat(ObservedTime.Always, trains.Count)];
        }

        // Files repeat the same intervals for every unit; one object then serves all.
        var all = new List<ObservedTime>();
        for (int unit = 0; unit < trains.Count; unit++)
        {
            bool isSame = unit > 0 && intervals[unit].Span.SequenceEqual(intervals[unit - 1].Span);
            all.Add(isSame ? all[^1] : ObservedTime.Of(intervals[unit].Span));
        }

        return all;
    }

    /// <summary>Number of bins that cover a recording to its end.</summary>
    /// <param name="path">The recording's path, for messages.</param>
    /// <param name="endSeconds">Its end.</param>
    /// <param name="widthMs">Width of a bin.</param>
    /// <exception cref="DataFormatException">More bins than one array has places: the end is no time of a recording.</exception>
    public static int CountFor(string path, double endSeconds, double widthMs)
    {
        double count = Math.Ceiling(Math.Round(1000 * endSeconds, 6) / widthMs);
        return count is >= 0 and < int.MaxValue
            ? (int)count
            : throw new DataFormatException(path, "", string.Create(CultureInfo.InvariantCulture, $"ends at {endSeconds:R} s, impossible for bins of {widthMs} ms"));
    }

    /// <summary>The counts of consecutive bins.</summary>
    /// <param name="firstBin">From 0.</param>
    /// <param name="binCount">How many.</param>
    /// <param name="destination">Receives [bin, unit]: spikes per bin; NaN = not observed.</param>
    public void Read(int firstBin, int binCount, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstBin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)firstBin + binCount, Count, nameof(binCount));
        int units = Units;
        Span<float> counts = destination[..(binCount * units)];
        counts.Clear();
        for (int unit = 0; unit < units; unit++)
        {
            ReadOnlySpan<uint> spikes = SpikesOf(unit);
            for (int i = FirstAtLeast(spikes, (uint)firstBin); i < spikes.Length && spikes[i] < firstBin + binCount; i++)
            {
                counts[(((int)spikes[i] - firstBin) * units) + unit]++;
            }
        }

        MarkGaps(firstBin, binCount, counts);
    }

    /// <summary>One unit's spikes, as the bins they fell into, ascending.</summary>
    /// <param name="unit">From 0.</param>
    public ReadOnlySpan<uint> SpikesOf(int unit) => _bins.AsSpan(unit == 0 ? 0 : _ends[unit - 1], _ends[unit] - (unit == 0 ? 0 : _ends[unit - 1]));

    /// <summary>Whether a unit was observed at the beginning of a bin.</summary>
    /// <param name="unit">From 0.</param>
    /// <param name="bin">From 0.</param>
    public bool IsObserved(int unit, int bin) => _observed[unit].Contains((long)Math.Floor(bin * WidthMs));

    /// <summary>The stretches of bins in which a unit was observed; for bins of a millisecond.</summary>
    /// <param name="unit">From 0.</param>
    public IEnumerable<(long Start, long End)> ObservedWithin(int unit) => _observed[unit].Within(Count);

    /// <summary>One unit's spikes in a stretch of bins, ascending.</summary>
    /// <param name="unit">From 0.</param>
    /// <param name="start">The stretch's first bin.</param>
    /// <param name="end">The bin it ends before.</param>
    public ReadOnlyMemory<uint> SpikesWithin(int unit, long start, long end)
    {
        ReadOnlySpan<uint> spikes = SpikesOf(unit);
        int first = FirstAtLeast(spikes, (uint)start), last = FirstAtLeast(spikes, (uint)end);
        return _bins.AsMemory((unit == 0 ? 0 : _ends[unit - 1]) + first, last - first);
    }

    private static int FirstAtLeast(ReadOnlySpan<uint> ascending, uint value)
    {
        int low = 0, high = ascending.Length;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            (low, high) = ascending[middle] < value ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    /// <summary>Pieces of the long array of times, the next one being read while this one is looked at.</summary>
    private static IEnumerable<ReadOnlyMemory<double>> Slabs(SpikeTrains trains, CancellationToken cancel)
    {
        double[][] buffers = [new double[Math.Min(SlabSpikes, trains.SpikeCount)], new double[Math.Min(SlabSpikes, Math.Max(0, trains.SpikeCount - SlabSpikes))]];
        Task<int> reading = Read(0, 0);
        for (int slab = 0; (long)slab * SlabSpikes < trains.SpikeCount; slab++)
        {
            cancel.ThrowIfCancellationRequested();
            int length = reading.GetAwaiter().GetResult();
            long next = (long)(slab + 1) * SlabSpikes;
            reading = next < trains.SpikeCount ? Read(next, (slab + 1) % 2) : Task.FromResult(0);
            yield return buffers[slab % 2].AsMemory(0, length);
        }

        Task<int> Read(long first, int buffer) => Task.Run(() =>
        {
            int length = (int)Math.Min(SlabSpikes, trains.SpikeCount - first);
            trains.Read(first, buffers[buffer].AsSpan(0, length));
            return length;
        });
    }

    private void MarkGaps(int firstBin, int binCount, Span<float> counts)
    {
        int units = Units;
        for (int unit = 0; unit < units; unit++)
        {
            if (ReferenceEquals(_observed[unit], ObservedTime.Always))
            {
                continue;
            }

            int stretch = 0;
            for (int bin = 0; bin < binCount; bin++)
            {
                if (!_observed[unit].ContainsNext((long)Math.Floor((firstBin + bin) * WidthMs), ref stretch))
                {
                    counts[(bin * units) + unit] = float.NaN;
                }
            }
        }
    }
}
