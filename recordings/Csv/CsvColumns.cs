using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Csv;

/// <summary>Where the unit and the time stand in the lines of a text file.</summary>
/// <param name="Separator">Comma, tab or semicolon.</param>
/// <param name="Unit">The unit's column, from 0.</param>
/// <param name="Time">The time's column.</param>
/// <param name="HasHeader">Whether the first line names columns.</param>
internal sealed record CsvColumns(char Separator, int Unit, int Time, bool HasHeader)
{
    private static readonly string[] UnitNames = ["unit", "cluster", "neuron", "unit_id", "cluster_id", "neuron_id"];
    private static readonly string[] TimeNames = ["time", "time_s", "spike_time", "spike_times", "t"];

    /// <summary>Takes the columns from the first line: by the names in it, otherwise the first is the unit and the second the time.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="line">The file's first line.</param>
    /// <exception cref="DataFormatException">Neither names nor a unit and a time.</exception>
    public static CsvColumns Of(string path, string line)
    {
        char separator = line.Contains('\t') ? '\t' : line.Contains(';') ? ';' : ',';
        string[] cells = [.. line.Split(separator).Select(cell => cell.Trim([.. CsvRecording.Padding]))];
        int unit = Find(cells, UnitNames), time = Find(cells, TimeNames);
        if (unit >= 0 && time >= 0)
        {
            return new CsvColumns(separator, unit, time, HasHeader: true);
        }

        return cells.Length > 1 && double.TryParse(cells[1], NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            ? new CsvColumns(separator, 0, 1, HasHeader: false)
            : throw new DataFormatException(path, "line 1", $"is '{CsvRecording.Short(line)}', expected a unit and a time in seconds, or their names ({string.Join(", ", UnitNames.Take(3))}; {string.Join(", ", TimeNames)})");
    }

    /// <summary>Finds the two cells of a line.</summary>
    /// <returns>False where the line has too few.</returns>
    public bool TryCut(ReadOnlySpan<char> line, out ReadOnlySpan<char> unit, out ReadOnlySpan<char> time)
    {
        unit = time = default;
        int column = 0;
        foreach (Range range in line.Split(Separator))
        {
            if (column == Unit)
            {
                unit = line[range].Trim(CsvRecording.Padding);
            }
            else if (column == Time)
            {
                time = line[range].Trim(CsvRecording.Padding);
            }

            column++;
        }

        return column > Math.Max(Unit, Time) && unit.Length > 0;
    }

    private static int Find(string[] cells, string[] names) => Array.FindIndex(cells, cell => names.Contains(cell, StringComparer.OrdinalIgnoreCase));
}
