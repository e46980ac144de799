namespace UnetSpikes.Onnx.Grad;

/// <summary>Reductions over axes: the gradient goes back to every entry that was reduced.</summary>
internal static class Reductions
{
    public static readonly Dictionary<(string Domain, string Operator), GradientRule> Rules = new()
    {
        [("", "ReduceSum")] = c => [c.ExpandLike(WithReducedAxes(c, c.Dy), c.X)],
        [("", "ReduceMean")] = ReduceMean,
        [("", "ReduceSumSquare")] = c => [c.Graph.Mul(c.Graph.Mul(c.X, 2), WithReducedAxes(c, c.Dy))],
        [("", "ReduceL2")] = ReduceL2,
        [("", "ReduceMax")] = ReduceExtremum,
        [("", "ReduceMin")] = ReduceExtremum,
        [("", "CumSum")] = CumSum,
    };

    /// <summary>Y = ΣX/n:  dX = dY/n, repeated.</summary>
    private static Value?[] ReduceMean(GradientContext c)
    {
        long[] sizes = c.Sizes(c.X);
        double count = ReducedAxes(c).Aggregate(1.0, (product, axis) => product * sizes[axis]);
        return [c.ExpandLike(c.Graph.Mul(WithReducedAxes(c, c.Dy), 1 / count), c.X)];
    }

    /// <summary>Y = √ΣX²:  dX = X·dY/Y.</summary>
    private static Value?[] ReduceL2(GradientContext c) =>
        [c.Graph.Mul(c.X, c.Graph.Div(WithReducedAxes(c, c.Dy), WithReducedAxes(c, c.Y)))];

    /// <summary>Y = max or min of X:  dX = dY·[X = Y], shared equally among equal ones.</summary>
    private static Value?[] ReduceExtremum(GradientContext c)
    {
        Graph g = c.Graph;
        Value isChosen = g.Cast(g.Add("Equal", [c.X, WithReducedAxes(c, c.Y)]), c.X.Type);
        Value ties = g.ReduceSum(isChosen, true, [.. ReducedAxes(c).Select(axis => (long)axis)]);
        return [g.Mul(isChosen, g.Div(WithReducedAxes(c, c.Dy), ties))];
    }

    /// <summary>Y[i] = Σ X[j] over j up to i:  dX[j] = Σ dY[i] over i from j, the same sum from the other end.</summary>
    private static Value?[] CumSum(GradientContext c) =>
    [
        c.Graph.Add(
            "CumSum",
            [c.Dy, c.Input(1)],
            new() { { "reverse", c.Attributes.Int("reverse", 0) == 0 }, { "exclusive", c.Attributes.Int("exclusive", 0) } }),
    ];

    // A reduced value with size 1 where an axis was reduced, so that it broadcasts against X.
    private static Value WithReducedAxes(GradientContext c, Value reduced)
    {
        long[] axes = [.. ReducedAxes(c).Select(axis => (long)axis)];
        bool isKept = c.Attributes.Int("keepdims", 1) != 0;
        return isKept || axes.Length == 0 ? reduced : c.Graph.Add("Unsqueeze", [reduced, c.Graph.Ints(axes)]);
    }

    // Axes are an attribute (ReduceMean and others before opset 18) or the second input (ReduceSum since 13); none means all.
    private static int[] ReducedAxes(GradientContext c)
    {
        int rank = c.X.KnownShape.Rank;
        long[] axes = c.Attributes.Ints("axes") ?? c.ConstantInts(1) ?? [];
        if (axes.Length > 0)
        {
            return [.. axes.Select(axis => (int)(axis < 0 ? axis + rank : axis)).Order()];
        }

        return c.Attributes.Int("noop_with_empty_axes", 0) != 0 ? [] : [.. Enumerable.Range(0, rank)];
    }
}
