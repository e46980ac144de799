using System.Globalization;

namespace UnetSpikes.Recordings.Inspect;

/// <summary>One column of a table of intervals, measured.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">"numbers", "booleans", "texts" or "references"; with "lists of" or "× 2" where a row has more than one.</param>
/// <param name="Missing">Numbers that are NaN, texts that are empty, lists without entries.</param>
/// <param name="Values">The smallest and the largest number, or the different texts where they are few.</param>
public sealed record ColumnSummary(string Name, string Kind, long Missing, string Values)
{
    private const int ShownTexts = 4;

    /// <summary>Measures a column.</summary>
    internal static ColumnSummary Of(TableColumn column)
    {
        string kind = column.Kind == ColumnKind.Numbers ? (column.IsBoolean ? "booleans" : "numbers") : column.Kind == ColumnKind.Texts ? "texts" : "references";
        string width = column.Width == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" × {column.Width}");
        long missing = column.RowEnds is { } ends ? ends.Where((end, row) => end == (row == 0 ? 0 : ends[row - 1])).LongCount()
            : column.Kind == ColumnKind.Numbers ? column.Numbers.LongCount(double.IsNaN)
            : column.Texts.LongCount(text => text.Length == 0);
        return new ColumnSummary(column.Name, (column.RowEnds is null ? "" : "lists of ") + kind + width, missing, column.Kind == ColumnKind.Numbers ? RangeOf(column) : TextsOf(column));
    }

    private static string RangeOf(TableColumn column)
    {
        double[] known = [.. column.Numbers.Where(number => !double.IsNaN(number))];
        return known.Length == 0 ? ""
            : column.IsBoolean ? string.Create(CultureInfo.InvariantCulture, $"{known.Count(n => n != 0)} true, {known.Count(n => n == 0)} false")
            : known.Min() == known.Max() ? string.Create(CultureInfo.InvariantCulture, $"{known[0]:G6}")
            : string.Create(CultureInfo.InvariantCulture, $"{known.Min():G6} to {known.Max():G6}");
    }

    private static string TextsOf(TableColumn column)
    {
        string[] different = [.. column.Texts.Where(text => text.Length > 0).Distinct()];
        return different.Length == 0 ? ""
            : different.Length > ShownTexts ? string.Create(CultureInfo.InvariantCulture, $"{different.Length} different")
            : string.Join(", ", different);
    }
}

/// <summary>A table of intervals, measured.</summary>
/// <param name="Name">Such as "trials".</param>
/// <param name="Rows">How many.</param>
/// <param name="Columns">In the file's order.</param>
public sealed record TableSummary(string Name, int Rows, IReadOnlyList<ColumnSummary> Columns)
{
    /// <summary>Measures a table.</summary>
    internal static TableSummary Of(ColumnTable table) => new(table.Name, table.Rows, [.. table.Columns.Select(ColumnSummary.Of)]);
}
