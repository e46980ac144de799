using System.Globalization;
using System.Text;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Train;

/// <summary>Shows a learning-rate search: a small table, a JSON file and a drawing that needs nothing else to be seen.</summary>
public static class LearningRateReport
{
    private const int Width = 720, Height = 420, Left = 70, Right = 20, Top = 30, Bottom = 50;

    /// <summary>The search's files in a run's folder.</summary>
    /// <param name="folder">The folder.</param>
    public static (string Json, string Drawing) Files(string folder) => (Path.Combine(folder, "lr_find.json"), Path.Combine(folder, "lr_find.svg"));

    /// <summary>Writes <c>lr_find.json</c> and <c>lr_find.svg</c>.</summary>
    /// <param name="search">What was found.</param>
    /// <param name="folder">Made if absent.</param>
    public static void Save(LearningRateSearch search, string folder)
    {
        (string json, string drawing) = Files(folder);
        AtomicFile.WriteText(json, JsonLine.Text(search));
        AtomicFile.WriteText(drawing, Svg(search));
    }

    /// <summary>Prints two lines a decade and the suggestion.</summary>
    /// <param name="search">What was found.</param>
    /// <param name="output">Where results go.</param>
    public static void Write(LearningRateSearch search, TextWriter output)
    {
        var table = new ResultTable("learning rate", "loss", "smoothed");
        double next = 0;
        foreach (TriedRate tried in search.Tried)
        {
            if (tried.Rate >= next)
            {
                table.Add(Rate(tried.Rate), ResultTable.Cell(tried.Loss), ResultTable.Cell(tried.Smoothed));
                next = tried.Rate * Math.Sqrt(10) * (1 - 1e-9);
            }
        }

        table.Note(search.Diverged ? "the loss ran away after the last line" : "the loss did not run away: a higher --lr-to would show more");
        table.Note($"suggestion: {Rate(search.Suggestion)}, {LearningRateSearch.Rule} ({Rate(search.LowestAt)}); it fell fastest at {Rate(search.SteepestAt)}");
        table.Write(output);
    }

    /// <summary>The curve over the logarithm of the rate: losses in grey, the smoothed loss in blue, the suggestion as a line.</summary>
    /// <param name="search">What was found.</param>
    internal static string Svg(LearningRateSearch search)
    {
        IReadOnlyList<TriedRate> tried = search.Tried;
        (double first, double last) = (Math.Log10(tried[0].Rate), Math.Log10(tried[^1].Rate));
        double low = tried.Min(t => t.Smoothed), high = tried.Max(t => t.Smoothed), margin = Math.Max(1e-9, (high - low) * 0.1);
        (low, high) = (low - margin, high + margin);

        double X(double rate) => Left + ((Math.Log10(rate) - first) / Math.Max(1e-9, last - first) * (Width - Left - Right));
        double Y(double loss) => Height - Bottom - ((Math.Clamp(loss, low, high) - low) / (high - low) * (Height - Top - Bottom));
        string Points(Func<TriedRate, double> of) => string.Join(' ', tried.Select(t => Text($"{X(t.Rate):F1},{Y(of(t)):F1}")));

        var svg = new StringBuilder();
        svg.Append(Text($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{Height}\" font-family=\"sans-serif\" font-size=\"12\">\n"));
        svg.Append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
        for (int decade = (int)Math.Ceiling(first - 1e-9); decade <= last + 1e-9; decade++)
        {
            double x = X(Math.Pow(10, decade));
            svg.Append(Text($"<line x1=\"{x:F1}\" y1=\"{Top}\" x2=\"{x:F1}\" y2=\"{Height - Bottom}\" stroke=\"#ddd\"/>"));
            svg.Append(Text($"<text x=\"{x:F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">1e{decade}</text>\n"));
        }

        for (int i = 0; i <= 4; i++)
        {
            double loss = low + ((high - low) * i / 4), y = Y(loss);
            svg.Append(Text($"<line x1=\"{Left}\" y1=\"{y:F1}\" x2=\"{Width - Right}\" y2=\"{y:F1}\" stroke=\"#ddd\"/>"));
            svg.Append(Text($"<text x=\"{Left - 6}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{loss:G4}</text>\n"));
        }

        svg.Append(Text($"<polyline fill=\"none\" stroke=\"#bbb\" points=\"{Points(t => t.Loss)}\"/>\n"));
        svg.Append(Text($"<polyline fill=\"none\" stroke=\"#1f5fbf\" stroke-width=\"2\" points=\"{Points(t => t.Smoothed)}\"/>\n"));
        if (search.Suggestion >= tried[0].Rate)
        {
            double x = X(search.Suggestion);
            svg.Append(Text($"<line x1=\"{x:F1}\" y1=\"{Top}\" x2=\"{x:F1}\" y2=\"{Height - Bottom}\" stroke=\"#c0392b\" stroke-dasharray=\"5 4\"/>\n"));
        }

        svg.Append(Text($"<text x=\"{Left}\" y=\"{Top - 12}\">suggestion {Rate(search.Suggestion)}: {LearningRateSearch.Rule}</text>\n"));
        svg.Append(Text($"<text x=\"{(Width + Left - Right) / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">learning rate</text>\n"));
        svg.Append(Text($"<text x=\"16\" y=\"{Height / 2}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {Height / 2})\">training loss (nats per hidden entry)</text>\n"));
        return svg.Append("</svg>\n").ToString();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Rate(double rate) => rate.ToString("0.0E+0", CultureInfo.InvariantCulture);
}
