using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Nlb.Scores;

namespace UnetSpikes.Decode.Benchmark;

/// <summary>A benchmark's scores for people: a table with definitions, and rows for a paper's table.</summary>
/// <param name="Scores">Of each data set.</param>
public sealed record ScoreReport(IReadOnlyList<DatasetScores> Scores)
{
    private static readonly string[] Headings = ["data set", "bin (ms)", "co-bps", "vel R2 | tp corr", "psth R2", "fp-bps"];

    /// <summary>The table; beneath it the definition of each score that is in it.</summary>
    public ResultTable Table()
    {
        var table = new ResultTable(Headings);
        foreach (DatasetScores scores in Scores)
        {
            table.Add(Cells(scores));
        }

        (string Definition, bool IsThere)[] notes =
        [
            (BitsPerSpike.CoSmoothingDefinition, true),
            (VelocityR2.Definition, Scores.Any(s => s.VelocityR2 is not null)),
            (TpCorrelation.Definition, Scores.Any(s => s.TpCorrelation is not null)),
            (PsthR2.Definition, Scores.Any(s => s.PsthR2 is not null)),
            (BitsPerSpike.ForwardDefinition, Scores.Any(s => s.FpBps is not null)),
        ];
        foreach ((string definition, bool _) in notes.Where(note => note.IsThere))
        {
            table.Note(definition);
        }

        return table;
    }

    /// <summary>The same as rows of a table in Markdown.</summary>
    public IEnumerable<string> Markdown() =>
        new[] { Headings.Select(heading => heading.Replace("|", "\\|", StringComparison.Ordinal)), ["---", "---:", "---:", "---:", "---:", "---:"] }
            .Concat(Scores.Select(Cells))
            .Select(cells => "| " + string.Join(" | ", cells) + " |");

    /// <summary>The same as rows of a LaTeX tabular, the headings as a comment.</summary>
    public IEnumerable<string> Latex() =>
        Scores.Select(scores => string.Join(" & ", Cells(scores).Select(cell => Escape(cell))) + @" \\").Prepend("% " + string.Join(" & ", Headings));

    private static string[] Cells(DatasetScores scores) =>
    [
        scores.Dataset.Name, scores.Dataset.BinWidthMs.ToString(CultureInfo.InvariantCulture), ResultTable.Cell(scores.CoBps),
        Cell(scores.VelocityR2 ?? scores.TpCorrelation), Cell(scores.PsthR2), Cell(scores.FpBps),
    ];

    private static string Cell(double? score) => ResultTable.Cell(score ?? double.NaN);

    /// <summary>Names have underscores; a minus sign is one in mathematics only, and "-" alone stands for no score.</summary>
    private static string Escape(string cell) =>
        cell.StartsWith('-') && cell.Length > 1 ? $"${cell}$" : cell.Replace("_", @"\_", StringComparison.Ordinal);
}
