using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5.Reading;

/// <content>Datasets: described, and read as numbers, texts or references.</content>
internal sealed partial class LocalFile
{
    private const string Unreadable = "cannot be read, the file may be damaged or cut short";

    /// <inheritdoc/>
    public DatasetDescription Describe(string path)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        H5Id id = Dataset(path);
        using H5Id type = Hdf5Error.CheckRead(H5D.GetElementType(id), Path, path, "has no type");
        using H5Id space = Hdf5Error.CheckRead(H5D.GetSpace(id), Path, path, "has no shape");
        using H5Id storage = Hdf5Error.CheckRead(H5D.GetCreateProperties(id), Path, path, "has no storage properties");
        long[] shape = Hdf5Shape.Of(space, Path, path);
        return new DatasetDescription(Hdf5Type.Of(type), shape, Chunk(storage, shape.Length, path), H5P.GetFilterCount(storage) > 0);
    }

    /// <inheritdoc/>
    public unsafe void ReadNumbers(string path, ReadOnlySpan<long> start, ReadOnlySpan<long> count, MemoryType memory, Span<byte> destination)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        H5Id id = Dataset(path);
        using H5Id file = Select(id, path, start, count);
        using H5Id space = Hdf5Shape.ToSpace(count, canGrow: false);
        fixed (byte* first = destination)
        {
            Hdf5Error.CheckRead(H5D.Read(id, memory.ToNative(), space, file, 0, (nint)first), Path, path, Unreadable);
        }
    }

    /// <inheritdoc/>
    public string[] ReadTexts(string path)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        H5Id id = Dataset(path);
        using H5Id type = Hdf5Error.CheckRead(H5D.GetElementType(id), Path, path, "has no type");
        return Hdf5Text.Read(type, ElementCount(id, path), Path, path, (memory, buffer) => H5D.Read(id, memory, 0, 0, 0, buffer));
    }

    /// <inheritdoc/>
    public string[] ReadReferences(string path)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        H5Id id = Dataset(path);
        using H5Id type = Hdf5Error.CheckRead(H5D.GetElementType(id), Path, path, "has no type");
        return References(type, ElementCount(id, path), path, (memory, buffer) => H5D.Read(id, memory, 0, 0, 0, buffer));
    }

    /// <inheritdoc/>
    public int[][] ReadRagged(string path)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        H5Id id = Dataset(path);
        return Hdf5Ragged.Read(id, ElementCount(id, path), Path, path);
    }

    /// <summary>Selects a box of a dataset.</summary>
    /// <returns>A dataspace for H5Dread or H5Dwrite.</returns>
    public H5Id Select(H5Id dataset, string path, ReadOnlySpan<long> start, ReadOnlySpan<long> count)
    {
        H5Id space = Hdf5Error.CheckRead(H5D.GetSpace(dataset), Path, path, "has no shape");
        if (start.Length == 0)
        {
            return space;
        }

        const int Set = 0; // H5S_SELECT_SET
        int status = H5S.SelectBox(space, Set, Hdf5Shape.ToNative(start), default, Hdf5Shape.ToNative(count), default);
        if (status < 0)
        {
            space.Dispose();
        }

        Hdf5Error.CheckRead(status, Path, path, "does not hold the box asked for");
        return space;
    }

    /// <summary>A dataset's id; this file keeps it.</summary>
    /// <exception cref="DataFormatException">There is none, or it is damaged.</exception>
    public H5Id Dataset(string path)
    {
        if (_datasets.TryGetValue(path, out H5Id? known))
        {
            return known;
        }

        if (!LinkExists(path))
        {
            throw new DataFormatException(Path, path, "is missing, expected a dataset");
        }

        H5Id id = Hdf5Error.CheckRead(H5L.OpenObject(Id, path, 0), Path, path, "cannot be opened, it may be damaged");
        if (H5I.GetKind(id) != H5I.Dataset)
        {
            id.Dispose();
            throw new DataFormatException(Path, path, "is not a dataset");
        }

        return _datasets[path] = id;
    }

    /// <summary>Takes over a dataset that was just created.</summary>
    public void Keep(string path, H5Id dataset) => _datasets[path] = dataset;

    private int ElementCount(H5Id dataset, string path)
    {
        using H5Id space = Hdf5Error.CheckRead(H5D.GetSpace(dataset), Path, path, "has no shape");
        return (int)Math.Min(int.MaxValue, Hdf5Shape.Of(space, Path, path).Aggregate(1L, (product, n) => product * n));
    }

    private long[]? Chunk(H5Id storage, int rank, string path)
    {
        if (H5P.GetLayout(storage) != H5P.Chunked)
        {
            return null;
        }

        var sizes = new ulong[rank];
        Hdf5Error.CheckRead(H5P.GetChunk(storage, sizes.Length, sizes), Path, path, "has no chunk shape");
        return [.. sizes.Select(n => (long)n)];
    }
}
