using System.Globalization;

namespace UnetSpikes.Runtime;

/// <summary>One input or output as the model declares it.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Type">Its numbers' type.</param>
/// <param name="Dims">Its axes; null where the model leaves the length open.</param>
public sealed record TensorInfo(string Name, ElementType Type, IReadOnlyList<long?> Dims)
{
    /// <summary>True when a tensor of this shape may be fed or fetched here.</summary>
    /// <param name="shape">Lengths of the axes.</param>
    public bool Admits(IReadOnlyList<long> shape)
    {
        ArgumentNullException.ThrowIfNull(shape);

        // A model may leave even the number of axes open; ONNX Runtime shows that as none at all, as it shows a scalar.
        return Dims.Count == 0
            || (Dims.Count == shape.Count && Dims.Zip(shape).All(pair => pair.First is null || pair.First == pair.Second));
    }

    /// <summary>"name: float [?, 50, 29]".</summary>
    public override string ToString() =>
        $"{Name}: {Type} [{string.Join(", ", Dims.Select(d => d?.ToString(CultureInfo.InvariantCulture) ?? "?"))}]";
}

/// <summary>A tensor to bind: an input to fill before each run, or an output to read after it.</summary>
/// <param name="Name">The input's or output's name in the graph.</param>
/// <param name="Type">Its numbers' type.</param>
/// <param name="Shape">Lengths of its axes; empty = a scalar.</param>
public sealed record TensorSpec(string Name, ElementType Type, params long[] Shape)
{
    /// <summary>An output stays in the device's memory and is copied out only when asked for. No effect on inputs.</summary>
    public bool OnDevice { get; init; }

    /// <summary>"name: float [64, 50, 29]".</summary>
    public override string ToString() => $"{Name}: {Type} {Shapes.Text(Shape)}";
}

/// <summary>Sizes of shapes, and how they are written in messages.</summary>
internal static class Shapes
{
    public static string Text(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    /// <summary>Number of elements.</summary>
    /// <exception cref="ArgumentException">A length is negative, or the product does not fit.</exception>
    public static long Count(IReadOnlyList<long> shape)
    {
        long count = 1;
        foreach (long length in shape)
        {
            if (length < 0 || (count = Math.BigMul(count, length, out long low) == 0 && low >= 0 ? low : -1) < 0)
            {
                throw new ArgumentException($"{Text(shape)} is not the shape of a tensor");
            }
        }

        return count;
    }
}
