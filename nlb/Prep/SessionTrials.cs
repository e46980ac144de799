using UnetSpikes.Core;
using UnetSpikes.Recordings;

namespace UnetSpikes.Nlb.Prep;

/// <summary>The trials of all files of a session in one table; what a file's table lacks is missing (NaN, "").</summary>
/// <remarks>Moments (<c>*_time</c>) are whole nanoseconds on the session's clock, so that comparing them is exact; null = missing.</remarks>
public sealed class SessionTrials
{
    private readonly string _path;
    private readonly IReadOnlyList<(ColumnTable Table, long ShiftMs)> _parts;

    private SessionTrials(string path, IReadOnlyList<(ColumnTable Table, long ShiftMs)> parts)
    {
        _path = path;
        _parts = parts;
        Count = parts.Sum(part => part.Table.Rows);
        Splits = Texts("split");
    }

    /// <summary>Number of trials.</summary>
    public int Count { get; }

    /// <summary>Each trial's split: "train", "val", "test", "none"; "" where the file does not say.</summary>
    public IReadOnlyList<string> Splits { get; }

    /// <summary>The names of all columns.</summary>
    public IEnumerable<string> ColumnNames => _parts.SelectMany(part => part.Table.Columns).Select(column => column.Name).Distinct();

    /// <summary>Joins the tables of a session's files.</summary>
    /// <exception cref="DataFormatException">A file has no table of trials.</exception>
    internal static SessionTrials Of(string path, IReadOnlyList<SessionPart> parts) => new(
        path,
        [.. parts.Select(part => (part.Recording.Trials ?? throw new DataFormatException(part.Recording.Path, "/intervals/trials", "is missing, expected a table of trials"), part.ShiftMs))]);

    /// <summary>A column of moments, in nanoseconds.</summary>
    /// <param name="name">Such as <c>move_onset_time</c>; <c>end_time</c> is NWB's <c>stop_time</c>.</param>
    /// <exception cref="DataFormatException">No file has the column, or it is not one of numbers.</exception>
    public long?[] Moments(string name)
    {
        string stored = name == "end_time" ? "stop_time" : name;
        return [.. Column(stored).SelectMany(part => part.Numbers is { } seconds
            ? seconds.Select(s => double.IsFinite(s) ? Nanoseconds(s) + (part.ShiftMs * 1_000_000) : (long?)null)
            : Enumerable.Repeat<long?>(null, part.Rows))];
    }

    /// <summary>A column of one number a trial.</summary>
    /// <param name="name">Such as <c>trial_type</c>; truth values are 0 and 1.</param>
    /// <returns>NaN where missing.</returns>
    /// <exception cref="DataFormatException">No file has the column, or it is not one of numbers.</exception>
    public double[] Numbers(string name) =>
        [.. Column(name).SelectMany(part => part.Numbers ?? Enumerable.Repeat(double.NaN, part.Rows))];

    private string[] Texts(string name) =>
        [.. _parts.SelectMany(part => part.Table.Find(name) is null ? Enumerable.Repeat("", part.Table.Rows) : part.Table.Texts(name))];

    private IEnumerable<(IEnumerable<double>? Numbers, int Rows, long ShiftMs)> Column(string name)
    {
        if (!_parts.Any(part => part.Table.Find(name) is not null))
        {
            throw new DataFormatException(_path, "/intervals/trials/" + name, $"is missing, expected one of {string.Join(", ", ColumnNames)}");
        }

        foreach ((ColumnTable table, long shift) in _parts)
        {
            yield return (table.Find(name) is null ? null : table.Numbers(name), table.Rows, shift);
        }
    }

    /// <summary>Seconds to nanoseconds as pandas has it: whole seconds apart, the rest rounded to nine decimals, then cut.</summary>
    private static long Nanoseconds(double seconds)
    {
        var whole = (long)seconds;
        return (whole * 1_000_000_000) + (long)(Math.Round(seconds - whole, 9) * 1e9);
    }
}
