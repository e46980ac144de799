using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Kilosort;

/// <summary>What a sorter and people say of each cluster: the <c>cluster_*.tsv</c> files of a phy folder, a number and a value a line.</summary>
/// <remarks>
/// As phy does, every such file is read, whatever its columns. People's <c>group</c> goes before Kilosort's own <c>KSLabel</c>; where files say different
/// things in one column, cluster_group.tsv goes first and cluster_info.tsv, which phy only writes, last.
/// </remarks>
internal sealed class PhyLabels
{
    private const string Unlabelled = "unsorted"; // phy's word
    private readonly List<string> _columns = [];
    private readonly Dictionary<(string Column, long Cluster), string> _values = [];

    /// <summary>Reads all label files of a folder; there may be none.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <exception cref="DataFormatException">A line is no cluster and its values.</exception>
    public static PhyLabels Read(string folder)
    {
        var labels = new PhyLabels();
        string[] files = [.. Directory.GetFiles(folder, "cluster_*.tsv"), .. Directory.GetFiles(folder, "cluster_groups.csv")];
        foreach (string file in files.OrderBy(Rank).ThenBy(file => file, StringComparer.Ordinal))
        {
            labels.Add(file);
        }

        return labels;
    }

    /// <summary>A cluster's label: good, mua, noise, or unsorted where nobody said.</summary>
    /// <param name="cluster">Its number.</param>
    public string LabelOf(long cluster) => ValueOf("group", cluster) ?? ValueOf("KSLabel", cluster) ?? Unlabelled;

    /// <summary>All that is known of some clusters, a row each, with <c>label</c> first.</summary>
    /// <param name="folder">For messages.</param>
    /// <param name="clusters">Their numbers.</param>
    public ColumnTable ToTable(string folder, IReadOnlyList<long> clusters)
    {
        var label = new TableColumn("label", "good, mua, noise or unsorted", ColumnKind.Texts) { Texts = [.. clusters.Select(LabelOf)] };
        return new ColumnTable(
            folder, "/units", [.. clusters.Select(cluster => cluster.ToString(CultureInfo.InvariantCulture))],
            [label, .. _columns.Select(column => ToColumn(column, [.. clusters.Select(cluster => ValueOf(column, cluster) ?? "")]))]);
    }

    private static int Rank(string file) => Path.GetFileName(file) switch
    {
        "cluster_group.tsv" => 0,
        "cluster_info.tsv" => 2,
        _ => 1,
    };

    private static TableColumn ToColumn(string name, string[] values)
    {
        var numbers = new double[values.Length];
        bool isNumeric = true;
        for (int row = 0; row < values.Length && isNumeric; row++)
        {
            numbers[row] = double.NaN;
            isNumeric = values[row].Length == 0 || double.TryParse(values[row], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[row]);
        }

        return isNumeric && values.Any(value => value.Length > 0)
            ? new TableColumn(name, "", ColumnKind.Numbers) { Numbers = numbers }
            : new TableColumn(name, "", ColumnKind.Texts) { Texts = values };
    }

    private void Add(string file)
    {
        string[] names = [];
        int number = 0;
        foreach (string line in File.ReadLines(file))
        {
            number++;
            string[] cells = line.Split('\t', StringSplitOptions.TrimEntries);
            if (number == 1)
            {
                names = cells;
                _columns.AddRange(names.Skip(1).Where(name => name.Length > 0 && !_columns.Contains(name)));
            }
            else if (line.Trim().Length > 0)
            {
                AddRow(file, number, names, cells);
            }
        }
    }

    private void AddRow(string file, int number, string[] names, string[] cells)
    {
        if (cells.Length != names.Length || !long.TryParse(cells[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long cluster))
        {
            throw new DataFormatException(file, string.Create(CultureInfo.InvariantCulture, $"line {number}"), $"has {cells.Length} columns beginning with '{cells[0]}', expected a cluster's number and {names.Length - 1} values");
        }

        for (int column = 1; column < cells.Length; column++)
        {
            if (cells[column].Length > 0)
            {
                _values.TryAdd((names[column], cluster), cells[column]);
            }
        }
    }

    private string? ValueOf(string column, long cluster) => _values.GetValueOrDefault((column, cluster));
}
