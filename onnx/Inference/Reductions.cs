namespace UnetSpikes.Onnx.Inference;

/// <summary>Sums, means and extremes over axes. Until opset 17 axes are an attribute (ReduceSum: an input since 13), from 18 an input.</summary>
internal static class Reductions
{
    private static readonly ElementType[] Extremes = [.. Types.Wide, ElementType.Int8, ElementType.UInt8];

    public static IEnumerable<Operator> Table { get; } =
    [
        ByInput("ReduceSum", Types.Wide, Operators.OldestOpset),
        ByAttribute("ReduceMean", Types.Wide), ByInput("ReduceMean", Types.Wide, 18),
        ByAttribute("ReduceMax", Extremes), ByInput("ReduceMax", Extremes, 18),
        ByAttribute("ReduceMin", Extremes), ByInput("ReduceMin", Extremes, 18),
        ByAttribute("ReduceSumSquare", Types.Wide), ByInput("ReduceSumSquare", Types.Wide, 18),
        ByAttribute("ReduceL2", Types.Wide), ByInput("ReduceL2", Types.Wide, 18),
        new("ArgMax", "T", "L", Types.Numbers, ArgMax, "axis:int", "keepdims:int", "select_last_index:int"),
        new("CumSum", "T J", "T", Types.Wide, CumSum, "exclusive:int", "reverse:int"),
    ];

    private static Operator ByAttribute(string name, ElementType[] types) =>
        new(name, "T", "T", types, n => Reduced(n, n.Node.Attributes.Ints("axes") ?? []), "axes:ints", "keepdims:int");

    private static Operator ByInput(string name, ElementType[] types, int since) =>
        new(name, "T L?", "T", types, ReduceByInput, "keepdims:int", "noop_with_empty_axes:int") { Since = since };

    private static Shape? ReduceByInput(InferenceContext n)
    {
        if (!n.Has(1) || n.Ints(1) is not null)
        {
            long[] axes = n.Ints(1) ?? [];
            return axes.Length == 0 && n.Node.Attributes.Int("noop_with_empty_axes", 0) == 1 ? n.X : Reduced(n, axes);
        }

        // The axes are computed: only how many remain can be told, and only where their number is known.
        long? rank = n.Node.Attributes.Int("keepdims", 1) == 1 ? n.X.Rank : n.LengthOf(1) is > 0 and { } count ? n.X.Rank - count : null;
        return rank is { } known ? n.UnknownOf(known) : null;
    }

    /// <summary>No axes means all of them.</summary>
    private static Shape Reduced(InferenceContext n, long[] axes)
    {
        bool keep = n.Node.Attributes.Int("keepdims", 1) == 1;
        int[] reduced = n.Axes(axes, n.X.Rank);
        bool IsReduced(int axis) => reduced.Length == 0 || Array.IndexOf(reduced, axis) >= 0;
        return new Shape([.. n.X.Select((dim, axis) => IsReduced(axis) ? 1 : dim).Where((_, axis) => keep || !IsReduced(axis))]);
    }

    private static Shape ArgMax(InferenceContext n) => Reduced(n, [n.AxisAttribute(0, n.X.Rank)]);

    private static Shape CumSum(InferenceContext n)
    {
        // The specification says a 0-D axis; exporters write [1] too, and ONNX Runtime takes both.
        n.Require(n.ShapeOf(1).Rank == 0 || n.ShapeOf(1) is [{ Size: 1 }], "the axis must be one number");
        if (n.Ints(1) is [var axis])
        {
            _ = n.Axis(axis, n.X.Rank);
        }

        return n.X;
    }
}
