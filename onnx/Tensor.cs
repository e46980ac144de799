namespace UnetSpikes.Onnx;

/// <summary>Constant numbers of a graph: an initializer, or an attribute's tensor. Row-major; not to be changed once in a graph.</summary>
public sealed class Tensor
{
    private Tensor(ElementType type, Array data, long[] dims)
    {
        long count = dims.Aggregate(1L, (product, size) => checked(product * size));
        if (data.LongLength != count)
        {
            throw new ArgumentException($"{data.LongLength} elements cannot have the shape [{string.Join(", ", dims)}]", nameof(data));
        }

        Type = type;
        Data = data;
        Dims = dims;
    }

    /// <summary>Element type.</summary>
    public ElementType Type { get; }

    /// <summary>The elements: <c>float[]</c>, <c>double[]</c>, <c>long[]</c>, <c>int[]</c>, <c>bool[]</c>, <c>byte[]</c>, <c>sbyte[]</c> or <c>Half[]</c>.</summary>
    public Array Data { get; }

    /// <summary>Sizes, outermost first; empty for a scalar.</summary>
    public long[] Dims { get; }

    /// <summary>Number of elements.</summary>
    public long Count => Data.LongLength;

    /// <summary>Wraps an array of one of the supported types without copying it.</summary>
    /// <param name="data">The elements.</param>
    /// <param name="dims">Sizes, outermost first; none for a scalar.</param>
    public static Tensor Of(Array data, params long[] dims) => new(TypeOf(data), data, dims);

    /// <summary>A 1-D tensor of 64-bit integers: shapes, axes, pads.</summary>
    /// <param name="values">The elements.</param>
    public static Tensor Ints(params long[] values) => new(ElementType.Int64, values, [values.LongLength]);

    /// <summary>A scalar of a floating-point type.</summary>
    /// <param name="type">Float or Double.</param>
    /// <param name="value">Its value, rounded to the type.</param>
    public static Tensor Scalar(ElementType type, double value) => Fill(type, value);

    /// <summary>A tensor of one repeated number.</summary>
    /// <param name="type">Float, Double, Int32, Int64 or Bool.</param>
    /// <param name="value">The number, rounded to the type.</param>
    /// <param name="dims">Sizes; none for a scalar.</param>
    public static Tensor Fill(ElementType type, double value, params long[] dims)
    {
        long count = dims.Aggregate(1L, (product, size) => checked(product * size));
        return type switch
        {
            ElementType.Float => Of(Repeat((float)value, count), dims),
            ElementType.Double => Of(Repeat(value, count), dims),
            ElementType.Int64 => Of(Repeat((long)value, count), dims),
            ElementType.Int32 => Of(Repeat((int)value, count), dims),
            ElementType.Bool => Of(Repeat(value != 0, count), dims),
            _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no constants of this type are made"),
        };
    }

    /// <summary>The elements as 64-bit integers, for shapes and axes.</summary>
    /// <exception cref="InvalidOperationException">The elements are not integers.</exception>
    public long[] ToInt64() => Data switch
    {
        long[] values => values,
        int[] values => Array.ConvertAll(values, v => (long)v),
        _ => throw new InvalidOperationException($"a tensor of {Type} is not a list of integers"),
    };

    /// <summary>"Float[20, 29]".</summary>
    public override string ToString() => $"{Type}[{string.Join(", ", Dims)}]";

    private static T[] Repeat<T>(T value, long count)
    {
        var values = new T[count];
        Array.Fill(values, value);
        return values;
    }

    private static ElementType TypeOf(Array data) => data switch
    {
        float[] => ElementType.Float,
        double[] => ElementType.Double,
        long[] => ElementType.Int64,
        int[] => ElementType.Int32,
        bool[] => ElementType.Bool,

        // By exact type: to the CLR a byte[] is an sbyte[] too.
        Array bytes when bytes.GetType() == typeof(sbyte[]) => ElementType.Int8,
        Array bytes when bytes.GetType() == typeof(byte[]) => ElementType.UInt8,
        Half[] => ElementType.Float16,
        _ => throw new ArgumentException($"no tensors of {data.GetType().Name} are made", nameof(data)),
    };
}
