namespace UnetSpikes.Onnx.Inference;

/// <summary>Operators that move numbers without changing them: other shapes, other orders, parts, joins, margins.</summary>
internal static class Layout
{
    public static IEnumerable<Operator> Table { get; } =
    [
        new("Shape", "A", "L", Types.Any, ShapeOf, "start:int", "end:int") { TakesUnknownRank = true },
        new("Size", "A", "L", Types.Any, _ => new Shape()) { TakesUnknownRank = true },
        new("Reshape", "T L", "T", Types.Any, Reshape, "allowzero:int") { TakesUnknownRank = true },
        new("Flatten", "T", "T", Types.Any, Flatten, "axis:int"),
        new("Squeeze", "T L?", "T", Types.Any, Squeeze),
        new("Unsqueeze", "T L", "T", Types.Any, Unsqueeze),
        new("Transpose", "T", "T", Types.Any, Transpose, "perm:ints"),
        new("Expand", "T L", "T", Types.Any, Expand),
        new("Tile", "T L", "T", Types.Any, Tile),
        new("Concat", "T+", "T", Types.Any, Concat, "axis:int!"),
        new("Split", "T L?", "T+", Types.Any, Split, "axis:int"),
        new("Split", "T L?", "T+", Types.Any, Split, "axis:int", "num_outputs:int") { Since = 18 },
        new("Pad", "T L T?", "T", Types.Any, Pad, "mode:string"),
        new("Pad", "T L T? J?", "T", Types.Any, Pad, "mode:string") { Since = 18 },
        new("Trilu", "T L?", "T", Types.Any, Trilu, "upper:int"),
    ];

    /// <summary>The axes that Shape gives: start up to end, clamped to the rank.</summary>
    public static (int Start, int End) ShapeRange(InferenceContext n, int rank)
    {
        int start = Clamp(n.Node.Attributes.Int("start", 0));
        return (start, Math.Max(start, Clamp(n.Node.Attributes.Int("end", rank))));

        int Clamp(long axis) => (int)Math.Clamp(axis < 0 ? axis + rank : axis, 0, rank);
    }

    private static Shape ShapeOf(InferenceContext n)
    {
        if (n.Node.Input(0).Shape is not { } x)
        {
            return new Shape(Dim.Unknown);
        }

        (int start, int end) = ShapeRange(n, x.Rank);
        return new Shape(end - start);
    }

    private static Shape? Reshape(InferenceContext n)
    {
        Shape? x = n.Node.Input(0).Shape;
        if (n.Contents(1) is not { } wanted)
        {
            return n.LengthOf(1) is { } rank ? n.UnknownOf(rank) : null;
        }

        bool zeroIsZero = n.Node.Attributes.Int("allowzero", 0) == 1;
        var dims = new Dim[wanted.Length];
        int inferred = -1;
        for (int i = 0; i < dims.Length; i++)
        {
            long? number = wanted[i].Number;
            n.Require(number is null or >= -1, $"axis {i} cannot have size {number}");
            if (number == 0 && !zeroIsZero)
            {
                n.Require(x is null || i < x.Rank, $"size 0 copies axis {i} of {x}, which does not exist");
                dims[i] = x is null ? Dim.Unknown : x[i];
            }
            else if (number == -1)
            {
                n.Require(inferred < 0, "-1 stands twice in the shape");
                inferred = i;
            }
            else
            {
                dims[i] = wanted[i].ToDim();
            }
        }

        return x is null ? new Shape(dims) : FitCount(n, x, dims, inferred);
    }

    /// <summary>Checks the number of elements and gives −1 its size; a symbol on both sides cancels.</summary>
    private static Shape FitCount(InferenceContext n, Shape x, Dim[] dims, int inferred)
    {
        List<Dim> left = [.. x.Where(d => d.Size is null)];
        bool cancels = true;
        for (int i = 0; i < dims.Length; i++)
        {
            // Two axes nothing is known of do not cancel: only a named symbol stands for one size.
            cancels &= i == inferred || dims[i].Size is not null || (dims[i].Symbol is not null && left.Remove(dims[i]));
        }

        long have = Product(x);
        long asked = Product(dims.Where((_, i) => i != inferred));
        string problem = $"{x} cannot be reshaped to {new Shape([.. dims.Select((d, i) => i == inferred ? "-1" : d)])}";
        if (cancels && left.Count == 0)
        {
            n.Require(inferred < 0 ? have == asked : asked != 0 ? have % asked == 0 : false, problem);
            if (inferred >= 0)
            {
                dims[inferred] = have / asked;
            }
        }
        else if (cancels && left is [{ Symbol: not null } symbol] && inferred >= 0 && have == asked && have != 0)
        {
            dims[inferred] = symbol;
        }

        return new Shape(dims);
    }

    private static long Product(IEnumerable<Dim> dims) => dims.Aggregate(1L, (product, d) => checked(product * (d.Size ?? 1)));

    private static Shape Flatten(InferenceContext n)
    {
        long given = n.Node.Attributes.Int("axis", 1);
        n.Require(given >= -n.X.Rank && given <= n.X.Rank, $"axis {given} does not exist: the input has {n.X.Rank} axes");
        int axis = (int)(given < 0 ? given + n.X.Rank : given);
        return new Shape(Joined(n.X.Take(axis)), Joined(n.X.Skip(axis)));
    }

    private static Dim Joined(IEnumerable<Dim> dims)
    {
        Dim[] others = [.. dims.Where(d => d.Size != 1)];
        return Array.TrueForAll(others, d => d.Size is not null) ? Product(others) : others is [var one] ? one : Dim.Unknown;
    }

    private static Shape? Squeeze(InferenceContext n)
    {
        if (!n.Has(1))
        {
            return n.X.All(d => d.Size is not null) ? new Shape([.. n.X.Where(d => d.Size != 1)]) : null;
        }

        if (n.Ints(1) is not { } axes)
        {
            return n.LengthOf(1) is { } count && count <= n.X.Rank ? n.UnknownOf(n.X.Rank - count) : null;
        }

        int[] squeezed = n.Axes(axes, n.X.Rank);
        foreach (int axis in squeezed)
        {
            n.Require(n.X[axis].Size is null or 1, $"axis {axis} of {n.X} is not of size 1");
        }

        return new Shape([.. n.X.Where((_, axis) => Array.IndexOf(squeezed, axis) < 0)]);
    }

    private static Shape? Unsqueeze(InferenceContext n)
    {
        if (n.Ints(1) is not { } axes)
        {
            return n.LengthOf(1) is { } count ? n.UnknownOf(n.X.Rank + count) : null;
        }

        int rank = n.X.Rank + axes.Length;
        int[] added = n.Axes(axes, rank);
        var rest = new Queue<Dim>(n.X);
        return new Shape([.. Enumerable.Range(0, rank).Select(axis => Array.IndexOf(added, axis) >= 0 ? 1 : rest.Dequeue())]);
    }

    private static Shape Transpose(InferenceContext n)
    {
        long[] perm = n.Node.Attributes.Ints("perm") ?? [.. Enumerable.Range(0, n.X.Rank).Reverse().Select(a => (long)a)];
        bool isPermutation = perm.Order().SequenceEqual(Enumerable.Range(0, n.X.Rank).Select(a => (long)a));
        n.Require(isPermutation, $"perm [{string.Join(", ", perm)}] is not an order of the {n.X.Rank} axes");
        return new Shape([.. perm.Select(axis => n.X[(int)axis])]);
    }

    private static Shape? Expand(InferenceContext n) =>
        n.Contents(1) is { } shape ? n.Broadcast(n.X, new Shape([.. shape.Select(e => e.ToDim())]))
        : n.LengthOf(1) is { } rank ? n.Broadcast(n.X, n.UnknownOf(rank)) : null;

    private static Shape Tile(InferenceContext n)
    {
        n.Require(n.LengthOf(1) is null || n.LengthOf(1) == n.X.Rank, $"repeats has {n.LengthOf(1)} entries, expected {n.X.Rank}");
        ShapeEntry[]? repeats = n.Contents(1);
        return new Shape([.. n.X.Select((dim, i) => Repeated(n, dim, repeats?[i].Number))]);
    }

    private static Dim Repeated(InferenceContext n, Dim dim, long? times)
    {
        n.Require(times is null or >= 0, $"an axis cannot be repeated {times} times");
        return times == 1 ? dim : times is { } k && dim.Size is { } size ? checked(k * size) : Dim.Unknown;
    }

    private static Shape Concat(InferenceContext n)
    {
        int axis = n.AxisAttribute(0, n.X.Rank);
        Shape result = n.X;
        for (int i = 1; i < n.Inputs; i++)
        {
            Shape next = n.ShapeOf(i);
            n.Require(next.Rank == result.Rank, $"input {i} {next} has other axes than input 0 {n.X}");
            result = new Shape([.. result.Select((dim, a) => a == axis ? Plus(dim, next[a]) : n.Same(dim, next[a], $"sizes along axis {a}"))]);
        }

        return result;
    }

    private static Dim Plus(Dim a, Dim b) => (a.Size, b.Size) switch
    {
        ({ } x, { } y) => x + y,
        (0, _) => b,
        (_, 0) => a,
        _ => Dim.Unknown,
    };

    private static Shape Split(InferenceContext n)
    {
        int axis = n.AxisAttribute(0, n.X.Rank);
        Dim whole = n.X[axis];
        Dim[] parts = [.. Enumerable.Repeat(Dim.Unknown, n.Outputs)];
        if (n.Has(1))
        {
            n.Require(n.LengthOf(1) is null || n.LengthOf(1) == n.Outputs, $"{n.LengthOf(1)} sizes for {n.Outputs} outputs");
            parts = n.Contents(1) is { } sizes ? [.. sizes.Select(e => e.ToDim())] : parts;
            bool isCut = n.Ints(1) is { } known;
            n.Require(!isCut || whole.Size is null || n.Ints(1)!.Sum() == whole.Size, $"the sizes do not add up to the {whole} of axis {axis}");
            n.Require(n.Ints(1) is not { } all || Array.TrueForAll(all, s => s >= 0), "a size is negative");
        }
        else if (whole.Size is { } size)
        {
            long ceiling = (size + n.Outputs - 1) / n.Outputs;
            n.Require(size % n.Outputs == 0 || n.Node.Attributes.Has("num_outputs"), $"{size} cannot be cut into {n.Outputs} equal parts");
            parts = [.. Enumerable.Range(0, n.Outputs).Select(i => (Dim)Math.Clamp(size - (i * ceiling), 0, ceiling))];
        }
        else if (n.Outputs == 1)
        {
            parts = [whole];
        }

        for (int i = 1; i < n.Outputs; i++)
        {
            n.Set(i, n.X.With(axis, parts[i]));
        }

        return n.X.With(axis, parts[0]);
    }

    private static Shape Pad(InferenceContext n)
    {
        n.Require(n.Node.Attributes.String("mode", "constant") is "constant" or "reflect" or "edge", "mode must be constant, reflect or edge");
        n.Require(!n.Has(2) || n.ShapeOf(2).Rank == 0 || n.ShapeOf(2) is [{ Size: 1 }], "the constant must be one number");
        if (n.Has(3) && n.Ints(3) is null)
        {
            return n.UnknownOf(n.X.Rank);
        }

        int[] axes = n.Has(3) ? n.Axes(n.Ints(3)!, n.X.Rank) : [.. Enumerable.Range(0, n.X.Rank)];
        n.Require(n.LengthOf(1) is null || n.LengthOf(1) == 2 * axes.Length, $"pads has {n.LengthOf(1)} entries, expected {2 * axes.Length}: the begin of every axis, then the end");
        Dim[] dims = [.. n.X];
        for (int i = 0; i < axes.Length; i++)
        {
            long? sum = n.Contents(1) is { } pads ? pads[i].Number + pads[i + axes.Length].Number : null;
            Dim dim = dims[axes[i]];
            n.Require(dim.Size + sum is null or >= 0, $"{sum} of padding leaves axis {axes[i]} of {n.X} with a negative size");
            dims[axes[i]] = sum == 0 ? dim : dim.Size + sum is { } size ? size : Dim.Unknown;
        }

        return new Shape(dims);
    }

    private static Shape Trilu(InferenceContext n)
    {
        n.Require(n.X.Rank >= 2, $"the input {n.X} must have 2 axes or more");
        n.Require(!n.Has(1) || n.ShapeOf(1).Rank == 0 || n.ShapeOf(1) is [{ Size: 1 }], "k must be one number");
        return n.X;
    }
}
