using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Recordings.Nwb;

/// <summary>Finds the time series of a file: in processing modules, in containers inside them, in acquisition and stimulus.</summary>
internal static class NwbSeries
{
    /// <summary>How deep containers may stand in each other; links may go round in circles.</summary>
    private const int MaxDepth = 4;

    /// <summary>All series of numbers.</summary>
    /// <param name="file">The file.</param>
    /// <param name="warnings">Receives a line for each series that is left out.</param>
    public static IReadOnlyList<TimeSeries> ReadAll(Hdf5File file, List<string> warnings)
    {
        var found = new List<TimeSeries>();
        const string Modules = "/processing";
        if (file.Kind(Modules) == Hdf5ObjectKind.Group)
        {
            foreach (string module in file.Keys(Modules))
            {
                Collect(file, $"{Modules}/{module}", "", found, warnings, 0);
            }
        }

        foreach (string group in new[] { "/acquisition", "/stimulus/presentation" })
        {
            Collect(file, group, "", found, warnings, 0);
        }

        return found;
    }

    private static void Collect(Hdf5File file, string group, string prefix, List<TimeSeries> found, List<string> warnings, int depth)
    {
        if (depth > MaxDepth || file.Kind(group) != Hdf5ObjectKind.Group)
        {
            return;
        }

        foreach (string key in file.Keys(group))
        {
            string place = $"{group}/{key}";
            if (file.Kind(place) != Hdf5ObjectKind.Group || NwbRecording.TypeOf(file, place) is null)
            {
                continue;
            }

            if (!IsSeries(file, place))
            {
                Collect(file, place, prefix + key + "_", found, warnings, depth + 1);
            }
            else if (Read(file, place, prefix + key, out string problem) is { } series)
            {
                found.Add(series);
            }
            else
            {
                warnings.Add($"{file.Path}: {place} {problem}; it is left out");
            }
        }
    }

    /// <summary>A series holds data and says when: subtypes of TimeSeries are many, and extensions add their own.</summary>
    private static bool IsSeries(Hdf5File file, string place) =>
        file.HasDataset(place + "/data") && (file.HasDataset(place + "/timestamps") || file.HasDataset(place + "/starting_time"));

    private static TimeSeries? Read(Hdf5File file, string place, string name, out string problem)
    {
        Hdf5Dataset data = file.Dataset(place + "/data");
        problem = data.Shape.Count is 0 or > 2 ? $"has {data.Shape.Count} axes, expected [sample] or [sample, column]"
            : !data.ElementType.IsNumeric ? $"is of type {data.ElementType}, expected numbers"
            : "";
        if (problem.Length > 0)
        {
            return null;
        }

        int width = data.Shape.Count == 2 ? (int)Math.Min(data.Shape[1], int.MaxValue) : 1;
        bool isRegular = !file.HasDataset(place + "/timestamps");
        return new TimeSeries(
            file.Path, place, data.Shape[0], ColumnNames(file, place, name, width),
            (first, count, into) => data.ReadSlice(data.Shape.Count == 2 ? [first, 0] : [first], data.Shape.Count == 2 ? [count, width] : [count], into),
            isRegular ? null : TimesReader(file, place, data.Shape[0]))
        {
            Name = name,
            Unit = file.HasAttribute(data.Name, "unit") ? file.ReadTextAttribute(data.Name, "unit") : "",
            Conversion = file.HasAttribute(data.Name, "conversion") ? file.ReadNumberAttribute(data.Name, "conversion") : 1,
            StartSeconds = isRegular ? file.ReadNumber(place + "/starting_time") : 0,
            RateHz = isRegular ? ReadRate(file, place + "/starting_time") : null,
        };
    }

    private static Action<long, Span<double>> TimesReader(Hdf5File file, string place, long samples)
    {
        Hdf5Dataset times = file.Dataset(place + "/timestamps").RequireRank(1, "[sample]");
        return times.Count == samples
            ? (first, into) => times.ReadSlice<double>([first], [into.Length], into)
            : throw times.Error($"has {times.Count} time stamps, expected {samples}, one per sample");
    }

    private static double ReadRate(Hdf5File file, string place)
    {
        double rate = file.ReadNumberAttribute(place, "rate");
        return rate > 0 && double.IsFinite(rate)
            ? rate
            : throw new DataFormatException(file.Path, place + "@rate", string.Create(CultureInfo.InvariantCulture, $"is {rate}, expected samples per second"));
    }

    /// <summary>Names from "columns=[x,y]" in the comments, as the benchmark's files have them; "0", "1", … otherwise.</summary>
    private static string[] ColumnNames(Hdf5File file, string place, string name, int width)
    {
        string comments = file.HasAttribute(place, "comments") ? file.ReadTextAttribute(place, "comments") : "";
        int open = comments.LastIndexOf('['), close = open < 0 ? -1 : comments.IndexOf(']', open);
        string[] names = close < 0 ? [] : comments[(open + 1)..close].Split(',', StringSplitOptions.TrimEntries);
        return names.Length == width ? names
            : width == 1 ? [name]
            : [.. Enumerable.Range(0, Math.Min(width, 1 << 16)).Select(n => n.ToString(CultureInfo.InvariantCulture))];
    }
}
