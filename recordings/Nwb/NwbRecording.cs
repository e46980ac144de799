using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Recordings.Nwb;

/// <summary>Reads Neurodata Without Borders files, NWB 2.0 to 2.8, whoever wrote them.</summary>
/// <remarks>Objects are chosen by <c>neurodata_type</c>, not by name, as the standard asks; what is not understood is left alone.</remarks>
public static class NwbRecording
{
    private const string TypeAttribute = "neurodata_type";

    /// <summary>Whether an HDF5 file says that it is NWB.</summary>
    /// <param name="file">An open file.</param>
    public static bool IsNwb(Hdf5File file) => file.HasAttribute("/", "nwb_version") || TypeOf(file, "/") == "NWBFile";

    /// <summary>Opens a recording; spike times and series are read when asked for.</summary>
    /// <param name="path">An NWB file.</param>
    /// <exception cref="DataFormatException">Not NWB 2, or an object of it is not what its type demands.</exception>
    public static Recording Open(string path)
    {
        Hdf5File file = Hdf5File.OpenRead(path);
        try
        {
            return Open(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>An object's type in NWB's schema; null where it has none.</summary>
    internal static string? TypeOf(Hdf5File file, string place) =>
        file.HasAttribute(place, TypeAttribute) ? file.ReadTextAttribute(place, TypeAttribute) : null;

    private static Recording Open(Hdf5File file)
    {
        string version = file.HasAttribute("/", "nwb_version")
            ? file.ReadTextAttribute("/", "nwb_version")
            : throw new DataFormatException(file.Path, "/@nwb_version", "is missing, expected an NWB 2 file");
        string number = version.StartsWith("NWB-", StringComparison.OrdinalIgnoreCase) ? version[4..] : version;
        if (!number.StartsWith("2.", StringComparison.Ordinal))
        {
            throw new DataFormatException(file.Path, "/@nwb_version", $"is {version}, expected NWB 2 (older files convert with nwb_schema's tools)");
        }

        var warnings = new List<string>();
        return new Recording(file.Path, "NWB " + number, NwbUnits.Read(file), file)
        {
            Intervals = ReadIntervals(file),
            Series = NwbSeries.ReadAll(file, warnings),
            Warnings = warnings,
        };
    }

    private static List<ColumnTable> ReadIntervals(Hdf5File file)
    {
        const string Group = "/intervals";
        var tables = new List<ColumnTable>();
        if (file.Kind(Group) == Hdf5ObjectKind.Group)
        {
            foreach (string key in file.Keys(Group))
            {
                string place = $"{Group}/{key}";
                if (file.Kind(place) == Hdf5ObjectKind.Group && file.HasAttribute(place, "colnames"))
                {
                    tables.Add(NwbTable.Read(file, place, skip: []));
                }
            }
        }

        return [.. tables.OrderByDescending(table => table.Name == "trials")];
    }
}
