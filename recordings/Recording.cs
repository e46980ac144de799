using UnetSpikes.Core;

namespace UnetSpikes.Recordings;

/// <summary>A recording as it was made: spike times, tables of intervals and time series, in seconds on one clock; nothing is binned yet.</summary>
/// <remarks>Spike times and series are read when asked for: an open recording is small. It holds its file open.</remarks>
public sealed class Recording : IDisposable
{
    private readonly IDisposable? _file;

    /// <summary>Describes a recording.</summary>
    /// <param name="path">The file or folder, as given.</param>
    /// <param name="format">What it is, for people: "NWB 2.3.0".</param>
    /// <param name="units">Its units.</param>
    /// <param name="file">What is closed with it; null where everything is in memory.</param>
    public Recording(string path, string format, SpikeTrains units, IDisposable? file = null)
    {
        Path = path;
        Format = format;
        Units = units;
        _file = file;
    }

    /// <summary>The file or folder, as given.</summary>
    public string Path { get; }

    /// <summary>What it is, for people: "NWB 2.3.0".</summary>
    public string Format { get; }

    /// <summary>Its units and when they fired.</summary>
    public SpikeTrains Units { get; }

    /// <summary>Tables of intervals, such as <c>trials</c> and <c>epochs</c>; each has <c>start_time</c> and <c>stop_time</c>.</summary>
    public IReadOnlyList<ColumnTable> Intervals { get; init; } = [];

    /// <summary>Everything that was sampled over time: behaviour, stimuli.</summary>
    public IReadOnlyList<TimeSeries> Series { get; init; } = [];

    /// <summary>What was noticed and left out while opening, one line each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The table of trials; null when there is none.</summary>
    public ColumnTable? Trials => Intervals.FirstOrDefault(table => table.Name == "trials");

    /// <summary>When the recording ends, in seconds: the last observed, recorded or annotated moment.</summary>
    /// <exception cref="DataFormatException">The spike times cannot be read.</exception>
    public double EndSeconds()
    {
        double end = Units.LastSpikeSeconds();
        foreach (ReadOnlyMemory<Interval> observed in Units.Observed ?? [])
        {
            end = observed.IsEmpty ? end : Math.Max(end, observed.Span[^1].Stop);
        }

        foreach (double stop in Trials?.Find("stop_time")?.Numbers ?? [])
        {
            end = double.IsNaN(stop) ? end : Math.Max(end, stop);
        }

        return end;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file?.Dispose();
}
