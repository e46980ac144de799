using System.Runtime.InteropServices;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <summary>Elements that are lists of integers of any length (HDF5's variable-length type; h5py's <c>vlen_dtype(int32)</c>).</summary>
internal static class Hdf5Ragged
{
    /// <summary>Reads all lists.</summary>
    /// <exception cref="DataFormatException">The elements are no such lists, or the data is damaged.</exception>
    public static unsafe int[][] Read(H5Id dataset, int count, string path, string place)
    {
        using H5Id stored = Hdf5Error.CheckRead(H5D.GetElementType(dataset), path, place, "has no type");
        if (Hdf5Type.Of(stored).Class != Hdf5Class.Ragged)
        {
            throw new DataFormatException(path, place, $"is of type {Hdf5Type.Of(stored)}, expected lists of integers");
        }

        using H5Id memory = H5T.CreateRagged(H5T.Predefined("H5T_NATIVE_INT32_g"));
        using H5Id space = Hdf5Error.CheckRead(H5D.GetSpace(dataset), path, place, "has no shape");
        var lists = new H5T.RaggedElement[count];
        fixed (H5T.RaggedElement* first = lists)
        {
            Hdf5Error.CheckRead(H5D.Read(dataset, memory, 0, 0, 0, (nint)first), path, place, "cannot be read, the file may be damaged or cut short");
            try
            {
                return [.. lists.Select(list => MemoryMarshal.CreateReadOnlySpan(ref *(int*)list.Values, checked((int)list.Length)).ToArray())];
            }
            finally
            {
                _ = H5D.ReclaimRagged(memory, space, 0, (nint)first);
            }
        }
    }
}
