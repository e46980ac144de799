namespace UnetSpikes.Hdf5.Reading;

/// <summary>What an open file can be asked: by a library in this process (<see cref="LocalFile"/>) or in another (<see cref="Readers.RemoteFile"/>).</summary>
/// <remarks>Paths are absolute. Whatever the file gets wrong is a <see cref="Core.DataFormatException"/> with path and place.</remarks>
internal interface IFileReading : IDisposable
{
    /// <summary>The names in a group, in alphabetical order.</summary>
    IReadOnlyList<string> Keys(string group);

    /// <summary>What a path leads to.</summary>
    Hdf5ObjectKind Kind(string path);

    /// <summary>A dataset's type, shape and storage.</summary>
    DatasetDescription Describe(string path);

    /// <summary>Whether an object carries an attribute.</summary>
    bool HasAttribute(string owner, string name);

    /// <summary>An attribute's elements.</summary>
    Hdf5AttributeValue ReadAttribute(string owner, string name);

    /// <summary>A box of numbers in the layout of <paramref name="memory"/>; the box lies inside the dataset.</summary>
    /// <param name="path">The dataset.</param>
    /// <param name="start">First index along each axis; empty for a scalar.</param>
    /// <param name="count">Size along each axis, each at least 1.</param>
    /// <param name="memory">What the elements are converted to.</param>
    /// <param name="destination">As many bytes as the box takes.</param>
    void ReadNumbers(string path, ReadOnlySpan<long> start, ReadOnlySpan<long> count, MemoryType memory, Span<byte> destination);

    /// <summary>All elements as texts.</summary>
    string[] ReadTexts(string path);

    /// <summary>All elements, references to objects, as the paths of what they refer to; "" where that is nothing.</summary>
    string[] ReadReferences(string path);

    /// <summary>All elements of a dataset of variable-length integers.</summary>
    int[][] ReadRagged(string path);
}

/// <summary>A dataset as the file stores it.</summary>
/// <param name="Type">Its elements.</param>
/// <param name="Shape">Sizes of the axes.</param>
/// <param name="Chunk">The shape of a chunk; null for one piece.</param>
/// <param name="IsFiltered">Whether elements pass through filters.</param>
internal sealed record DatasetDescription(Hdf5Type Type, long[] Shape, long[]? Chunk, bool IsFiltered);
