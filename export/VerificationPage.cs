using System.Globalization;
using System.Net;
using System.Text;
using UnetSpikes.Core;
using UnetSpikes.Runtime;

namespace UnetSpikes.Export;

/// <summary>What an export checked, as one HTML page without scripts, images or anything to fetch: <c>--report</c>.</summary>
public static class VerificationPage
{
    private const string Style = """
        body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; background: #fff }
        h1 { font-size: 1.6rem; line-height: 1.2 } h2 { font-size: 1.15rem; margin-top: 2rem }
        table { border-collapse: collapse; width: 100% } caption { text-align: left; color: #555; padding-bottom: .4rem }
        th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums }
        th:first-child, td:first-child { text-align: left; white-space: nowrap } thead th { border-bottom: 2px solid #888; vertical-align: bottom }
        dt { font-weight: 600 } dd { margin: 0 0 .6rem 0 } .wide { overflow-x: auto }
        @media (prefers-color-scheme: dark) { body { color: #e8e8e8; background: #151515 } caption { color: #aaa } th, td { border-color: #444 } }
        """;

    /// <summary>Makes the page.</summary>
    /// <param name="result">An export that passed.</param>
    public static string Make(ExportResult result)
    {
        string name = Path.GetFileName(result.Model);
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>Verification of {Text(name)}</title>
            <style>
            {Style}
            </style>
            </head>
            <body>
            <h1>Verification of {Text(name)}</h1>
            <p>{Text(Verdict(result.Report))}</p>

            """);
        Facts(page, result);
        Scores(page, result.Report);
        Times(page, result.Times);
        Cases(page, result.Report);
        Definitions(page, result.Report);
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static string Verdict(VerificationReport report)
    {
        VerificationCase[] ordinary = [.. report.Cases.Where(c => c.Magnitude == 1)];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"In {report.Precision} its {report.Quantity} are within {ordinary.Max(report.DifferenceOf):0.0E+0} of the checkpoint's wherever the input is ordinary (allowed: {report.Atol:0.0E+0}), and every one of {report.Cases.Count} comparisons is within its tolerance.");
    }

    private static void Facts(StringBuilder page, ExportResult result)
    {
        ModelMetadata metadata = result.Metadata;
        page.Append("<h2>What was verified</h2>\n<dl>\n");
        Fact("Model", string.Create(CultureInfo.InvariantCulture, $"{metadata.Architecture}; {metadata.UnitIds.Count} units, bins of {metadata.BinWidthMs} ms; {result.Bytes / 1024.0:F0} KiB"));
        Fact("Precision", result.Report.Precision);
        Fact("Run by", result.Report.Provider);
        Fact("Inputs", result.Report.Data + ", silence, counts no neuron has, one bin, lengths that need every kind of padding, batches of one and many");
        Fact("Receptive field", string.Create(
            CultureInfo.InvariantCulture,
            $"{metadata.ReceptiveFieldLeft} bins left and {metadata.ReceptiveFieldRight} right; the furthest bins seen to change an output: {result.Report.SeenLeft} and {result.Report.SeenRight}"));
        if (metadata.Decoded is { } decoded && result.Report.DecoderError is double error)
        {
            Fact("Decoder", $"'{decoded.Decoder}' gives {string.Join(", ", decoded.Columns)} ({decoded.Unit}); from double precision on the model's rates {Small(error)} of its terms' magnitude, allowed {Small(VerificationReport.DecoderTolerance)}");
        }

        Fact("Made by", $"{metadata.CreatedBy}, commit {metadata.Commit}");
        page.Append("</dl>\n");

        void Fact(string term, string text) => page.Append(CultureInfo.InvariantCulture, $"<dt>{Text(term)}</dt><dd>{Text(text)}</dd>\n");
    }

    private static void Scores(StringBuilder page, VerificationReport report)
    {
        page.Append("<h2>What it costs</h2>\n");
        Open(page, $"On {report.Data}; nothing masked.", "score", "checkpoint", "model", "change", "loss allowed");
        if (report is { R2Before: double before, R2After: double after })
        {
            Row(page, "R² of rates, mean over units", Score(before), Score(after), Small(after - before), Score(report.MaxLoss));
        }

        (before, after) = (report.BitsPerSpikeBefore, report.BitsPerSpikeAfter);
        Row(page, "bits per spike", Score(before), Score(after), Small(after - before), Score(report.MaxLoss));
        Close(page);
    }

    private static void Times(StringBuilder page, IReadOnlyList<FormTime> times)
    {
        page.Append("<h2>What a run takes on the machine that exported</h2>\n");
        Open(page, "Medians in milliseconds.", ["form", .. FormTimes.Batches.Select(batch => string.Create(CultureInfo.InvariantCulture, $"{batch} × {times[0].Bins} bins"))]);
        foreach (IGrouping<string, FormTime> form in times.GroupBy(time => time.Form))
        {
            Row(page, [form.Key, .. form.Select(time => time.Ms.ToString("F3", CultureInfo.InvariantCulture))]);
        }

        Close(page);
    }

    private static void Cases(StringBuilder page, VerificationReport report)
    {
        page.Append("<h2>Every comparison</h2>\n");
        Open(
            page, "Largest differences from the checkpoint's evaluation graph.",
            "input", "trials", "bins", "log-rates, absolute", "log-rates, relative", "rates, absolute", "rates, relative", "rates, ULP: 99\u00a0%", "rates, ULP: largest", "tolerance", "of it used");
        foreach (VerificationCase c in report.Cases)
        {
            double tolerance = report.Atol * c.Magnitude, used = report.DifferenceOf(c) / tolerance;
            Row(
                page, c.Name, Whole(c.Batch), Whole(c.Bins), Small(c.AbsLogRates), Small(c.RelLogRates), Small(c.AbsRates), Small(c.RelRates),
                Whole(c.RatesUlpP99), Whole(c.RatesUlpMax), Small(tolerance), Percent(used));
        }

        Close(page);

        static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F0} %");
    }

    private static void Definitions(StringBuilder page, VerificationReport report)
    {
        page.Append("<h2>What the words mean</h2>\n<dl>\n");
        foreach ((string term, string meaning) in new[]
        {
            ("Tolerance", $"absolute, on {report.Quantity}; for silence and counts no neuron has it is multiplied by the last layer's largest output"),
            ("Relative", "of log-rates: to the reference, or to 1 where that is smaller; of rates: to the reference"),
            ("ULP", "units in the last place of float32: how many representable numbers lie from one rate to the other"),
            ("R² of rates", RateScores.UniformDefinition),
            ("Bits per spike", "over each unit's mean rate, of the counts that went in: for comparing the two columns, not with scores of hidden counts"),
        })
        {
            page.Append(CultureInfo.InvariantCulture, $"<dt>{Text(term)}</dt><dd>{Text(meaning)}</dd>\n");
        }

        page.Append("</dl>\n");
    }

    private static void Open(StringBuilder page, string caption, params string[] headings) => page.Append(
        CultureInfo.InvariantCulture, $"<div class=\"wide\"><table>\n<caption>{Text(caption)}</caption>\n<thead><tr>{string.Concat(headings.Select(h => $"<th scope=\"col\">{Text(h)}</th>"))}</tr></thead>\n<tbody>\n");

    private static void Row(StringBuilder page, params string[] cells) =>
        page.Append(CultureInfo.InvariantCulture, $"<tr>{string.Concat(cells.Select(cell => $"<td>{Text(cell)}</td>"))}</tr>\n");

    private static void Close(StringBuilder page) => page.Append("</tbody></table></div>\n");

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Whole(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Score(double value) => double.IsNaN(value) ? "–" : value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Small(double value) => double.IsNaN(value) ? "–" : value.ToString("0.0E+0", CultureInfo.InvariantCulture);
}
