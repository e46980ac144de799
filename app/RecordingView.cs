using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Inspect;

namespace UnetSpikes.App;

/// <summary>A recording of spike times, as <c>inspect</c> shows it.</summary>
internal static class RecordingView
{
    private const int ShownColumns = 6;

    public static object Write(string path, RecordingFormat format, TextWriter output)
    {
        using Recording recording = RecordingFiles.Open(path, format, UnitChoice.All);
        var summary = RecordingSummary.Of(recording);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: recording, {summary.Format}, {summary.EndSeconds:0.###} s"));
        Units(summary.Units).Write(output);
        foreach (TableSummary table in summary.Tables)
        {
            output.WriteLine();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{table.Name}: {table.Rows} rows"));
            Columns(table).Write(output);
        }

        if (summary.Series.Count > 0)
        {
            output.WriteLine();
            Series(summary.Series).Write(output);
        }

        foreach (string warning in summary.Warnings)
        {
            output.WriteLine("warning: " + warning);
        }

        output.WriteLine();
        return new { summary.Path, Kind = "recording", summary.Format, summary.EndSeconds, summary.Units, summary.Tables, summary.Series, summary.Warnings };
    }

    private static ResultTable Units(UnitsSummary units)
    {
        var table = new ResultTable("what", "value");
        string heldOut = units.HeldOut is { } n ? string.Create(CultureInfo.InvariantCulture, $", {n} held out") : "";
        table.Add("units", string.Create(CultureInfo.InvariantCulture, $"{units.Count}, {units.Silent} silent{heldOut}"));
        if (units.Labels.Count > 0)
        {
            table.Add("labels", string.Join(", ", units.Labels.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Value} {(pair.Key.Length == 0 ? "without" : pair.Key)}"))));
        }

        table.Add("spikes", units.Spikes.ToString("N0", CultureInfo.InvariantCulture));
        table.Add("mean rate of a unit", units.Count == 0 ? "-" : ResultTable.Cell(units.MeanHz, 2) + " Hz");
        table.Add("rates of units", units.Count == 0 ? "-" : string.Join(" | ", units.QuantilesHz.Select(rate => ResultTable.Cell(rate, 2))) + " Hz");
        table.Add("observed", Observed(units));
        table.Note("rates of units: lowest | a tenth below | median | a tenth above | highest; spikes per second of observed time");
        return table;
    }

    private static string Observed(UnitsSummary units) =>
        !units.SaysObserved ? "always (the recording does not say when not)"
        : string.Create(CultureInfo.InvariantCulture, $"{units.ObservedSeconds:0.###} s in {units.Stretches} stretches, {units.GapSeconds:0.###} s of gaps between them")
            + (units.IsObservedTogether ? "" : " (the first unit; others at other times)");

    private static ResultTable Columns(TableSummary summary)
    {
        var table = new ResultTable("column", "kind", "missing", "values");
        foreach (ColumnSummary column in summary.Columns)
        {
            table.Add(column.Name, column.Kind, column.Missing.ToString(CultureInfo.InvariantCulture), column.Values);
        }

        return table;
    }

    private static ResultTable Series(IEnumerable<SeriesSummary> series)
    {
        var table = new ResultTable("series", "samples", "columns", "unit", "rate (Hz)", "from (s)", "to (s)", "gaps", "longest (s)");
        foreach (SeriesSummary one in series)
        {
            string rate = one.RateHz.ToString("0.###", CultureInfo.InvariantCulture);
            table.Add(
                one.Name, one.Samples.ToString(CultureInfo.InvariantCulture), Few(one.Columns), one.Unit,
                double.IsNaN(one.RateHz) ? "-" : one.HasRate ? rate : "about " + rate,
                ResultTable.Cell(one.StartSeconds, 3), ResultTable.Cell(one.EndSeconds, 3),
                one.Gaps.ToString(CultureInfo.InvariantCulture), one.Gaps == 0 ? "" : ResultTable.Cell(one.LongestGapSeconds, 3));
        }

        table.Note("about: from the distances of time stamps; a gap is a distance of over one and a half times the median");
        return table;
    }

    private static string Few(IReadOnlyList<string> columns) =>
        columns.Count <= ShownColumns ? string.Join(", ", columns) : string.Create(CultureInfo.InvariantCulture, $"{columns.Count}: {string.Join(", ", columns.Take(ShownColumns))}, …");
}
