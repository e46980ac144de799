using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Reading;

namespace UnetSpikes.Hdf5;

/// <summary>A dataset of an open file: an array of any rank, read and written whole or by boxes. It ends with its file.</summary>
public sealed partial class Hdf5Dataset
{
    private readonly Hdf5File _file;
    private readonly DatasetDescription _description;
    private long[] _shape;

    internal Hdf5Dataset(Hdf5File file, string name, DatasetDescription description)
    {
        _file = file;
        _description = description;
        _shape = description.Shape;
        Name = name;
    }

    /// <summary>The dataset's path in the file, such as <c>/train_data</c>.</summary>
    public string Name { get; }

    /// <summary>The elements' type as stored.</summary>
    public Hdf5Type ElementType => _description.Type;

    /// <summary>Sizes of the axes; empty for a scalar. Sizes may be 0.</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>"(1248, 50, 29)", as numpy writes it.</summary>
    public string ShapeText => "(" + string.Join(", ", _shape.Select(n => n.ToString(CultureInfo.InvariantCulture)))
        + (_shape.Length == 1 ? ",)" : ")");

    /// <summary>Number of elements: the product of the shape, 1 for a scalar.</summary>
    public long Count => _shape.Aggregate(1L, (product, n) => product * n);

    /// <summary>The shape of a chunk; null for a dataset stored in one piece.</summary>
    public IReadOnlyList<long>? Chunk => _description.Chunk;

    /// <summary>Whether the elements pass through filters, such as gzip, on their way.</summary>
    public bool IsFiltered => _description.IsFiltered;

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
}
