using System.Text;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <content>Creating groups and datasets. Times are not recorded, so the same content gives the same bytes.</content>
public sealed partial class Hdf5File
{
    /// <summary>Creates a group, and its parents where they are missing.</summary>
    /// <param name="path">Such as <c>/mc_maze</c>.</param>
    /// <exception cref="IOException">It exists, or the disk refuses.</exception>
    public void CreateGroup(string path)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id links = MissingParents();
        using H5Id group = Hdf5Error.CheckWrite(H5G.Create(Created.Id, path, links, 0, 0), Path, path, "cannot be created");
    }

    /// <summary>Creates a dataset, and the groups above it where they are missing.</summary>
    /// <param name="path">Such as <c>/train_data</c>.</param>
    /// <param name="type">How elements are stored.</param>
    /// <param name="shape">Sizes of the axes; empty for a scalar. Sizes may be 0.</param>
    /// <param name="storage">Chunks, compression, growth; null = one plain block.</param>
    /// <exception cref="IOException">It exists, or the disk refuses.</exception>
    public Hdf5Dataset CreateDataset(string path, Hdf5Type type, ReadOnlySpan<long> shape, Hdf5Storage? storage = null)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        return CreateDataset(path, type.ToNative(), shape, storage ?? Hdf5Storage.Contiguous);
    }

    /// <summary>Creates a dataset of numbers and fills it.</summary>
    /// <typeparam name="T">float, double, long, int or byte; also how elements are stored.</typeparam>
    /// <param name="path">Such as <c>/train_inds</c>.</param>
    /// <param name="shape">Sizes of the axes; empty for a scalar.</param>
    /// <param name="values">Row-major.</param>
    /// <param name="storage">Chunks, compression; null = one plain block.</param>
    /// <exception cref="ArgumentException">The number of values is not the shape's.</exception>
    /// <exception cref="IOException">It exists, or the disk refuses.</exception>
    public void Write<T>(string path, ReadOnlySpan<long> shape, ReadOnlySpan<T> values, Hdf5Storage? storage = null)
        where T : unmanaged => CreateDataset(path, TypeOf<T>(), shape, storage).Write(values);

    /// <summary>Creates a dataset of one number (0-d, as h5py writes a Python float).</summary>
    /// <typeparam name="T">float, double, long, int or byte.</typeparam>
    /// <param name="path">Such as <c>/dt</c>.</param>
    /// <param name="value">The number.</param>
    public void WriteNumber<T>(string path, T value)
        where T : unmanaged => Write<T>(path, [], [value]);

    /// <summary>Creates a dataset of texts, UTF-8 of fixed length padded with zeros.</summary>
    /// <param name="path">Such as <c>/unit_ids</c>.</param>
    /// <param name="values">May be empty.</param>
    public unsafe void WriteStrings(string path, IReadOnlyList<string> values)
    {
        byte[][] texts = [.. values.Select(Encoding.UTF8.GetBytes)];
        int width = texts.Length == 0 ? 1 : Math.Max(1, texts.Max(t => t.Length));
        var bytes = new byte[width * texts.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i].CopyTo(bytes, i * width);
        }

        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id type = Hdf5Text.FixedLength(width);
        Hdf5Dataset dataset = CreateDataset(path, type, [values.Count], Hdf5Storage.Contiguous);
        fixed (byte* first = bytes)
        {
            dataset.WriteRaw(type, (nint)first);
        }
    }

    private static Hdf5Type TypeOf<T>() =>
        typeof(T) == typeof(float) ? Hdf5Type.Single
        : typeof(T) == typeof(double) ? Hdf5Type.Double
        : typeof(T) == typeof(long) ? Hdf5Type.Int64
        : typeof(T) == typeof(int) ? Hdf5Type.Int32
        : typeof(T) == typeof(byte) ? Hdf5Type.Byte
        : throw new NotSupportedException($"datasets of {typeof(T).Name} are not written");

    private Hdf5Dataset CreateDataset(string path, H5Id type, ReadOnlySpan<long> shape, Hdf5Storage storage)
    {
        using H5Id links = MissingParents();
        using H5Id properties = H5P.Create(H5T.Predefined("H5P_CLS_DATASET_CREATE_ID_g"));
        _ = H5P.SetTrackTimes(properties, 0);
        if (storage.Chunk is { } chunk)
        {
            ulong[] sizes = [.. chunk.Select(n => (ulong)n)];
            Hdf5Error.CheckWrite(H5P.SetChunk(properties, sizes.Length, sizes), Path, path, "cannot have such chunks");
            if (storage.GzipLevel > 0)
            {
                _ = storage.IsShuffled ? H5P.SetShuffle(properties) : 0;
                Hdf5Error.CheckWrite(H5P.SetGzip(properties, (uint)storage.GzipLevel), Path, path, "cannot be compressed");
            }
        }

        using H5Id space = Hdf5Shape.ToSpace(shape, storage.CanGrow);
        H5Id id = Hdf5Error.CheckWrite(H5D.Create(Created.Id, path, type, space, links, properties, 0), Path, path, "cannot be created");
        Created.Keep(path, id);
        return Dataset(path);
    }

    private static H5Id MissingParents()
    {
        H5Id links = H5P.Create(H5T.Predefined("H5P_CLS_LINK_CREATE_ID_g"));
        _ = H5P.SetCreateParents(links, 1);
        return links;
    }
}
