using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <summary>Turns a failed HDF5 call into one line with the library's innermost reason.</summary>
internal static class Hdf5Error
{
    /// <summary>Passes a good status on; a negative one while reading is a file that is not what it should be.</summary>
    public static void CheckRead(long status, string path, string place, string problem)
    {
        if (status < 0)
        {
            throw Reading(path, place, problem);
        }
    }

    /// <summary>Passes a good id on; see <see cref="CheckRead(long, string, string, string)"/>.</summary>
    public static H5Id CheckRead(H5Id id, string path, string place, string problem)
    {
        if (!id.IsInvalid)
        {
            return id;
        }

        DataFormatException error = Reading(path, place, problem);
        id.Dispose();
        throw error;
    }

    /// <summary>Passes a good status on; a negative one while writing is a disk or folder that refuses.</summary>
    public static void CheckWrite(long status, string path, string place, string problem)
    {
        if (status < 0)
        {
            throw Writing(path, place, problem);
        }
    }

    /// <summary>Passes a good id on; see <see cref="CheckWrite(long, string, string, string)"/>.</summary>
    public static H5Id CheckWrite(H5Id id, string path, string place, string problem)
    {
        if (!id.IsInvalid)
        {
            return id;
        }

        IOException error = Writing(path, place, problem);
        id.Dispose();
        throw error;
    }

    private static DataFormatException Reading(string path, string place, string problem) => new(path, place, WithReason(problem));

    private static IOException Writing(string path, string place, string problem) =>
        new($"{path}: {place} {WithReason(problem)}");

    private static string WithReason(string problem) =>
        H5E.DeepestMessage() is { Length: > 0 } reason ? $"{problem} (HDF5: {reason})" : problem;
}
