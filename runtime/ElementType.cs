using Microsoft.ML.OnnxRuntime.Tensors;

namespace UnetSpikes.Runtime;

/// <summary>The types of number that sessions take and give.</summary>
public enum ElementType
{
    /// <summary>Any other ONNX type; it can be seen in a model's inputs and outputs, not fed or fetched.</summary>
    Other,

    /// <summary>32-bit floating point, C# <c>float</c>.</summary>
    Float,

    /// <summary>64-bit floating point, C# <c>double</c>.</summary>
    Double,

    /// <summary>64-bit signed integer, C# <c>long</c>.</summary>
    Int64,

    /// <summary>32-bit signed integer, C# <c>int</c>.</summary>
    Int32,

    /// <summary>One byte, 0 or 1, C# <c>bool</c>.</summary>
    Bool,

    /// <summary>8-bit unsigned integer, C# <c>byte</c>.</summary>
    UInt8,
}

/// <summary>What the runtime needs to know of each type.</summary>
internal static class ElementTypes
{
    public static ElementType Of<T>()
        where T : unmanaged =>
        typeof(T) == typeof(float) ? ElementType.Float
        : typeof(T) == typeof(double) ? ElementType.Double
        : typeof(T) == typeof(long) ? ElementType.Int64
        : typeof(T) == typeof(int) ? ElementType.Int32
        : typeof(T) == typeof(bool) ? ElementType.Bool
        : typeof(T) == typeof(byte) ? ElementType.UInt8
        : throw new ArgumentException($"a tensor of {typeof(T).Name} is not supported, expected float, double, long, int, bool or byte");

    public static int Bytes(this ElementType type) => type switch
    {
        ElementType.Double or ElementType.Int64 => 8,
        ElementType.Float or ElementType.Int32 => 4,
        ElementType.Bool or ElementType.UInt8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a type that can be fed or fetched"),
    };

    public static TensorElementType ToOrt(this ElementType type) => type switch
    {
        ElementType.Float => TensorElementType.Float,
        ElementType.Double => TensorElementType.Double,
        ElementType.Int64 => TensorElementType.Int64,
        ElementType.Int32 => TensorElementType.Int32,
        ElementType.Bool => TensorElementType.Bool,
        ElementType.UInt8 => TensorElementType.UInt8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not a type that can be fed or fetched"),
    };

    public static ElementType FromOrt(TensorElementType type) => type switch
    {
        TensorElementType.Float => ElementType.Float,
        TensorElementType.Double => ElementType.Double,
        TensorElementType.Int64 => ElementType.Int64,
        TensorElementType.Int32 => ElementType.Int32,
        TensorElementType.Bool => ElementType.Bool,
        TensorElementType.UInt8 => ElementType.UInt8,
        _ => ElementType.Other,
    };
}
