using UnetSpikes.Core;

namespace UnetSpikes.Recordings;

/// <summary>A table by columns: trials, epochs, units, electrodes (NWB's DynamicTable).</summary>
/// <param name="Path">The file.</param>
/// <param name="Place">Where in the file, such as <c>/intervals/trials</c>.</param>
/// <param name="Ids">A name for each row.</param>
/// <param name="Columns">In the file's order, each with a value for every row.</param>
public sealed record ColumnTable(string Path, string Place, IReadOnlyList<string> Ids, IReadOnlyList<TableColumn> Columns)
{
    /// <summary>The table's name, the last part of its place.</summary>
    public string Name => Place[(Place.LastIndexOf('/') + 1)..];

    /// <summary>Number of rows.</summary>
    public int Rows => Ids.Count;

    /// <summary>A column by name; null when there is none.</summary>
    /// <param name="name">Such as <c>start_time</c>.</param>
    public TableColumn? Find(string name) => Columns.FirstOrDefault(column => column.Name == name);

    /// <summary>A column of one number a row.</summary>
    /// <param name="name">Such as <c>start_time</c>.</param>
    /// <returns>NaN where a row has none.</returns>
    /// <exception cref="DataFormatException">There is no such column, or it holds something else.</exception>
    public IReadOnlyList<double> Numbers(string name) =>
        Required(name) is { Kind: ColumnKind.Numbers, IsOnePerRow: true } column
            ? column.Numbers
            : throw new DataFormatException(Path, $"{Place}/{name}", "is no column of one number a row");

    /// <summary>A column of one text a row.</summary>
    /// <param name="name">Such as <c>split</c>.</param>
    /// <exception cref="DataFormatException">There is no such column, or it holds something else.</exception>
    public IReadOnlyList<string> Texts(string name) =>
        Required(name) is { Kind: ColumnKind.Texts, IsOnePerRow: true } column
            ? column.Texts
            : throw new DataFormatException(Path, $"{Place}/{name}", "is no column of one text a row");

    private TableColumn Required(string name) => Find(name)
        ?? throw new DataFormatException(Path, $"{Place}/{name}", $"is missing, expected one of {string.Join(", ", Columns.Select(column => column.Name))}");
}

/// <summary>What the cells of a column are.</summary>
public enum ColumnKind
{
    /// <summary>Numbers; booleans are 0 and 1.</summary>
    Numbers,

    /// <summary>Texts.</summary>
    Texts,

    /// <summary>References to other objects of the file, as their paths.</summary>
    References,
}

/// <summary>One column of a table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it holds, in the words of whoever wrote the file.</param>
/// <param name="Kind">What its cells are.</param>
public sealed record TableColumn(string Name, string Description, ColumnKind Kind)
{
    /// <summary>The numbers, row after row; empty for other kinds.</summary>
    public IReadOnlyList<double> Numbers { get; init; } = [];

    /// <summary>The texts (or paths), row after row; empty for numbers.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>Values per entry: 2 for a column of points in the plane.</summary>
    public int Width { get; init; } = 1;

    /// <summary>Where each row's entries end, for a column of lists; null where each row has one entry.</summary>
    public IReadOnlyList<long>? RowEnds { get; init; }

    /// <summary>Whether the numbers are truth values.</summary>
    public bool IsBoolean { get; init; }

    /// <summary>Whether each row has exactly one value.</summary>
    public bool IsOnePerRow => Width == 1 && RowEnds is null;
}
