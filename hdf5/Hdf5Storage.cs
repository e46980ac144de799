namespace UnetSpikes.Hdf5;

/// <summary>How a new dataset is laid out in the file.</summary>
public sealed record Hdf5Storage
{
    /// <summary>One plain block; the fastest for streaming.</summary>
    public static Hdf5Storage Contiguous { get; } = new();

    /// <summary>The chunk's shape; null = one contiguous block. Needed for gzip and for datasets that grow.</summary>
    public IReadOnlyList<int>? Chunk { get; init; }

    /// <summary>gzip's level, 1 … 9; 0 = not compressed.</summary>
    public int GzipLevel { get; init; }

    /// <summary>Whether bytes are shuffled before gzip, which helps counts and floats alike; rows of variable length never are.</summary>
    public bool IsShuffled { get; init; } = true;

    /// <summary>Whether the first axis may grow (<see cref="Hdf5Dataset.Extend"/>).</summary>
    public bool CanGrow { get; init; }

    /// <summary>Chunks of whole rows of the first axis, about 256 KB each, compressed.</summary>
    /// <param name="shape">The dataset's shape; with a zero-sized axis or no axis it stays contiguous.</param>
    /// <param name="elementSize">Bytes per element.</param>
    /// <param name="gzipLevel">1 … 9.</param>
    public static Hdf5Storage Compressed(IReadOnlyList<int> shape, int elementSize, int gzipLevel = 4)
    {
        long row = shape.Skip(1).Aggregate((long)elementSize, (product, n) => product * n);
        if (shape.Count == 0 || shape[0] == 0 || row == 0)
        {
            return Contiguous;
        }

        const int Target = 256 * 1024;
        var chunk = new int[shape.Count];
        chunk[0] = (int)Math.Clamp(Target / row, 1, shape[0]);
        for (int axis = 1; axis < chunk.Length; axis++)
        {
            chunk[axis] = shape[axis];
        }

        // One trial of a long recording may be gigabytes; a chunk has to stay below four, and is better small.
        if (row > Target && chunk.Length > 1)
        {
            chunk[1] = (int)Math.Clamp(Target / Math.Max(1, row / shape[1]), 1, shape[1]);
        }

        return new Hdf5Storage { Chunk = chunk, GzipLevel = gzipLevel };
    }
}
