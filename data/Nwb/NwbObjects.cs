using System.Security.Cryptography;
using System.Text;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data.Nwb;

/// <summary>Writes the objects of an NWB file with the attributes its schema asks of every one.</summary>
internal sealed class NwbObjects(Hdf5File file, string identifier)
{
    /// <summary>The schema written: the oldest that has all that is used here, so that old readers take it.</summary>
    public const string Version = "2.5.0";

    /// <summary>The file.</summary>
    public Hdf5File File => file;

    /// <summary>Makes a group of a type.</summary>
    public void Group(string place, string type, string? description = null)
    {
        file.CreateGroup(place);
        Describe(place, type, description);
    }

    /// <summary>Gives an object its type, and an id that is the same whenever the file is made of the same things.</summary>
    public void Describe(string place, string type, string? description = null)
    {
        file.WriteTextAttribute(place, "namespace", type is "DynamicTable" or "VectorData" or "VectorIndex" or "ElementIdentifiers" or "DynamicTableRegion" ? "hdmf-common" : "core");
        file.WriteTextAttribute(place, "neurodata_type", type);
        file.WriteTextAttribute(place, "object_id", new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(identifier + place)).AsSpan(0, 16)).ToString());
        if (description is not null)
        {
            file.WriteTextAttribute(place, "description", description);
        }
    }

    /// <summary>Begins a regular series: everything but its samples, which the caller writes.</summary>
    /// <returns>The samples' dataset, [sample, column] of float32.</returns>
    public Hdf5Dataset Series(string place, int samples, int columns, double samplesPerSecond, string unit, string description, string comments)
    {
        Group(place, "TimeSeries", description);
        file.WriteTextAttribute(place, "comments", comments);
        Hdf5Dataset data = file.CreateDataset(place + "/data", Hdf5Type.Single, [samples, columns], Hdf5Storage.Compressed([samples, columns], sizeof(float), gzipLevel: 1));
        file.WriteAttribute(data.Name, "conversion", 1.0);
        file.WriteAttribute(data.Name, "offset", 0.0);
        file.WriteAttribute(data.Name, "resolution", -1.0);
        file.WriteTextAttribute(data.Name, "unit", unit);
        file.WriteNumber(place + "/starting_time", 0.0);
        file.WriteAttribute(place + "/starting_time", "rate", samplesPerSecond);
        file.WriteTextAttribute(place + "/starting_time", "unit", "seconds");
        return data;
    }

    /// <summary>Makes a table without its columns.</summary>
    public void Table(string place, string type, string description, IReadOnlyList<string> columns, ReadOnlySpan<long> ids)
    {
        Group(place, type, description);
        file.WriteTextsAttribute(place, "colnames", columns);
        file.Write<long>(place + "/id", [ids.Length], ids);
        Describe(place + "/id", "ElementIdentifiers");
    }

    /// <summary>Writes where each row of a column of lists ends.</summary>
    public void Index(string column, ReadOnlySpan<long> ends)
    {
        string place = column + "_index";
        file.Write<long>(place, [ends.Length], ends);
        Describe(place, "VectorIndex", "Index for VectorData '" + column[(column.LastIndexOf('/') + 1)..] + "'");
        file.WriteReferenceAttribute(place, "target", column);
    }
}
