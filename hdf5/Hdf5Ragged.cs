using System.Runtime.InteropServices;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;
using UnetSpikes.Hdf5.Reading;

namespace UnetSpikes.Hdf5;

/// <summary>Rows of whole numbers of variable length (H5T_VLEN), as h5py writes a list of integer lists.</summary>
internal static class Hdf5Ragged
{
    private const int IntegerClass = 0; // of H5T_class_t

    /// <summary>Reads all rows.</summary>
    /// <returns>[row][element]; rows may be empty. Values that do not fit 32 bits are clamped (HDF5's rule).</returns>
    /// <exception cref="DataFormatException">The elements are no integers, the data is damaged, or its claimed size is beyond belief.</exception>
    public static unsafe int[][] Read(H5Id dataset, int count, string path, string place)
    {
        using H5Id stored = Hdf5Error.CheckRead(H5D.GetElementType(dataset), path, place, "has no type");
        using H5Id element = Hdf5Error.CheckRead(H5T.GetElement(stored), path, place, "has no element type");
        if (H5T.GetClass(element) != IntegerClass)
        {
            throw new DataFormatException(path, place, "has rows of something else, expected rows of integers");
        }

        using H5Id memory = H5T.CreateRagged(MemoryType.Int32.ToNative());
        using H5Id space = Hdf5Error.CheckRead(H5D.GetSpace(dataset), path, place, "has no shape");
        RequireBelievable(dataset, memory, space, path, place);
        var rows = new Row[count];
        fixed (Row* first = rows)
        {
            try
            {
                Hdf5Error.CheckRead(H5D.Read(dataset, memory, 0, 0, 0, (nint)first), path, place, "cannot be read, the file may be damaged or cut short");
                return [.. rows.Select(row => row.ToArray())];
            }
            finally
            {
                _ = H5D.FreeRagged(memory, space, 0, (nint)first);
            }
        }
    }

    /// <summary>Rows lie uncompressed in the file (its global heap), at one byte per number or more: in memory they are at most four times as large.</summary>
    private static void RequireBelievable(H5Id dataset, H5Id memory, H5Id space, string path, string place)
    {
        Hdf5Error.CheckRead(H5D.GetRaggedSize(dataset, memory, space, out ulong bytes), path, place, "cannot be read, the file may be damaged or cut short");
        long stored = new FileInfo(path).Length;
        if (bytes > (ulong)stored * sizeof(int))
        {
            throw new DataFormatException(path, place, $"claims rows of {bytes} bytes together, impossible in a file of {stored} bytes");
        }
    }

    /// <summary>hvl_t: one row in memory.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct Row(nuint length, nint values)
    {
        private readonly nuint _length = length;
        private readonly nint _values = values;

        public unsafe int[] ToArray() => _values == 0 ? [] : new ReadOnlySpan<int>((void*)_values, checked((int)_length)).ToArray();
    }
}
