using UnetSpikes.Core;
using UnetSpikes.Recordings.Binning;

namespace UnetSpikes.Recordings.Inspect;

/// <summary>One unit, measured.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Spikes">How often it fired.</param>
/// <param name="RateHz">Spikes per second of the time it was observed in; NaN where that is none.</param>
public sealed record UnitRate(string Id, long Spikes, double RateHz);

/// <summary>The units of a recording and when they were observed; no spike time is read for it but the last ones.</summary>
public sealed record UnitsSummary
{
    /// <summary>The parts of units whose rates <see cref="QuantilesHz"/> are.</summary>
    public static IReadOnlyList<double> Parts { get; } = [0, 0.1, 0.5, 0.9, 1];

    /// <summary>Each unit, in the recording's order.</summary>
    public required IReadOnlyList<UnitRate> Rates { get; init; }

    /// <summary>Number of units.</summary>
    public int Count => Rates.Count;

    /// <summary>Spikes of all units.</summary>
    public long Spikes => Rates.Sum(unit => unit.Spikes);

    /// <summary>Units that never fired.</summary>
    public int Silent => Rates.Count(unit => unit.Spikes == 0);

    /// <summary>Units that are held out; null where the recording does not say.</summary>
    public int? HeldOut { get; init; }

    /// <summary>Mean over units in Hz; NaN without any.</summary>
    public double MeanHz { get; init; }

    /// <summary>The rates below which <see cref="Parts"/> of the units lie, in Hz (linear between units, as numpy's); NaN without any.</summary>
    public required IReadOnlyList<double> QuantilesHz { get; init; }

    /// <summary>Units by label (a sorter's <c>label</c>, NWB's <c>quality</c>); empty where there are none.</summary>
    public required IReadOnlyDictionary<string, int> Labels { get; init; }

    /// <summary>Whether the recording says when units were observed; if not, it always was.</summary>
    public bool SaysObserved { get; init; }

    /// <summary>Seconds in which the first unit was observed, from time 0 to the recording's end.</summary>
    public double ObservedSeconds { get; init; }

    /// <summary>Separate stretches of that.</summary>
    public int Stretches { get; init; }

    /// <summary>Seconds between the first unit's first and last stretch that belong to none.</summary>
    public double GapSeconds { get; init; }

    /// <summary>Whether all units were observed at the same times.</summary>
    public bool IsObservedTogether { get; init; }

    /// <summary>Measures the units.</summary>
    /// <param name="trains">The units.</param>
    /// <param name="endSeconds">The recording's end.</param>
    /// <exception cref="DataFormatException">The recording is damaged.</exception>
    internal static UnitsSummary Of(SpikeTrains trains, double endSeconds)
    {
        double end = trains.Observed is null ? endSeconds : Math.Max(endSeconds, 0);
        IReadOnlyList<ObservedTime> observed = BinnedSpikes.ObservedOf(trains);
        Dictionary<ObservedTime, double> seconds = observed.Distinct().ToDictionary(time => time, time => SecondsOf(time, end));
        UnitRate[] rates = [.. trains.Ids.Select((id, unit) => RateOf(id, trains.Ends[unit] - trains.StartOf(unit), seconds[observed[unit]]))];
        double[] sorted = [.. rates.Select(unit => unit.RateHz).Where(rate => !double.IsNaN(rate)).Order()];
        (long Start, long End)[] stretches = observed.Count == 0 ? [] : [.. observed[0].Within(MillisecondClock.FirstOf(end))];
        double first = observed.Count == 0 ? 0 : seconds[observed[0]];
        return new UnitsSummary
        {
            Rates = rates,
            HeldOut = trains.IsHeldOut?.Count(isHeldOut => isHeldOut),
            MeanHz = sorted.Length == 0 ? double.NaN : sorted.Average(),
            QuantilesHz = [.. Parts.Select(part => Quantile(sorted, part))],
            Labels = LabelsOf(trains.Table),
            SaysObserved = trains.Observed is not null,
            ObservedSeconds = first,
            Stretches = stretches.Length,
            GapSeconds = stretches.Length == 0 ? 0 : Math.Max(0, ((stretches[^1].End - stretches[0].Start) / 1000.0) - first),
            IsObservedTogether = seconds.Count <= 1,
        };
    }

    private static UnitRate RateOf(string id, long spikes, double seconds) => new(id, spikes, seconds > 0 ? spikes / seconds : double.NaN);

    private static double SecondsOf(ObservedTime time, double end) =>
        ReferenceEquals(time, ObservedTime.Always) ? end : time.Within(MillisecondClock.FirstOf(end)).Sum(stretch => (stretch.End - stretch.Start) / 1000.0);

    private static double Quantile(double[] sorted, double part)
    {
        if (sorted.Length == 0)
        {
            return double.NaN;
        }

        double at = part * (sorted.Length - 1);
        double low = sorted[(int)at], high = sorted[Math.Min((int)at + 1, sorted.Length - 1)];
        return low + ((at - Math.Floor(at)) * (high - low));
    }

    private static Dictionary<string, int> LabelsOf(ColumnTable? table)
    {
        TableColumn? column = table?.Find("label") ?? table?.Find("quality");
        return column is { Kind: ColumnKind.Texts, IsOnePerRow: true }
            ? column.Texts.GroupBy(label => label).OrderByDescending(group => group.Count()).ToDictionary(group => group.Key, group => group.Count())
            : [];
    }
}
