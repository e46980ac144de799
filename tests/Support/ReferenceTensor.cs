using System.Globalization;
using UnetSpikes.Onnx;
using Xunit;

namespace UnetSpikes.Tests.Support;

/// <summary>A value as the reference evaluator has it: every number a double, whatever the element type says. Row-major.</summary>
/// <remarks>Integers are exact up to 2⁵³; the "to the end" limits of Slice, near ±2⁶³, only need to be large. Booleans are 0 and 1.</remarks>
public sealed class ReferenceTensor
{
    public ReferenceTensor(ElementType type, double[] data, params long[] dims)
    {
        Assert.Equal(Product(dims), data.LongLength);
        Type = type;
        Data = data;
        Dims = dims;
    }

    public ElementType Type { get; }

    public double[] Data { get; }

    public long[] Dims { get; }

    public int Rank => Dims.Length;

    public bool IsInteger => Type is ElementType.Int64 or ElementType.Int32 or ElementType.Int8 or ElementType.UInt8;

    /// <summary>One element; an axis of size 1 answers to any index, and extra leading indices are ignored: numpy's broadcasting.</summary>
    public double this[params ReadOnlySpan<long> index] => Data[Offset(index)];

    /// <summary>Fills a tensor from a formula over its indices: how the operators' specifications define them.</summary>
    public static ReferenceTensor Build(ElementType type, long[] dims, Func<long[], double> formula) =>
        new(type, [.. Indices(dims).Select(formula)], dims);

    public static ReferenceTensor From(Tensor tensor) => new(
        tensor.Type,
        tensor.Data is Half[] halves
            ? Array.ConvertAll(halves, h => (double)h)
            : [.. tensor.Data.Cast<object>().Select(v => Convert.ToDouble(v, CultureInfo.InvariantCulture))],
        tensor.Dims);

    /// <summary>Every index of a shape, last axis fastest. A scalar has one, of no axes. Each is an array of its own.</summary>
    public static IEnumerable<long[]> Indices(params long[] dims)
    {
        long count = Product(dims);
        for (long flat = 0; flat < count; flat++)
        {
            long[] index = new long[dims.Length];
            long rest = flat;
            for (int axis = dims.Length - 1; axis >= 0; axis--)
            {
                (rest, index[axis]) = Math.DivRem(rest, dims[axis]);
            }

            yield return index;
        }
    }

    public static long Product(IEnumerable<long> sizes) => sizes.Aggregate(1L, (product, size) => product * size);

    public long[] ToInt64() => Array.ConvertAll(Data, v => (long)v);

    public override string ToString() => $"{Type}[{string.Join(", ", Dims)}]";

    private long Offset(ReadOnlySpan<long> index)
    {
        long offset = 0;
        int extra = index.Length - Dims.Length;
        for (int axis = 0; axis < Dims.Length; axis++)
        {
            offset = (offset * Dims[axis]) + (Dims[axis] == 1 ? 0 : index[axis + extra]);
        }

        return offset;
    }
}
