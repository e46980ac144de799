using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Recordings.Nwb;

/// <summary>Reads a DynamicTable: a group with <c>colnames</c>, <c>id</c>, and a dataset for each column.</summary>
/// <remarks>A column <c>x</c> of lists has a companion <c>x_index</c> (VectorIndex): where each row's list ends in <c>x</c>. Companions can be stacked.</remarks>
internal static class NwbTable
{
    private const string IndexSuffix = "_index";

    /// <summary>Reads a table.</summary>
    /// <param name="file">The file.</param>
    /// <param name="place">The table's group.</param>
    /// <param name="skip">Columns that are read in another way.</param>
    /// <exception cref="DataFormatException">A column's length or index does not fit the table.</exception>
    public static ColumnTable Read(Hdf5File file, string place, IReadOnlyCollection<string> skip)
    {
        IReadOnlyList<string> names = ColumnNames(file, place);
        string[] ids = ReadIds(file, place, names);
        var columns = new List<TableColumn>();
        foreach (string name in names.Where(name => !skip.Contains(name)))
        {
            // Columns of references to regions of time series (compound elements) and the like are left out: nothing here uses them.
            if (ReadColumn(file, place, name, ids.Length) is { } column)
            {
                columns.Add(column);
            }
        }

        return new ColumnTable(file.Path, place, ids, columns);
    }

    /// <summary>The names of a table's columns, in order, without <c>id</c> and without companions.</summary>
    public static IReadOnlyList<string> ColumnNames(Hdf5File file, string place)
    {
        Hdf5AttributeValue names = file.ReadAttribute(place, "colnames");
        return names.Type.Class == Hdf5Class.String || names.Count == 0
            ? names.Texts
            : throw new DataFormatException(file.Path, place + "@colnames", $"is of type {names.Type}, expected the names of columns");
    }

    /// <summary>Reads where each row's list ends, checked against what it points into.</summary>
    /// <param name="file">The file.</param>
    /// <param name="place">The VectorIndex.</param>
    /// <param name="length">Length of what it points into.</param>
    /// <exception cref="DataFormatException">It descends, leaves what it points into, or leaves a rest that is no row's.</exception>
    public static long[] ReadEnds(Hdf5File file, string place, long length)
    {
        Hdf5Dataset index = file.Dataset(place).RequireRank(1, "[row]");
        if (index.ElementType.Class != Hdf5Class.Integer)
        {
            throw index.Error($"is of type {index.ElementType}, expected whole numbers");
        }

        long[] ends = index.Read<long>();
        long before = 0;
        for (int row = 0; row < ends.Length; row++)
        {
            if (ends[row] < before || ends[row] > length)
            {
                throw index.Error(string.Create(
                    CultureInfo.InvariantCulture, $"is {ends[row]} at row {row}, expected ascending ends from {before} to {length}"));
            }

            before = ends[row];
        }

        return before == length
            ? ends
            : throw index.Error(string.Create(CultureInfo.InvariantCulture, $"ends at {before} of {length} values: the rest belongs to no row"));
    }

    private static string[] ReadIds(Hdf5File file, string place, IReadOnlyList<string> names)
    {
        string id = place + "/id";
        if (file.HasDataset(id))
        {
            Hdf5Dataset ids = file.Dataset(id).RequireRank(1, "[row]");
            return ids.ElementType.Class == Hdf5Class.String
                ? ids.ReadStrings()
                : [.. ids.Read<long>().Select(n => n.ToString(CultureInfo.InvariantCulture))];
        }

        if (names.Count == 0)
        {
            return [];
        }

        // Early 2.0 files leave ids out of tables; rows are then numbered.
        string first = $"{place}/{names[0]}";
        string rows = file.HasDataset(first + IndexSuffix) ? first + IndexSuffix : first;
        return [.. Enumerable.Range(0, (int)Math.Min(file.Dataset(rows).RequireRank(1, "[row]").Count, 1 << 24)).Select(n => n.ToString(CultureInfo.InvariantCulture))];
    }

    private static TableColumn? ReadColumn(Hdf5File file, string place, string name, int rows)
    {
        string path = $"{place}/{name}";
        Hdf5Dataset data = file.Dataset(path);
        ColumnKind? kind = data.ElementType.Class switch
        {
            Hdf5Class.Integer or Hdf5Class.Float or Hdf5Class.Enumeration => ColumnKind.Numbers,
            Hdf5Class.String => ColumnKind.Texts,
            Hdf5Class.Reference => ColumnKind.References,
            _ => null,
        };
        if (kind is null)
        {
            return null;
        }

        if (data.Shape.Count == 0)
        {
            throw data.Error("has no axis, expected a row each");
        }

        long[]? ends = ReadRowEnds(file, path, data.Shape[0]);
        if ((ends?.Length ?? data.Shape[0]) != rows)
        {
            throw data.Error(string.Create(CultureInfo.InvariantCulture, $"has {ends?.Length ?? data.Shape[0]} rows, expected the table's {rows}"));
        }

        string description = file.HasAttribute(path, "description") ? file.ReadTextAttribute(path, "description") : "";
        return new TableColumn(name, description, kind.Value)
        {
            Numbers = kind == ColumnKind.Numbers ? data.Read<double>() : [],
            Texts = kind == ColumnKind.Texts ? data.ReadStrings() : kind == ColumnKind.References ? data.ReadReferences() : [],
            Width = data.Shape[0] == 0 ? 1 : (int)(data.Count / data.Shape[0]),
            RowEnds = ends,
            IsBoolean = data.ElementType.Class == Hdf5Class.Enumeration,
        };
    }

    /// <summary>The ends of a column's rows through all of its companions; null when it has none.</summary>
    private static long[]? ReadRowEnds(Hdf5File file, string path, long length)
    {
        long[]? ends = null;
        for (string index = path + IndexSuffix; file.HasDataset(index); index += IndexSuffix)
        {
            long[] outer = ReadEnds(file, index, ends?.Length ?? length);
            ends = ends is null ? outer : [.. outer.Select(end => end == 0 ? 0 : ends[end - 1])];
        }

        return ends;
    }
}
