namespace UnetSpikes.Onnx.Inference;

/// <summary>One integer of a shape computed in the graph: a number, the size a symbol stands for, or unknown.</summary>
/// <remarks>Unlike a <see cref="Dim"/> it may be negative: −1 in Reshape, pads that cut.</remarks>
internal readonly record struct ShapeEntry(long? Number, string? Symbol)
{
    public static ShapeEntry Unknown => default;

    public static ShapeEntry Of(long number) => new(number, null);

    public static ShapeEntry Of(Dim dim) => new(dim.Size, dim.Symbol);

    /// <summary>As an axis; unknown where the number is negative.</summary>
    public Dim ToDim() => Number is { } n ? (n >= 0 ? n : Dim.Unknown) : Symbol is null ? Dim.Unknown : Symbol;
}

/// <summary>Follows integers through Shape → Gather, Slice, Concat and arithmetic, so that a Reshape by a computed shape keeps <c>batch</c>.</summary>
internal static class ShapeArithmetic
{
    /// <summary>Longer lists are not shapes, and are not followed.</summary>
    private const int Longest = 1024;

    /// <summary>What is known of a constant's integers.</summary>
    public static ShapeEntry[]? Contents(Tensor constant) =>
        constant.Type is ElementType.Int64 or ElementType.Int32 && constant.Dims.Length <= 1 && constant.Count <= Longest
            ? Array.ConvertAll(constant.ToInt64(), ShapeEntry.Of)
            : null;

    /// <summary>What is known of the integers in the node's first output, its shape being set.</summary>
    public static ShapeEntry[]? Contents(InferenceContext n)
    {
        Value output = n.Node.Output;
        bool isList = output.Type is ElementType.Int64 or ElementType.Int32
            && output.Shape is { Rank: <= 1 } shape && (shape.Rank == 0 || shape[0].Size <= Longest);
        return isList && n.Node.Domain.Length == 0 ? Follow(n) : null;
    }

    private static ShapeEntry[]? Follow(InferenceContext n) => n.Node.OpType switch
    {
        "Shape" => Shape(n),
        "Constant" => Generators.ConstantOf(n) is { } tensor ? Contents(tensor) : null,
        "Identity" or "Cast" or "Squeeze" or "Unsqueeze" or "Reshape" => n.Contents(0),
        "Concat" => Concat(n),
        "Gather" => Gather(n),
        "Slice" => Slice(n),
        "Add" => Zip(n, (a, b) => a + b, neutral: 0, commutes: true),
        "Sub" => Zip(n, (a, b) => a - b, neutral: 0, commutes: false),
        "Mul" => Zip(n, (a, b) => a * b, neutral: 1, commutes: true),
        "Div" => Zip(n, (a, b) => b == 0 ? null : a / b, neutral: 1, commutes: false),
        "Mod" => Zip(n, Mod, neutral: null, commutes: false),
        "Max" => n.Inputs == 2 ? Zip(n, (a, b) => Math.Max(a, b), neutral: null, commutes: true) : null,
        "Min" => n.Inputs == 2 ? Zip(n, (a, b) => Math.Min(a, b), neutral: null, commutes: true) : null,
        "Neg" => n.Contents(0) is { } entries ? Array.ConvertAll(entries, e => new ShapeEntry(-e.Number, null)) : null,
        _ => null,
    };

    private static ShapeEntry[]? Shape(InferenceContext n)
    {
        if (n.Node.Input(0).Shape is not { } x)
        {
            return null;
        }

        (int start, int end) = Layout.ShapeRange(n, x.Rank);
        return [.. x.Skip(start).Take(end - start).Select(ShapeEntry.Of)];
    }

    private static ShapeEntry[]? Concat(InferenceContext n)
    {
        var all = new List<ShapeEntry>();
        for (int i = 0; i < n.Inputs; i++)
        {
            if (n.Contents(i) is not { } part)
            {
                return null;
            }

            all.AddRange(part);
        }

        return [.. all];
    }

    private static ShapeEntry[]? Gather(InferenceContext n)
    {
        if (n.Contents(0) is not { } data || n.Ints(1) is not { } indices)
        {
            return null;
        }

        long[] front = Array.ConvertAll(indices, i => i < 0 ? i + data.Length : i);
        n.Require(Array.TrueForAll(front, i => i >= 0 && i < data.Length), $"an index of [{string.Join(", ", indices)}] is outside the {data.Length} entries");
        return Array.ConvertAll(front, i => data[i]);
    }

    private static ShapeEntry[]? Slice(InferenceContext n)
    {
        if (n.Contents(0) is not { } data || n.Ints(1) is not [var start] || n.Ints(2) is not [var end] || (n.Has(4) && n.Ints(4) is not [1]))
        {
            return null;
        }

        int from = (int)Math.Clamp(start < 0 ? start + data.Length : start, 0, data.Length);
        int to = (int)Math.Clamp(end < 0 ? end + data.Length : end, from, data.Length);
        return data[from..to];
    }

    /// <summary>Entry by entry, a single entry against many; a symbol survives the operation's neutral number.</summary>
    private static ShapeEntry[]? Zip(InferenceContext n, Func<long, long, long?> f, long? neutral, bool commutes)
    {
        if (n.Contents(0) is not { } a || n.Contents(1) is not { } b || (a.Length != b.Length && a.Length != 1 && b.Length != 1))
        {
            return null;
        }

        var result = new ShapeEntry[a.Length == 1 ? b.Length : a.Length];
        for (int i = 0; i < result.Length; i++)
        {
            ShapeEntry x = a[a.Length == 1 ? 0 : i];
            ShapeEntry y = b[b.Length == 1 ? 0 : i];
            result[i] = (x.Number, y.Number) switch
            {
                ({ } p, { } q) => new(f(p, q), null),
                (null, { } q) when q == neutral => x,
                ({ } p, null) when p == neutral && commutes => y,
                _ => ShapeEntry.Unknown,
            };
        }

        return result;
    }

    /// <summary>ONNX's integer Mod takes the divisor's sign, as Python's does.</summary>
    private static long? Mod(long a, long b) => b == 0 ? null : ((a % b) + b) % b;
}
