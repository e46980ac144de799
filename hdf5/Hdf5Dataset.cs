using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <summary>A dataset of an open file: an array of any rank, read and written whole or by boxes. It ends with its file.</summary>
public sealed partial class Hdf5Dataset
{
    private readonly Hdf5File _file;
    private readonly H5Id _id;
    private long[] _shape;

    private Hdf5Dataset(Hdf5File file, string name, H5Id id, Hdf5Type type, long[] shape)
    {
        _file = file;
        _id = id;
        _shape = shape;
        Name = name;
        ElementType = type;
    }

    /// <summary>The dataset's path in the file, such as <c>/train_data</c>.</summary>
    public string Name { get; }

    /// <summary>The elements' type as stored.</summary>
    public Hdf5Type ElementType { get; }

    /// <summary>Sizes of the axes; empty for a scalar. Sizes may be 0.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>"(1248, 50, 29)", as numpy writes it.</summary>
    public string ShapeText => "(" + string.Join(", ", _shape.Select(n => n.ToString(CultureInfo.InvariantCulture)))
        + (_shape.Length == 1 ? ",)" : ")");

    /// <summary>Number of elements: the product of the shape, 1 for a scalar.</summary>
    public long Count => _shape.Aggregate(1L, (product, n) => product * n);

    /// <summary>The shape of a chunk; null for a dataset stored in one piece.</summary>
    public IReadOnlyList<long>? Chunk
    {
        get
        {
            using Lock.Scope gate = Hdf5Library.Enter();
            using H5Id list = Hdf5Error.CheckRead(H5D.GetCreateProperties(_id), _file.Path, Name, "has no storage properties");
            if (H5P.GetLayout(list) != H5P.Chunked)
            {
                return null;
            }

            var sizes = new ulong[_shape.Length];
            Hdf5Error.CheckRead(H5P.GetChunk(list, sizes.Length, sizes), _file.Path, Name, "has no chunk shape");
            return [.. sizes.Select(n => (long)n)];
        }
    }

    /// <summary>Whether the elements pass through filters, such as gzip, on their way.</summary>
    public bool IsFiltered
    {
        get
        {
            using Lock.Scope gate = Hdf5Library.Enter();
            using H5Id list = Hdf5Error.CheckRead(H5D.GetCreateProperties(_id), _file.Path, Name, "has no storage properties");
            return H5P.GetFilterCount(list) > 0;
        }
    }

    /// <summary>Insists on a rank.</summary>
    /// <param name="rank">Number of axes.</param>
    /// <param name="axes">What they mean, for the message: "[trial, bin, unit]".</param>
    /// <returns>This dataset.</returns>
    /// <exception cref="DataFormatException">It has another rank.</exception>
    public Hdf5Dataset RequireRank(int rank, string axes) => _shape.Length == rank
        ? this
        : throw Error($"has {_shape.Length} {(_shape.Length == 1 ? "axis" : "axes")}, expected {rank} {axes}");

    /// <summary>An error about this dataset.</summary>
    /// <param name="problem">What is wrong and what was expected.</param>
    public DataFormatException Error(string problem) => new(_file.Path, Name, problem);

    /// <summary>Takes an opened id over, and asks it once for type and shape.</summary>
    internal static Hdf5Dataset Open(Hdf5File file, string name, H5Id id)
    {
        try
        {
            using H5Id type = Hdf5Error.CheckRead(H5D.GetElementType(id), file.Path, name, "has no type");
            using H5Id space = Hdf5Error.CheckRead(H5D.GetSpace(id), file.Path, name, "has no shape");
            return new Hdf5Dataset(file, name, id, Hdf5Type.Of(type), Hdf5Shape.Of(space, file.Path, name));
        }
        catch (DataFormatException)
        {
            id.Dispose();
            throw;
        }
    }

    /// <summary>Lets the id go; the file does it when it closes.</summary>
    internal void Close() => _id.Dispose();
}
