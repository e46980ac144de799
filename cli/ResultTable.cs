using System.Globalization;

namespace UnetSpikes.Cli;

/// <summary>A table of results as plain aligned text: the same on a terminal, in a pipe and in a log.</summary>
/// <remarks>A column whose cells are all numbers is aligned right. NaN reads "-": there is no number, not a bad one.</remarks>
public sealed class ResultTable
{
    private const string Gap = "  ";

    private readonly string[] _headings;
    private readonly List<string[]> _rows = [];
    private readonly List<string> _notes = [];

    /// <summary>Starts a table.</summary>
    /// <param name="headings">One per column; with its unit where it has one, such as "time (s)".</param>
    public ResultTable(params string[] headings) => _headings = headings;

    /// <summary>A number as a cell: fixed decimals, invariant culture.</summary>
    /// <param name="value">NaN gives "-".</param>
    /// <param name="decimals">Digits after the point.</param>
    public static string Cell(double value, int decimals = 4) =>
        double.IsNaN(value) ? "-" : value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Adds a row.</summary>
    /// <param name="cells">One per column, as text; see <see cref="Cell"/> for numbers.</param>
    /// <exception cref="ArgumentException">There are more or fewer cells than columns.</exception>
    public void Add(params string[] cells)
    {
        if (cells.Length != _headings.Length)
        {
            throw new ArgumentException($"{cells.Length} cells for {_headings.Length} columns", nameof(cells));
        }

        _rows.Add(cells);
    }

    /// <summary>Adds a line below the table: what a column means, and how it is defined.</summary>
    /// <param name="note">One line.</param>
    public void Note(string note) => _notes.Add(note);

    /// <summary>Writes the headings, a rule, the rows and the notes.</summary>
    /// <param name="output">Where results go (<see cref="ToolConsole.Out"/>).</param>
    public void Write(TextWriter output)
    {
        int columns = _headings.Length;
        var widths = new int[columns];
        var isNumeric = new bool[columns];
        for (int c = 0; c < columns; c++)
        {
            widths[c] = _rows.Select(row => row[c].Length).Append(_headings[c].Length).Max();
            isNumeric[c] = _rows.Count > 0 && _rows.TrueForAll(row => IsNumber(row[c]));
        }

        WriteRow(output, _headings, widths, isNumeric);
        output.WriteLine(string.Join(Gap, widths.Select(width => new string('-', width))));
        foreach (string[] row in _rows)
        {
            WriteRow(output, row, widths, isNumeric);
        }

        foreach (string note in _notes)
        {
            output.WriteLine(note);
        }
    }

    private static void WriteRow(TextWriter output, string[] cells, int[] widths, bool[] isNumeric) =>
        output.WriteLine(string.Join(Gap, cells.Select((cell, c) => isNumeric[c] ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]))).TrimEnd());

    private static bool IsNumber(string cell) =>
        cell is "-" or "" || double.TryParse(cell, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out _);
}
