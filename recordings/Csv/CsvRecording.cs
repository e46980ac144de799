using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Csv;

/// <summary>Reads a text file with a unit and a time in seconds a line, in any order.</summary>
public static class CsvRecording
{
    /// <summary>What may stand around a cell.</summary>
    internal const string Padding = " \"'\r";

    /// <summary>No line of a unit and a time is longer; a file that is one endless line is not read into memory.</summary>
    private const int MaxLine = 4096;

    /// <summary>Opens a file; its spikes are read at once.</summary>
    /// <param name="path">Comma, tab or semicolon between columns; empty lines and lines that begin with # are passed over.</param>
    /// <exception cref="DataFormatException">A line is no unit and no time; the message has its number.</exception>
    public static Recording Open(string path)
    {
        if (!File.Exists(path))
        {
            throw new DataFormatException(path, "", "no such file");
        }

        var units = new Dictionary<string, int>();
        var counts = new List<long>();
        var spikes = new List<(int Unit, double Seconds)>();
        Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> known = units.GetAlternateLookup<ReadOnlySpan<char>>();
        CsvColumns? columns = null;
        foreach ((int number, ReadOnlyMemory<char> line) in Lines(path))
        {
            if (columns is null)
            {
                columns = CsvColumns.Of(path, line.ToString());
                if (columns.HasHeader)
                {
                    continue;
                }
            }

            (ReadOnlyMemory<char> name, double seconds) = Parse(path, number, line, columns);
            if (!known.TryGetValue(name.Span, out int unit))
            {
                unit = units[name.ToString()] = counts.Count;
                counts.Add(0);
            }

            counts[unit]++;
            spikes.Add((unit, seconds));
        }

        return Group(path, units, counts, spikes);
    }

    /// <summary>The beginning of a line, for messages.</summary>
    internal static string Short(ReadOnlySpan<char> line) => line.Length > 40 ? $"{line[..40]}…" : line.ToString();

    private static Recording Group(string path, Dictionary<string, int> units, List<long> counts, List<(int Unit, double Seconds)> spikes)
    {
        // Units in the order of their numbers, then of their names: rows come in the order of time, or none.
        string[] ids = [.. units.Keys.OrderBy(id => long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long n) ? n : long.MaxValue).ThenBy(id => id, StringComparer.Ordinal)];
        var place = new int[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            place[units[ids[i]]] = i;
        }

        var grouping = new SpikeGrouping(ids, [.. ids.Select(id => counts[units[id]])]);
        foreach ((int unit, double seconds) in spikes)
        {
            grouping.Add(place[unit], seconds);
        }

        return new Recording(path, "text", grouping.ToTrains());
    }

    private static (ReadOnlyMemory<char> Unit, double Seconds) Parse(string path, int number, ReadOnlyMemory<char> line, CsvColumns columns)
    {
        bool isCut = columns.TryCut(line.Span, out ReadOnlySpan<char> unit, out ReadOnlySpan<char> time);
        if (!isCut || !double.TryParse(time, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) || !double.IsFinite(seconds))
        {
            throw new DataFormatException(path, Place(number), $"is '{Short(line.Span)}', expected a unit and a time in seconds");
        }

        line.Span.Overlaps(unit, out int offset);
        return (line.Slice(offset, unit.Length), seconds);
    }

    private static IEnumerable<(int Number, ReadOnlyMemory<char> Line)> Lines(string path)
    {
        using var reader = new StreamReader(path);
        var buffer = new char[2 * MaxLine];
        (int number, int from, int filled) = (0, 0, 0);
        while (true)
        {
            int length = buffer.AsSpan(from, filled - from).IndexOf('\n');
            if (length < 0)
            {
                buffer.AsSpan(from, filled - from).CopyTo(buffer);
                (filled, from) = (filled - from, 0);
                int got = filled > MaxLine ? -1 : reader.Read(buffer, filled, buffer.Length - filled);
                if (got > 0)
                {
                    filled += got;
                    continue;
                }

                if (got < 0)
                {
                    throw new DataFormatException(path, Place(number + 1), $"is longer than {MaxLine} characters, expected a unit and a time");
                }

                length = filled; // the last line, without an end
            }

            number++;
            ReadOnlyMemory<char> line = buffer.AsMemory(from, length).Trim(Padding);
            if (line.Length > 0 && line.Span[0] != '#')
            {
                yield return (number, line);
            }

            from += length + 1;
            if (from > filled)
            {
                yield break;
            }
        }
    }

    private static string Place(int number) => string.Create(CultureInfo.InvariantCulture, $"line {number}");
}
