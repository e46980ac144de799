using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Nwb;

namespace UnetSpikes.Data.Nwb;

/// <summary>What pynwb's validator and nwbinspector ask of an NWB file, as far as it applies to units, tables and series.</summary>
/// <remarks>
/// Schema: required objects, and type, namespace and id on every typed one. nwbinspector: check_missing_unit, check_regular_timestamps' counterparts,
/// check_timestamps_match_first_dimension, check_data_orientation, check_description, check_session_start_time…, check_unique_identifiers.
/// </remarks>
public static class NwbChecks
{
    private static readonly string[] Required =
        ["/identifier", "/session_description", "/session_start_time", "/timestamps_reference_time", "/file_create_date", "/acquisition", "/analysis", "/general", "/processing", "/stimulus/presentation", "/stimulus/templates"];

    /// <summary>Everything that is wrong with a file, a line each; empty = nothing found.</summary>
    /// <param name="path">An HDF5 file.</param>
    /// <exception cref="DataFormatException">It cannot be read as NWB at all.</exception>
    public static IReadOnlyList<string> Of(string path)
    {
        var problems = new List<string>();
        using (Hdf5File file = Hdf5File.OpenRead(path))
        {
            problems.AddRange(Required.Where(place => file.Kind(place) == Hdf5ObjectKind.Missing).Select(place => place + " is missing"));
            CheckStart(file, problems);
            CheckTypes(file, "/", problems, depth: 0);
        }

        using Recording recording = NwbRecording.Open(path);
        CheckUnits(recording.Units, problems);
        foreach (TimeSeries series in recording.Series)
        {
            CheckSeries(series, problems);
        }

        return problems;
    }

    /// <summary>Insists on a file that is right.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">What to call it.</param>
    /// <exception cref="DataFormatException">Something is wrong; the first thing is named.</exception>
    internal static void Require(string path, string name)
    {
        if (Of(path) is [string first, ..] all)
        {
            throw new DataFormatException(name, "", $"would not be valid NWB: {first}{(all.Count > 1 ? $" (and {all.Count - 1} more)" : "")}");
        }
    }

    private static void CheckStart(Hdf5File file, List<string> problems)
    {
        const string Start = "/session_start_time";
        if (file.HasDataset(Start) && file.Dataset(Start) is { ElementType.Class: Hdf5Class.String, Count: 1 } text
            && !DateTimeOffset.TryParse(text.ReadStrings()[0], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
        {
            problems.Add($"{Start} is no date and time");
        }
    }

    private static void CheckTypes(Hdf5File file, string group, List<string> problems, int depth)
    {
        const int MaxDepth = 6;
        foreach (string key in file.Keys(group))
        {
            string place = (group == "/" ? "" : group) + "/" + key;
            if (file.HasAttribute(place, "neurodata_type"))
            {
                problems.AddRange(((string[])["namespace", "object_id"]).Where(name => !file.HasAttribute(place, name)).Select(name => $"{place}@{name} is missing"));
                bool needsDescription = file.ReadTextAttribute(place, "neurodata_type") is "TimeSeries" or "DynamicTable" or "Units" or "VectorData" or "VectorIndex" or "ProcessingModule" or "DynamicTableRegion";
                if (needsDescription && (!file.HasAttribute(place, "description") || file.ReadTextAttribute(place, "description").Length == 0))
                {
                    problems.Add($"{place}@description is missing or empty");
                }
            }

            if (depth < MaxDepth && file.Kind(place) == Hdf5ObjectKind.Group)
            {
                CheckTypes(file, place, problems, depth + 1);
            }
        }
    }

    private static void CheckUnits(SpikeTrains units, List<string> problems)
    {
        if (units.Ids.Distinct().Count() < units.Count)
        {
            problems.Add("/units/id has an id twice");
        }

        for (int unit = 0; unit < units.Count; unit++)
        {
            if (!IsAscending(units.TimesOf(unit)))
            {
                problems.Add($"/units/spike_times of unit {units.Ids[unit]} go back");
            }
        }
    }

    private static void CheckSeries(TimeSeries series, List<string> problems)
    {
        if (series.Unit.Length == 0)
        {
            problems.Add($"{series.Place}/data@unit is missing");
        }

        if (series.Samples > 0 && series.Samples < series.Columns.Count)
        {
            problems.Add($"{series.Place}/data has more columns than samples: time is its first axis");
        }

        if (series.RateHz is null && !IsAscending(series.Times()))
        {
            problems.Add($"{series.Place}/timestamps go back");
        }
    }

    private static bool IsAscending(double[] times)
    {
        for (int i = 1; i < times.Length; i++)
        {
            if (!(times[i] >= times[i - 1]))
            {
                return false;
            }
        }

        return true;
    }
}
