namespace UnetSpikes.Onnx.Grad;

/// <summary>Operators that move numbers without changing them: their gradients move them back.</summary>
internal static class ShapeOps
{
    public static readonly Dictionary<(string Domain, string Operator), GradientRule> Rules = new()
    {
        [("", "Reshape")] = c => [c.ReshapeLike(c.Dy, c.X)],
        [("", "Flatten")] = c => [c.ReshapeLike(c.Dy, c.X)],
        [("", "Squeeze")] = c => [c.ReshapeLike(c.Dy, c.X)],
        [("", "Unsqueeze")] = c => [c.ReshapeLike(c.Dy, c.X)],
        [("", "Expand")] = c => [c.Dy], // The walker sums it down.
        [("", "Transpose")] = Transpose,
        [("", "Trilu")] = c => [c.Graph.Add("Trilu", [c.Dy, c.Node.OptionalInput(1)], new() { { "upper", c.Attributes.Int("upper", 1) } })],
        [("", "Tile")] = Tile,
        [("", "Concat")] = Concat,
        [("", "Split")] = Split,
        [("", "Pad")] = Pad,
        [("", "Slice")] = Slice,
    };

    /// <summary>Y = X with its axes in another order:  dX = dY in the inverse order.</summary>
    private static Value?[] Transpose(GradientContext c)
    {
        int rank = c.X.KnownShape.Rank;
        long[] perm = c.Attributes.Ints("perm") ?? [.. Enumerable.Range(0, rank).Select(axis => rank - 1L - axis)];
        long[] inverse = new long[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            inverse[perm[axis]] = axis;
        }

        return [c.Graph.Transpose(c.Dy, inverse)];
    }

    /// <summary>Y = X repeated:  dX = Σ of the repetitions, each axis seen as [repeats, size].</summary>
    private static Value?[] Tile(GradientContext c)
    {
        long[] sizes = c.Sizes(c.X), repeated = c.Sizes(c.Y);
        long[] split = [.. sizes.SelectMany((size, axis) => (long[])[size == 0 ? 1 : repeated[axis] / size, size])];
        return [c.Graph.ReduceSum(c.Graph.Reshape(c.Dy, split), false, [.. sizes.Select((_, axis) => 2L * axis)])];
    }

    /// <summary>Y = X₁, X₂, … one after another:  dXᵢ = its piece of dY.</summary>
    private static IReadOnlyList<Value?> Concat(GradientContext c)
    {
        long axis = c.Attributes.Int("axis", 0);
        long[] sizes = [.. c.Node.Inputs.Select(x => SizeOf(c, x!, (int)axis))];
        return c.Graph.Split(c.Dy, axis, sizes);
    }

    /// <summary>Y₁, Y₂, … = pieces of X:  dX = dY₁, dY₂, … one after another, zeros for pieces nobody used.</summary>
    private static Value?[] Split(GradientContext c) =>
        [c.Graph.Concat(c.Attributes.Int("axis", 0), [.. c.Node.Outputs.Select((y, i) => c.OutputGradient(i) ?? c.Zeros(y))])];

    /// <summary>Y = X with a constant around, or cut by negative amounts:  dX = dY padded by the opposite; the constant gets the rest.</summary>
    private static Value?[] Pad(GradientContext c)
    {
        if (c.Attributes.String("mode", "constant") != "constant")
        {
            throw c.Refuse("only mode 'constant' has a gradient");
        }

        Graph g = c.Graph;
        Value back = c.Input(1).Constant is Tensor pads ? g.Ints(Array.ConvertAll(pads.ToInt64(), pad => -pad)) : g.Neg(c.Input(1));
        Value dx = g.Add("Pad", c.Node.OptionalInput(3) is Value axes ? [c.Dy, back, null, axes] : [c.Dy, back]);
        return c.Needs(2) ? [dx, null, c.ReshapeLike(g.Sub(SumAll(g, c.Dy), SumAll(g, dx)), c.Input(2))] : [dx];
    }

    /// <summary>Y = X[start:end:step]:  dX = dY at those places, zeros elsewhere.</summary>
    private static Value?[] Slice(GradientContext c)
    {
        int rank = c.X.KnownShape.Rank;
        long[] starts = c.ConstantInts(1)!;
        long[] axes = c.ConstantInts(3) ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        long[] steps = c.ConstantInts(4) ?? [.. starts.Select(_ => 1L)];
        _ = c.ConstantInts(2);
        Value dx = c.Dy;
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = (int)(axes[i] < 0 ? axes[i] + rank : axes[i]);
            dx = ScatterSlice(c, dx, axis, starts[i], steps[i]);
        }

        return [dx];
    }

    // Spreads one axis out again: entry i goes to start + i·step. A padded axis of length `step` beside it makes the gaps, no scatter needed.
    private static Value ScatterSlice(GradientContext c, Value dy, int axis, long start, long step)
    {
        Graph g = c.Graph;
        long size = SizeOf(c, c.X, axis), count = SizeOf(c, c.Y, axis);
        if (count == 0)
        {
            return g.Pad(dy, PadsOf(dy, axis, 0, size));
        }

        long first = Math.Clamp(start < 0 ? start + size : start, 0, size - 1);
        if (step < 0)
        {
            dy = count == 1 ? dy : g.Slice(dy, axis, -1, long.MinValue, -1);
            first += (count - 1) * step;
            step = -step;
        }

        if (count > 1 && step > 1)
        {
            // Reshape's 0 copies the sizes before the axis, −1 leaves those after it together.
            long[] before = [.. Enumerable.Repeat(0L, axis)], after = [.. c.Sizes(dy)[(axis + 1)..]];
            Value column = g.Reshape(dy, [.. before, count, 1, .. after]);
            dy = g.Reshape(g.Pad(column, PadsOf(column, axis + 1, 0, step - 1)), [.. before, count * step, .. after]);
            count *= step;
        }

        long rest = size - first - count;
        return first == 0 && rest == 0 ? dy : g.Pad(dy, PadsOf(dy, axis, first, rest));
    }

    private static long[] PadsOf(Value x, int axis, long begin, long end)
    {
        int rank = x.KnownShape.Rank;
        var pads = new long[2 * rank];
        (pads[axis], pads[rank + axis]) = (begin, end);
        return pads;
    }

    private static long SizeOf(GradientContext c, Value value, int axis) =>
        value.KnownShape[axis].Size ?? throw c.Refuse($"its gradient needs the size of '{value.Name}' along axis {axis}");

    private static Value SumAll(Graph g, Value x) => g.Add("ReduceSum", [x], new() { { "keepdims", false } });
}
