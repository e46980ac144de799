using System.Buffers;
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

    private const int CachedCounts = 1 << 16; // 256 KB: half of a small second-level cache

    private const int MostBins = int.MaxValue - 1;

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
    /// <param name="observed">When each unit was observed.</param>
    /// <param name="count">Number of bins, from time 0 on; null = up to the last spike, and at least to <paramref name="endSeconds"/>.</param>
    /// <param name="endSeconds">An end the bins reach in any case, where <paramref name="count"/> is null.</param>
    /// <param name="cancel">Looked at before every reading.</param>
    /// <exception cref="DataFormatException">A time is not finite, or goes back.</exception>
    public static BinnedSpikes Of(
        string path, SpikeTrains trains, double widthMs, IReadOnlyList<ObservedTime> observed, int? count, double endSeconds = 0, CancellationToken cancel = default)
    {
        if (trains.SpikeCount > Array.MaxLength)
        {
            throw new DataFormatException(path, "", $"has {trains.SpikeCount} spikes, more than fit one array");
        }

        var bins = new uint[trains.SpikeCount];
        var ends = new int[trains.Count];
        int kept = 0;
        var unit = new UnitBinning(path, trains, widthMs, (uint)(count ?? MostBins), observed);
        foreach (ReadOnlyMemory<double> slab in Slabs(trains, cancel))
        {
            kept = unit.Add(slab.Span, bins, kept, ends);
        }

        unit.Finish(kept, ends);
        int all = count ?? (int)Math.Max(unit.LastBin + 1, CountFor(path, endSeconds, widthMs));
        return new BinnedSpikes(widthMs, all, bins, ends, [.. observed]) { SpikesLeftOut = trains.SpikeCount - kept };
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
    private static int CountFor(string path, double endSeconds, double widthMs)
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
        Span<float> counts = destination[..(binCount * Units)];
        int[] next = ArrayPool<int>.Shared.Rent(Units);
        for (int unit = 0; unit < Units; unit++)
        {
            next[unit] = StartOf(unit) + FirstAtLeast(SpikesOf(unit), (uint)firstBin);
        }

        // Counts lie bin by bin, spikes unit by unit: a stretch that stays in the cache is filled by all units before the next one.
        int stretch = Math.Max(1, CachedCounts / Math.Max(1, Units));
        for (int bin = 0; bin < binCount; bin += stretch)
        {
            int length = Math.Min(stretch, binCount - bin);
            Fill(firstBin + bin, length, counts.Slice(bin * Units, length * Units), next);
        }

        ArrayPool<int>.Shared.Return(next);
        MarkGaps(firstBin, binCount, counts);
    }

    /// <summary>One unit's spikes, as the bins they fell into, ascending.</summary>
    /// <param name="unit">From 0.</param>
    public ReadOnlySpan<uint> SpikesOf(int unit) => _bins.AsSpan(StartOf(unit), _ends[unit] - StartOf(unit));

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
        return _bins.AsMemory(StartOf(unit) + first, last - first);
    }

    private int StartOf(int unit) => unit == 0 ? 0 : _ends[unit - 1];

    /// <summary>Counts the spikes of a stretch; <paramref name="next"/> holds each unit's first spike of it, then of the next stretch.</summary>
    private void Fill(int firstBin, int binCount, Span<float> counts, int[] next)
    {
        counts.Clear();
        var end = (uint)(firstBin + binCount);
        for (int unit = 0; unit < Units; unit++)
        {
            int spike = next[unit];
            for (; spike < _ends[unit] && _bins[spike] < end; spike++)
            {
                counts[(((int)_bins[spike] - firstBin) * Units) + unit]++;
            }

            next[unit] = spike;
        }
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
