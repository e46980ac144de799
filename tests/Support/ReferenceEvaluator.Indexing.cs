using UnetSpikes.Onnx;

namespace UnetSpikes.Tests.Support;

public static partial class ReferenceEvaluator
{
    private static Dictionary<(string Domain, string Operator), Func<ReferenceCall, ReferenceTensor[]>> IndexingTable() => new()
    {
        [("", "Gather")] = Gather,
        [("", "GatherElements")] = GatherElements,
        [("", "ScatterElements")] = ScatterElements,
        [("", "ScatterND")] = ScatterNd,
        [("", "ArgMax")] = ArgMax,
        [("", "CumSum")] = CumSum,
    };

    private static ReferenceTensor[] Gather(ReferenceCall c)
    {
        int axis = c.Axis(0);
        ReferenceTensor indices = c.Input(1);
        return [ReferenceTensor.Build(c.X.Type, [.. c.X.Dims[..axis], .. indices.Dims, .. c.X.Dims[(axis + 1)..]], i =>
        {
            long picked = (long)indices[i.AsSpan(axis, indices.Rank)];
            return c.X[[.. i[..axis], Wrapped(picked, c.X.Dims[axis]), .. i[(axis + indices.Rank)..]]];
        })];
    }

    private static ReferenceTensor[] GatherElements(ReferenceCall c)
    {
        int axis = c.Axis(0);
        return [ReferenceTensor.Build(
            c.X.Type, c.Input(1).Dims, i => c.X.Data[Flat(c.X.Dims, With(i, axis, Wrapped((long)c.Input(1)[i], c.X.Dims[axis])))])];
    }

    private static ReferenceTensor[] ScatterElements(ReferenceCall c)
    {
        int axis = c.Axis(0);
        double[] data = [.. c.X.Data];
        foreach (long[] i in ReferenceTensor.Indices(c.Input(1).Dims))
        {
            long[] at = With(i, axis, Wrapped((long)c.Input(1)[i], c.X.Dims[axis]));
            Scatter(c, ref data[Flat(c.X.Dims, at)], c.Input(2)[i]);
        }

        return [new(c.X.Type, data, c.X.Dims)];
    }

    private static ReferenceTensor[] ScatterNd(ReferenceCall c)
    {
        ReferenceTensor indices = c.Input(1), updates = c.Input(2);
        double[] data = [.. c.X.Data];
        int depth = (int)indices.Dims[^1], outer = indices.Rank - 1;
        foreach (long[] i in ReferenceTensor.Indices(updates.Dims))
        {
            long[] at = [.. Enumerable.Range(0, depth).Select(k => Wrapped((long)indices[[.. i[..outer], k]], c.X.Dims[k]))];
            Scatter(c, ref data[Flat(c.X.Dims, [.. at, .. i[outer..]])], updates[i]);
        }

        return [new(c.X.Type, data, c.X.Dims)];
    }

    private static void Scatter(ReferenceCall c, ref double target, double update) => target = c.Attributes.String("reduction", "none") switch
    {
        "none" => update,
        "add" => target + update,
        "mul" => target * update,
        string other => throw new NotSupportedException($"reduction {other}"),
    };

    private static ReferenceTensor[] ArgMax(ReferenceCall c)
    {
        int axis = c.Axis(0);
        bool isKept = c.Attributes.Int("keepdims", 1) != 0;
        ReferenceTensor kept = ReferenceTensor.Build(ElementType.Int64, With(c.X.Dims, axis, 1), i =>
            Enumerable.Range(0, (int)c.X.Dims[axis]).MaxBy(k => c.X[With(i, axis, k)]));
        return [new(kept.Type, kept.Data, isKept ? kept.Dims : [.. kept.Dims.Where((_, a) => a != axis)])];
    }

    private static ReferenceTensor[] CumSum(ReferenceCall c)
    {
        int axis = c.FromFront((long)c.Input(1).Data[0]);
        bool isReverse = c.Attributes.Int("reverse", 0) != 0, isExclusive = c.Attributes.Int("exclusive", 0) != 0;
        return [ReferenceTensor.Build(c.X.Type, c.X.Dims, i => Sum(c.X.Dims[axis], k =>
            (isReverse ? k > i[axis] : k < i[axis]) || (k == i[axis] && !isExclusive) ? c.X[With(i, axis, k)] : 0))];
    }

    private static long Wrapped(long index, long size) => index < 0 ? index + size : index;
}
