namespace UnetSpikes.Onnx.Inference;

/// <summary>Operators that read or write by position: Slice, Gather, Scatter.</summary>
internal static class Indexing
{
    public static IEnumerable<Operator> Table { get; } =
    [
        new("Slice", "T J J J? J?", "T", Types.Any, Slice),
        new("Gather", "T J", "T", Types.Any, Gather, "axis:int"),
        new("GatherElements", "T J", "T", Types.Any, GatherElements, "axis:int"),
        new("ScatterElements", "T J T", "T", Types.Any, ScatterElements, "axis:int", "reduction:string"),
        new("ScatterND", "T L T", "T", Types.Any, ScatterNd, "reduction:string"),
    ];

    private static Shape Slice(InferenceContext n)
    {
        long? count = n.LengthOf(1);
        n.Require(count is null || count <= n.X.Rank, $"{count} axes are cut, and there are {n.X.Rank}");
        for (int i = 2; i < n.Inputs; i++)
        {
            n.Require(!n.Has(i) || count is null || n.LengthOf(i) is null || n.LengthOf(i) == count, $"starts has {count} entries, and input {i} {(n.Has(i) ? n.LengthOf(i) : 0)}");
        }

        long[]? axes = n.Has(3) ? n.Ints(3) : count is { } c ? [.. Enumerable.Range(0, (int)c).Select(a => (long)a)] : null;
        if (axes is null)
        {
            return n.UnknownOf(n.X.Rank);
        }

        Dim[] dims = [.. n.X];
        int[] front = n.Axes(axes, n.X.Rank);
        for (int i = 0; i < front.Length; i++)
        {
            long? step = n.Has(4) ? n.Contents(4)?[i].Number : 1;
            n.Require(step != 0, "a step is 0");
            dims[front[i]] = Sliced(dims[front[i]], n.Contents(1)?[i].Number, n.Contents(2)?[i].Number, step);
        }

        return new Shape(dims);
    }

    /// <summary>Size of x[start:end:step], out-of-range positions clamped as numpy does.</summary>
    private static Dim Sliced(Dim dim, long? start, long? end, long? step)
    {
        if (start is not { } s || end is not { } e || step is not { } k)
        {
            return Dim.Unknown;
        }

        if (dim.Size is not { } size)
        {
            // Ends "for ever" are written as the largest integer of either width.
            return s == 0 && e >= int.MaxValue && k == 1 ? dim : Dim.Unknown;
        }

        s = s < 0 ? s + size : s;
        e = e < 0 ? Math.Max(e, -size - 1) + size : e;
        return k > 0
            ? Steps(Math.Clamp(e, 0, size) - Math.Clamp(s, 0, size), k)
            : Steps(Math.Clamp(s, 0, size - 1) - Math.Clamp(e, -1, size - 1), k == long.MinValue ? long.MaxValue : -k);

        static Dim Steps(long distance, long step) => distance <= 0 ? 0 : ((distance - 1) / step) + 1;
    }

    private static Shape Gather(InferenceContext n)
    {
        int axis = n.AxisAttribute(0, n.X.Rank);
        return new Shape([.. n.X.Take(axis), .. n.ShapeOf(1), .. n.X.Skip(axis + 1)]);
    }

    private static Shape GatherElements(InferenceContext n)
    {
        CheckSameRank(n);
        _ = n.AxisAttribute(0, n.X.Rank);
        return n.ShapeOf(1);
    }

    private static Shape ScatterElements(InferenceContext n)
    {
        CheckSameRank(n);
        _ = n.AxisAttribute(0, n.X.Rank);
        CheckReduction(n);
        Shape indices = n.ShapeOf(1);
        Shape updates = n.ShapeOf(2);
        n.Require(updates.Rank == indices.Rank, $"updates {updates} must have the shape of indices {indices}");
        for (int i = 0; i < indices.Rank; i++)
        {
            n.Same(indices[i], updates[i], $"sizes of indices and updates along axis {i}");
        }

        return n.X;
    }

    private static Shape ScatterNd(InferenceContext n)
    {
        CheckReduction(n);
        Shape indices = n.ShapeOf(1);
        n.Require(n.X.Rank >= 1 && indices.Rank >= 1, "data and indices must have 1 axis or more");
        if (indices[^1].Size is { } depth)
        {
            n.Require(depth <= n.X.Rank, $"indices name {depth} axes of the {n.X.Rank} of data");
            Shape expected = new([.. indices.SkipLast(1), .. n.X.Skip((int)depth)]);
            Shape updates = n.ShapeOf(2);
            n.Require(updates.Rank == expected.Rank, $"updates {updates} must have the shape {expected}");
            for (int i = 0; i < expected.Rank; i++)
            {
                n.Same(expected[i], updates[i], $"sizes of updates {updates} and of what they replace {expected} along axis {i}");
            }
        }

        return n.X;
    }

    private static void CheckSameRank(InferenceContext n) =>
        n.Require(n.X.Rank >= 1 && n.ShapeOf(1).Rank == n.X.Rank, $"indices {n.ShapeOf(1)} must have as many axes as data {n.X}, one or more");

    private static void CheckReduction(InferenceContext n) =>
        n.Require(n.Node.Attributes.String("reduction", "none") is "none" or "add" or "mul" or "max" or "min", "reduction must be none, add, mul, max or min");
}
