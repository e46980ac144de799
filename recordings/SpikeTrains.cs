using UnetSpikes.Core;

namespace UnetSpikes.Recordings;

/// <summary>The units of a recording and the times at which each fired, one unit after the other.</summary>
/// <remarks>Times are read when asked for, by ranges of one long array: a day of recording need not fit into memory.</remarks>
public sealed class SpikeTrains
{
    private readonly SpikeTimesReader _read;

    /// <summary>Describes the units.</summary>
    /// <param name="ids">A name for each unit.</param>
    /// <param name="ends">For each unit, where its times end in the array of all; ascending.</param>
    /// <param name="read">Reads times.</param>
    public SpikeTrains(IReadOnlyList<string> ids, IReadOnlyList<long> ends, SpikeTimesReader read)
    {
        if (ids.Count != ends.Count)
        {
            throw new ArgumentException($"{ids.Count} names for {ends.Count} units", nameof(ends));
        }

        Ids = ids;
        Ends = ends;
        _read = read;
    }

    /// <summary>Reads consecutive spike times.</summary>
    /// <param name="first">From 0, over all units.</param>
    /// <param name="destination">Receives seconds.</param>
    public delegate void SpikeTimesReader(long first, Span<double> destination);

    /// <summary>A name for each unit.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>For each unit, where its times end in the array of all.</summary>
    public IReadOnlyList<long> Ends { get; }

    /// <summary>Number of units.</summary>
    public int Count => Ids.Count;

    /// <summary>Number of spikes of all units.</summary>
    public long SpikeCount => Ends.Count == 0 ? 0 : Ends[^1];

    /// <summary>When each unit was observed; null where the recording does not say: then it always was.</summary>
    public IReadOnlyList<ReadOnlyMemory<Interval>>? Observed { get; init; }

    /// <summary>Which units are held out (Neural Latents Benchmark); null where the recording does not say.</summary>
    public IReadOnlyList<bool>? IsHeldOut { get; init; }

    /// <summary>What else is known of each unit, a row each; null where nothing is.</summary>
    public ColumnTable? Table { get; init; }

    /// <summary>Where a unit's times begin in the array of all.</summary>
    /// <param name="unit">From 0.</param>
    public long StartOf(int unit) => unit == 0 ? 0 : Ends[unit - 1];

    /// <summary>Reads consecutive spike times.</summary>
    /// <param name="first">From 0, over all units.</param>
    /// <param name="destination">Receives seconds.</param>
    /// <exception cref="DataFormatException">The data is damaged.</exception>
    public void Read(long first, Span<double> destination) => _read(first, destination);

    /// <summary>One unit's times, in seconds.</summary>
    /// <param name="unit">From 0.</param>
    /// <exception cref="DataFormatException">The data is damaged.</exception>
    public double[] TimesOf(int unit)
    {
        var times = new double[Ends[unit] - StartOf(unit)];
        Read(StartOf(unit), times);
        return times;
    }

    /// <summary>The time of the last spike of all, in seconds; 0 when there is none.</summary>
    public double LastSpikeSeconds()
    {
        double last = 0;
        Span<double> one = stackalloc double[1];
        for (int unit = 0; unit < Count; unit++)
        {
            if (Ends[unit] > StartOf(unit))
            {
                Read(Ends[unit] - 1, one);
                last = Math.Max(last, one[0]);
            }
        }

        return last;
    }
}
