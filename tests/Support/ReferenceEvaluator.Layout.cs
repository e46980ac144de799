using UnetSpikes.Onnx;
using Xunit;

namespace UnetSpikes.Tests.Support;

public static partial class ReferenceEvaluator
{
    private static Dictionary<(string Domain, string Operator), Func<ReferenceCall, ReferenceTensor[]>> LayoutTable() => new()
    {
        [("", "Reshape")] = Reshape,
        [("", "Flatten")] = c => [new(c.X.Type, c.X.Data, ReferenceTensor.Product(c.X.Dims[..c.Axis(1)]), ReferenceTensor.Product(c.X.Dims[c.Axis(1)..]))],
        [("", "Squeeze")] = Squeeze,
        [("", "Unsqueeze")] = Unsqueeze,
        [("", "Transpose")] = Transpose,
        [("", "Expand")] = c => [ReferenceTensor.Build(c.X.Type, BroadcastDims(c.X.Dims, c.Input(1).ToInt64()), i => c.X[i])],
        [("", "Tile")] = c => [ReferenceTensor.Build(
            c.X.Type, [.. c.X.Dims.Zip(c.Input(1).ToInt64(), (d, r) => d * r)], i => c.X[[.. i.Zip(c.X.Dims, (k, d) => k % d)]])],
        [("", "Concat")] = Concat,
        [("", "Split")] = Split,
        [("", "Pad")] = Pad,
        [("", "Slice")] = Slice,
        [("", "Trilu")] = Trilu,
        [("", "Shape")] = Shape,
        [("", "Size")] = c => [new(ElementType.Int64, [c.X.Data.Length])],
        [("", "Constant")] = c => [Constant(c.Attributes)],
        [("", "ConstantOfShape")] = ConstantOfShape,
        [("", "Range")] = Range,
    };

    private static ReferenceTensor[] Reshape(ReferenceCall c)
    {
        bool zeroIsZero = c.Attributes.Int("allowzero", 0) != 0;
        long[] dims = [.. c.Input(1).ToInt64().Select((d, i) => d == 0 && !zeroIsZero ? c.X.Dims[i] : d)];
        int free = Array.IndexOf(dims, -1);
        if (free >= 0)
        {
            dims[free] = c.X.Data.Length / Math.Max(1, -ReferenceTensor.Product(dims));
        }

        return [new(c.X.Type, c.X.Data, dims)];
    }

    private static ReferenceTensor[] Squeeze(ReferenceCall c)
    {
        int[]? axes = c.Optional(1)?.ToInt64().Select(c.FromFront).ToArray();
        return [new(c.X.Type, c.X.Data, [.. c.X.Dims.Where((d, i) => axes is null ? d != 1 : !axes.Contains(i))])];
    }

    private static ReferenceTensor[] Unsqueeze(ReferenceCall c)
    {
        long[] axes = c.Input(1).ToInt64();
        int rank = c.X.Rank + axes.Length;
        List<long> dims = [.. c.X.Dims];
        foreach (int axis in axes.Select(a => (int)(a < 0 ? a + rank : a)).Order())
        {
            dims.Insert(axis, 1);
        }

        return [new(c.X.Type, c.X.Data, [.. dims])];
    }

    private static ReferenceTensor[] Transpose(ReferenceCall c)
    {
        long[] perm = c.Attributes.Ints("perm") ?? [.. c.X.Dims.Select((_, i) => c.X.Rank - 1L - i)];
        return [ReferenceTensor.Build(c.X.Type, [.. perm.Select(p => c.X.Dims[p])], i =>
        {
            long[] source = new long[i.Length];
            for (int axis = 0; axis < i.Length; axis++)
            {
                source[perm[axis]] = i[axis];
            }

            return c.X[source];
        })];
    }

    private static ReferenceTensor[] Concat(ReferenceCall c)
    {
        int axis = c.Axis(0);
        return [ReferenceTensor.Build(c.X.Type, With(c.X.Dims, axis, c.Inputs.Sum(x => x!.Dims[axis])), i =>
        {
            long at = i[axis];
            ReferenceTensor piece = c.Inputs.First(x => at < x!.Dims[axis] || (at -= x.Dims[axis]) < 0)!;
            return piece[With(i, axis, at)];
        })];
    }

    private static ReferenceTensor[] Split(ReferenceCall c)
    {
        int axis = c.Axis(0), pieces = c.Node.Outputs.Count;
        long whole = c.X.Dims[axis], part = (whole + pieces - 1) / pieces;
        long[] sizes = c.Optional(1)?.ToInt64() ?? [.. Enumerable.Range(0, pieces).Select(k => Math.Min(part, whole - (k * part)))];
        return [.. sizes.Select((size, k) => ReferenceTensor.Build(
            c.X.Type, With(c.X.Dims, axis, size), i => c.X[With(i, axis, i[axis] + sizes[..k].Sum())]))];
    }

    private static ReferenceTensor[] Pad(ReferenceCall c)
    {
        Assert.Equal("constant", c.Attributes.String("mode", "constant"));
        long[] amounts = c.Input(1).ToInt64(), begin = new long[c.X.Rank], end = new long[c.X.Rank];
        long[] axes = c.Optional(3)?.ToInt64() ?? [.. c.X.Dims.Select((_, i) => (long)i)];
        for (int k = 0; k < axes.Length; k++)
        {
            (begin[c.FromFront(axes[k])], end[c.FromFront(axes[k])]) = (amounts[k], amounts[axes.Length + k]);
        }

        double fill = c.Optional(2)?.Data[0] ?? 0;
        return [ReferenceTensor.Build(c.X.Type, [.. c.X.Dims.Select((d, i) => d + begin[i] + end[i])], i =>
        {
            long[] source = [.. i.Zip(begin, (k, b) => k - b)];
            return source.Zip(c.X.Dims, (k, d) => k >= 0 && k < d).All(inside => inside) ? c.X.Data[Flat(c.X.Dims, source)] : fill;
        })];
    }

    // numpy's slicing: negative starts and ends count from the end, everything is clamped to the axis.
    private static ReferenceTensor[] Slice(ReferenceCall c)
    {
        long[] starts = c.Input(1).ToInt64(), ends = c.Input(2).ToInt64();
        long[] axes = c.Optional(3)?.ToInt64() ?? [.. starts.Select((_, i) => (long)i)], steps = c.Optional(4)?.ToInt64() ?? [.. starts.Select(_ => 1L)];
        ReferenceTensor x = c.X;
        for (int k = 0; k < axes.Length; k++)
        {
            int axis = c.FromFront(axes[k]);
            long size = x.Dims[axis], step = steps[k];
            long Clamped(long at) => Math.Clamp(at < 0 ? at + size : at, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
            long start = Clamped(starts[k]), end = ends[k] < -size ? (step > 0 ? 0 : -1) : Clamped(ends[k]);
            long count = Math.Max(0, (end - start + step - Math.Sign(step)) / step);
            ReferenceTensor source = x;
            x = ReferenceTensor.Build(x.Type, With(x.Dims, axis, count), i => source.Data[Flat(source.Dims, With(i, axis, start + (i[axis] * step)))]);
        }

        return [x];
    }

    private static ReferenceTensor[] Trilu(ReferenceCall c)
    {
        long k = (long)(c.Optional(1)?.Data[0] ?? 0);
        bool isUpper = c.Attributes.Int("upper", 1) != 0;
        return [ReferenceTensor.Build(c.X.Type, c.X.Dims, i => (isUpper ? i[^1] - i[^2] >= k : i[^1] - i[^2] <= k) ? c.X[i] : 0)];
    }

    private static ReferenceTensor[] Shape(ReferenceCall c)
    {
        long[] dims = [.. c.X.Dims.Take(c.Axis(c.X.Rank, "end")).Skip(c.Axis(0, "start"))];
        return [new(ElementType.Int64, Array.ConvertAll(dims, d => (double)d), dims.LongLength)];
    }

    private static ReferenceTensor Constant(Attributes attributes) => attributes.Select(a => a.Value).Single() switch
    {
        Tensor tensor => ReferenceTensor.From(tensor),
        float number => new(ElementType.Float, [number]),
        long number => new(ElementType.Int64, [number]),
        float[] numbers => ReferenceTensor.From(Tensor.Of(numbers, numbers.LongLength)),
        long[] numbers => ReferenceTensor.From(Tensor.Ints(numbers)),
        object other => throw new NotSupportedException($"a constant of {other.GetType()}"),
    };

    private static ReferenceTensor[] ConstantOfShape(ReferenceCall c)
    {
        Tensor value = c.Attributes.Select(a => a.Value).OfType<Tensor>().FirstOrDefault() ?? Tensor.Scalar(ElementType.Float, 0);
        return [ReferenceTensor.Build(value.Type, c.X.ToInt64(), _ => ReferenceTensor.From(value).Data[0])];
    }

    private static ReferenceTensor[] Range(ReferenceCall c)
    {
        double start = c.X.Data[0], step = c.Input(2).Data[0];
        long count = (long)Math.Max(0, Math.Ceiling((c.Input(1).Data[0] - start) / step));
        return [ReferenceTensor.Build(c.X.Type, [count], i => start + (i[0] * step))];
    }
}
