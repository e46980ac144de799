namespace UnetSpikes.Torch;

/// <summary>A tensor as a checkpoint describes it: a view of a storage. <see cref="TorchFile.Read"/> gives its numbers.</summary>
/// <remarks>PyTorch saves a storage once; tensors that share it are views by offset, sizes and strides (its notes on serialization semantics).</remarks>
public sealed record TorchTensor
{
    private const int MaxDims = 64;

    private TorchTensor(TorchStorage storage, long offset, long[] dims, long[] strides) => (Storage, Offset, Dims, Strides) = (storage, offset, dims, strides);

    /// <summary>Its element type.</summary>
    public TorchType Type => Storage.Type;

    /// <summary>Sizes, outermost first; empty for a scalar.</summary>
    public IReadOnlyList<long> Dims { get; }

    /// <summary>Number of elements; at most those of its storage.</summary>
    public long Count => Dims.Aggregate(1L, (product, size) => product * size);

    /// <summary>The elements it is a view of.</summary>
    internal TorchStorage Storage { get; }

    /// <summary>Elements of the storage ahead of its first.</summary>
    internal long Offset { get; }

    /// <summary>Elements of the storage from one index to the next, per dimension.</summary>
    internal IReadOnlyList<long> Strides { get; }

    /// <summary>A view that lies within its storage.</summary>
    /// <param name="storage">The storage.</param>
    /// <param name="offset">Elements ahead of the first.</param>
    /// <param name="dims">Sizes.</param>
    /// <param name="strides">One per size.</param>
    /// <exception cref="FormatException">It does not.</exception>
    internal static TorchTensor View(TorchStorage storage, long offset, long[] dims, long[] strides) =>
        dims.Length <= MaxDims && dims.Length == strides.Length && offset >= 0 && dims.Concat(strides).All(n => n >= 0) && (dims.Contains(0) || Fits(storage.Count, offset, dims, strides))
            ? new TorchTensor(storage, offset, dims, strides)
            : throw new FormatException(
                $"describes a tensor of sizes [{string.Join(", ", dims.Take(8))}] and strides [{string.Join(", ", strides.Take(8))}] from {offset} on, which does not fit the {storage.Count} elements of its storage");

    private static bool Fits(long stored, long offset, long[] dims, long[] strides)
    {
        // In 128 bits nothing below overflows before it is too large.
        Int128 count = 1, last = offset;
        foreach ((long size, long stride) in dims.Zip(strides))
        {
            count *= size;
            last += (Int128)(size - 1) * stride;
            if (count > stored || last > long.MaxValue)
            {
                return false; // Also where one element stands for many (expand): a small file could then ask for any amount of memory.
            }
        }

        return last < stored;
    }
}

/// <summary>Elements of one type in one entry of the archive.</summary>
/// <param name="Type">The type.</param>
/// <param name="Key">Name of the entry, below <c>data/</c>.</param>
/// <param name="Count">Number of elements.</param>
internal sealed record TorchStorage(TorchType Type, string Key, long Count);
