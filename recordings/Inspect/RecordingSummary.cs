using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Inspect;

/// <summary>What a recording holds, measured in memory that does not grow with its spikes or samples.</summary>
public sealed record RecordingSummary
{
    /// <summary>The file or folder.</summary>
    public required string Path { get; init; }

    /// <summary>What it is: "NWB 2.3.0".</summary>
    public required string Format { get; init; }

    /// <summary>Its end, in seconds.</summary>
    public required double EndSeconds { get; init; }

    /// <summary>Its units.</summary>
    public required UnitsSummary Units { get; init; }

    /// <summary>Its tables of intervals, trials first.</summary>
    public required IReadOnlyList<TableSummary> Tables { get; init; }

    /// <summary>Its time series.</summary>
    public required IReadOnlyList<SeriesSummary> Series { get; init; }

    /// <summary>What was noticed, one line each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Looks at a recording.</summary>
    /// <param name="recording">An open one.</param>
    /// <exception cref="DataFormatException">Something in it cannot be read.</exception>
    public static RecordingSummary Of(Recording recording)
    {
        double end = recording.EndSeconds();
        SeriesSummary[] series = [.. recording.Series.Select(SeriesSummary.Of)];
        return new RecordingSummary
        {
            Path = recording.Path,
            Format = recording.Format,
            EndSeconds = end,
            Units = UnitsSummary.Of(recording.Units, end),
            Tables = [.. recording.Intervals.Select(TableSummary.Of)],
            Series = series,
            Warnings = [.. recording.Warnings, .. series.Where(one => one.StepsBack > 0).Select(one => $"{recording.Path}: {one.Place} goes back in time {one.StepsBack} times")],
        };
    }
}
