using System.Runtime.InteropServices;

namespace UnetSpikes.Runtime;

/// <summary>Numbers and their shape in ordinary memory: what a one-shot run takes and gives.</summary>
public sealed class HostTensor
{
    private readonly Array _data;

    private HostTensor(ElementType type, Array data, long[] shape)
    {
        Type = type;
        _data = data;
        Shape = shape;
    }

    /// <summary>The numbers' type.</summary>
    public ElementType Type { get; }

    /// <summary>Lengths of the axes; empty = a scalar.</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Number of elements.</summary>
    public int Count => _data.Length;

    /// <summary>Wraps numbers without copying them.</summary>
    /// <typeparam name="T">float, double, long, int, bool or byte.</typeparam>
    /// <param name="data">Row-major, as many as the shape says.</param>
    /// <param name="shape">Lengths of the axes; none = a scalar.</param>
    /// <exception cref="ArgumentException">The type is none of those, or the number of elements is not the shape's.</exception>
    public static HostTensor Of<T>(T[] data, params long[] shape)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(shape);
        return Shapes.Count(shape) == data.LongLength
            ? new HostTensor(ElementTypes.Of<T>(), data, [.. shape])
            : throw new ArgumentException($"{data.LongLength} values cannot be {Shapes.Text(shape)}", nameof(data));
    }

    /// <summary>A scalar.</summary>
    /// <typeparam name="T">float, double, long, int, bool or byte.</typeparam>
    /// <param name="value">Its value.</param>
    public static HostTensor Scalar<T>(T value)
        where T : unmanaged => Of([value]);

    /// <summary>The numbers, row-major; the tensor's own storage.</summary>
    /// <typeparam name="T">The type that <see cref="Type"/> names.</typeparam>
    /// <exception cref="ArgumentException">The tensor holds another type.</exception>
    public T[] Values<T>()
        where T : unmanaged =>
        _data as T[] ?? throw new ArgumentException($"the tensor holds {Type}, not {typeof(T).Name}");

    /// <summary>"Float [64, 50, 29]".</summary>
    public override string ToString() => $"{Type} {Shapes.Text(Shape)}";

    /// <summary>The numbers' bytes.</summary>
    internal Span<byte> Bytes() => MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(_data), Count * Type.Bytes());

    /// <summary>A tensor of zeros.</summary>
    internal static HostTensor Zeros(ElementType type, long[] shape)
    {
        int count = checked((int)Shapes.Count(shape));
        return type switch
        {
            ElementType.Float => Of(new float[count], shape),
            ElementType.Double => Of(new double[count], shape),
            ElementType.Int64 => Of(new long[count], shape),
            ElementType.Int32 => Of(new int[count], shape),
            ElementType.Bool => Of(new bool[count], shape),
            ElementType.UInt8 => Of(new byte[count], shape),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a type that can be fetched"),
        };
    }
}
