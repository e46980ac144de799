using System.Runtime.InteropServices;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <content>Rows of variable length (H5T_VLEN), as h5py writes a list of integer lists.</content>
public sealed partial class Hdf5Dataset
{
    private const int RaggedClass = 9; // H5T_VLEN of H5T_class_t
    private const int IntegerClass = 0;

    /// <summary>Reads rows of whole numbers: a 1-D dataset of variable-length integers, or a plain 2-D one, whose rows are equally long.</summary>
    /// <returns>[row][element]; rows may be empty. Values that do not fit 32 bits are clamped (HDF5's rule).</returns>
    /// <exception cref="DataFormatException">It is neither, the data is damaged, or its claimed size is beyond belief.</exception>
    public int[][] ReadRaggedIntegers()
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id type = Hdf5Error.CheckRead(H5D.GetElementType(_id), _file.Path, Name, "has no type");
        if (H5T.GetClass(type) == RaggedClass && _shape.Length == 1)
        {
            using H5Id element = Hdf5Error.CheckRead(H5T.GetElement(type), _file.Path, Name, "has no element type");
            if (H5T.GetClass(element) == IntegerClass)
            {
                return ReadRagged();
            }
        }
        else if (ElementType.Class == Hdf5Class.Integer && _shape.Length == 2)
        {
            int[] values = Read<int>();
            int width = (int)_shape[1];
            return [.. Enumerable.Range(0, (int)_shape[0]).Select(row => values[(row * width)..((row + 1) * width)])];
        }

        throw Error($"has shape {ShapeText} of type {ElementType}, expected rows of integers (variable-length, or a 2-D array)");
    }

    private unsafe int[][] ReadRagged()
    {
        RequireBelievable(sizeof(RaggedRow));
        var rows = new RaggedRow[Count];
        using H5Id memory = H5T.CreateRagged(Hdf5Type.InMemory<int>());
        using H5Id space = Hdf5Error.CheckRead(H5D.GetSpace(_id), _file.Path, Name, "has no shape");
        RequireBelievableRows(memory, space);
        fixed (RaggedRow* first = rows)
        {
            try
            {
                Hdf5Error.CheckRead(H5D.Read(_id, memory, 0, 0, 0, (nint)first), _file.Path, Name, "cannot be read, the file may be damaged or cut short");
                return [.. rows.Select(row => row.ToArray())];
            }
            finally
            {
                _ = H5D.FreeRagged(memory, space, 0, (nint)first);
            }
        }
    }

    /// <summary>Rows lie uncompressed in the file (its global heap), at one byte per number or more: in memory they are at most four times as large.</summary>
    private void RequireBelievableRows(H5Id memory, H5Id space)
    {
        if (Count == 0)
        {
            return;
        }

        Hdf5Error.CheckRead(H5D.GetRaggedSize(_id, memory, space, out ulong bytes), _file.Path, Name, "cannot be read, the file may be damaged or cut short");
        long stored = new FileInfo(_file.Path).Length;
        if (bytes > (ulong)stored * sizeof(int))
        {
            throw Error($"claims rows of {bytes} bytes together, impossible in a file of {stored} bytes");
        }
    }

    /// <summary>hvl_t: one row.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct RaggedRow(nuint length, nint values)
    {
        private readonly nuint _length = length;
        private readonly nint _values = values;

        public unsafe int[] ToArray() => _values == 0 ? [] : new ReadOnlySpan<int>((void*)_values, checked((int)_length)).ToArray();
    }
}
