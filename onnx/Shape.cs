using System.Collections;
using System.Globalization;

namespace UnetSpikes.Onnx;

/// <summary>One axis: a known size, a named symbol (the same name is the same size), or unknown.</summary>
public readonly record struct Dim
{
    private Dim(long? size, string? symbol)
    {
        Size = size;
        Symbol = symbol;
    }

    /// <summary>An axis nothing is known of.</summary>
    public static Dim Unknown => default;

    /// <summary>The size where it is known.</summary>
    public long? Size { get; }

    /// <summary>The symbol of a dynamic axis, such as <c>batch</c>; null where the size is known or nothing is.</summary>
    public string? Symbol { get; }

    /// <summary>An axis of known size, 0 included.</summary>
    /// <param name="size">At least 0.</param>
    public static implicit operator Dim(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return new Dim(size, null);
    }

    /// <summary>A dynamic axis.</summary>
    /// <param name="symbol">Its name; not empty.</param>
    public static implicit operator Dim(string symbol)
    {
        ArgumentException.ThrowIfNullOrEmpty(symbol);
        return new Dim(null, symbol);
    }

    /// <summary>The size, the symbol, or "?".</summary>
    public override string ToString() => Size?.ToString(CultureInfo.InvariantCulture) ?? Symbol ?? "?";
}

/// <summary>A value's axes. Rank 0 is a scalar. Immutable.</summary>
/// <param name="dims">Outermost first.</param>
public sealed class Shape(params IReadOnlyList<Dim> dims) : IReadOnlyList<Dim>, IEquatable<Shape>
{
    private readonly Dim[] _dims = [.. dims];

    /// <summary>Number of axes.</summary>
    public int Count => _dims.Length;

    /// <summary>Number of axes.</summary>
    public int Rank => _dims.Length;

    /// <summary>True when every size is known.</summary>
    public bool IsStatic => Array.TrueForAll(_dims, d => d.Size is not null);

    /// <summary>One axis; negative counts from the end, as ONNX does.</summary>
    /// <param name="axis">−rank … rank − 1.</param>
    public Dim this[int axis] => _dims[axis < 0 ? axis + _dims.Length : axis];

    /// <summary>The shape of known sizes.</summary>
    /// <param name="sizes">Outermost first.</param>
    public static Shape Of(params ReadOnlySpan<long> sizes)
    {
        var dims = new Dim[sizes.Length];
        for (int i = 0; i < dims.Length; i++)
        {
            dims[i] = sizes[i];
        }

        return new Shape(dims);
    }

    /// <summary>All sizes.</summary>
    /// <exception cref="InvalidOperationException">A size is not known.</exception>
    public long[] Sizes() => Array.ConvertAll(_dims, d => d.Size ?? throw new InvalidOperationException($"{this} is not static"));

    /// <summary>Product of all sizes.</summary>
    /// <exception cref="InvalidOperationException">A size is not known.</exception>
    public long ElementCount() => Sizes().Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>The same shape with one axis replaced.</summary>
    /// <param name="axis">May be negative.</param>
    /// <param name="dim">The new size or symbol.</param>
    public Shape With(int axis, Dim dim)
    {
        Dim[] copy = [.. _dims];
        copy[axis < 0 ? axis + copy.Length : axis] = dim;
        return new Shape(copy);
    }

    /// <inheritdoc/>
    public IEnumerator<Dim> GetEnumerator() => ((IEnumerable<Dim>)_dims).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _dims.GetEnumerator();

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && _dims.AsSpan().SequenceEqual(other._dims);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode() => _dims.Aggregate(17, HashCode.Combine);

    /// <summary>"[batch, 50, 29]".</summary>
    public override string ToString() => $"[{string.Join(", ", _dims)}]";
}
