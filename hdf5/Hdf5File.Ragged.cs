using UnetSpikes.Hdf5.Native;
using UnetSpikes.Hdf5.Reading;

namespace UnetSpikes.Hdf5;

/// <content>What h5py has and plain numbers do not: rows of variable length, and booleans.</content>
public sealed partial class Hdf5File
{
    /// <summary>Creates a 1-D dataset of variable-length int32, as h5py writes a list of integer lists.</summary>
    /// <param name="path">Such as <c>/mc_maze/eval_cond_idx</c>.</param>
    /// <param name="rows">Rows of any length, also empty ones.</param>
    /// <param name="storage">Chunks, compression (of lengths and addresses only; the numbers lie elsewhere); null = one plain block.</param>
    /// <exception cref="IOException">It exists, or the disk refuses.</exception>
    public unsafe void WriteRaggedIntegers(string path, IReadOnlyList<int[]> rows, Hdf5Storage? storage = null)
    {
        int[] values = [.. rows.SelectMany(row => row)];
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id type = H5T.CreateRagged(Hdf5Type.Int32.ToNative());
        using H5Id memory = H5T.CreateRagged(MemoryType.Int32.ToNative());
        Hdf5Dataset dataset = CreateDataset(path, type, [rows.Count], (storage ?? Hdf5Storage.Contiguous) with { IsShuffled = false });
        fixed (int* first = values)
        {
            var list = new Hdf5Ragged.Row[rows.Count];
            int* next = first;
            for (int row = 0; row < list.Length; row++)
            {
                list[row] = new Hdf5Ragged.Row((nuint)rows[row].Length, (nint)next);
                next += rows[row].Length;
            }

            fixed (Hdf5Ragged.Row* buffer = list)
            {
                dataset.WriteRaw(memory, (nint)buffer);
            }
        }
    }

    /// <summary>Creates a dataset of booleans as h5py does: an enumeration of FALSE 0 and TRUE 1 on int8.</summary>
    /// <param name="path">Such as <c>/area2_bump/eval_decode_mask</c>.</param>
    /// <param name="shape">Sizes of the axes; empty for a scalar.</param>
    /// <param name="values">Row-major.</param>
    /// <param name="storage">Chunks, compression; null = one plain block.</param>
    /// <exception cref="ArgumentException">The number of values is not the shape's.</exception>
    /// <exception cref="IOException">It exists, or the disk refuses.</exception>
    public unsafe void WriteBooleans(string path, ReadOnlySpan<long> shape, ReadOnlySpan<bool> values, Hdf5Storage? storage = null)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id type = H5T.CreateEnumeration(H5T.Predefined("H5T_STD_I8LE_g"));
        Hdf5Error.CheckWrite(H5T.AddName(type, "FALSE", 0), Path, path, "cannot be created");
        Hdf5Error.CheckWrite(H5T.AddName(type, "TRUE", 1), Path, path, "cannot be created");
        Hdf5Dataset dataset = CreateDataset(path, type, shape, storage ?? Hdf5Storage.Contiguous);
        if (values.Length != dataset.Count)
        {
            throw new ArgumentException($"{values.Length} values for {path} of shape {dataset.ShapeText}", nameof(values));
        }

        // A bool is one byte, 0 or 1: what the type says.
        fixed (bool* first = values)
        {
            dataset.WriteRaw(type, (nint)first);
        }
    }
}
