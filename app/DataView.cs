using System.Globalization;
using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Data.Inspect;
using UnetSpikes.Recordings;

namespace UnetSpikes.App;

/// <summary>A file of counts or rates, as <c>inspect</c> shows it.</summary>
internal static class DataView
{
    public static object Write(string path, RecordingFormat format, TextWriter output)
    {
        var summary = FileSummary.Of(path, format);
        bool isRates = summary.ProvenanceJson is not null;
        output.WriteLine($"{path}: {(isRates ? "rates" : summary.Counts.Count > 0 ? "spike counts" : "HDF5, no counts or rates of ours")}, {Width(summary.BinWidthMs)}");
        var stored = new ResultTable("dataset", "shape", "type", "storage");
        foreach (DatasetSummary dataset in summary.Datasets)
        {
            stored.Add(dataset.Name, dataset.Shape, dataset.Type, dataset.Storage);
        }

        stored.Write(output);
        ActivitySummary[] measured = [.. summary.Counts, .. summary.Rates];
        if (measured.Length > 0)
        {
            output.WriteLine();
            Activity(measured).Write(output);
        }

        if (summary.ProvenanceJson is { } provenance)
        {
            output.WriteLine("made from: " + OneLine(provenance));
        }

        output.WriteLine();
        return new
        {
            summary.Path,
            Kind = isRates ? "rates" : summary.Counts.Count > 0 ? "counts" : "hdf5",
            summary.BinWidthMs,
            summary.HasRates,
            summary.HasLatents,
            summary.Datasets,
            Arrays = measured,
        };
    }

    private static ResultTable Activity(IEnumerable<ActivitySummary> arrays)
    {
        var table = new ResultTable("array", "trials", "bins", "units", "mean/bin", "mean (Hz)", "max/bin", "silent units", "gaps");
        foreach (ActivitySummary a in arrays)
        {
            table.Add(
                a.Name, Text(a.Trials), Text(a.Bins), Text(a.Units), ResultTable.Cell(a.MeanPerBin), ResultTable.Cell(a.MeanRateHz ?? double.NaN, 2),
                a.Maximum.ToString("0.###", CultureInfo.InvariantCulture), Text(a.SilentUnits), Text(a.Gaps));
        }

        return table;
    }

    private static string Width(double? binWidthMs) =>
        binWidthMs is double width ? string.Create(CultureInfo.InvariantCulture, $"{width:0.######} ms bins") : "bin width not said";

    private static string OneLine(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return JsonSerializer.Serialize(document.RootElement);
        }
        catch (JsonException)
        {
            return json;
        }
    }

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
