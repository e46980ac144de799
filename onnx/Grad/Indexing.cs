namespace UnetSpikes.Onnx.Grad;

/// <summary>Picking entries by index: the gradient adds each one back where it came from, and an entry picked twice gets both.</summary>
internal static class Indexing
{
    public static readonly Dictionary<(string Domain, string Operator), GradientRule> Rules = new()
    {
        [("", "Gather")] = Gather,
        [("", "GatherElements")] = GatherElements,
    };

    /// <summary>Y = X[…, indices, …]:  dX = Eᵀ·dY with E[i, j] = [indices[i] = j].</summary>
    /// <remarks>A product with zeros and ones instead of a scatter: every provider has it, and equal indices add up in a fixed order.</remarks>
    private static Value?[] Gather(GradientContext c)
    {
        Graph g = c.Graph;
        long[] sizes = c.Sizes(c.X), picked = c.Sizes(c.Input(1));
        int axis = (int)c.Attributes.Int("axis", 0);
        axis = axis < 0 ? axis + sizes.Length : axis;
        long size = sizes[axis], count = Product(picked), before = Product(sizes[..axis]), after = Product(sizes[(axis + 1)..]);

        Value indices = g.Reshape(g.Cast(c.Input(1), ElementType.Int64), count, 1);
        Value wrapped = g.Add("Mod", [indices, g.AddInitializer(Tensor.Ints(size))]); // Negative indices count from the end.
        Value every = g.Ints([.. Enumerable.Range(0, (int)size).Select(j => (long)j)]);
        Value isPicked = g.Cast(g.Add("Equal", [wrapped, every]), c.Dy.Type);         // E [count, size]
        Value dy = g.Reshape(c.Dy, before, count, after);
        return [g.Reshape(g.FusedMatMul(isPicked, dy, transA: true), sizes)];
    }

    /// <summary>Y[…, i, …] = X[…, indices[…, i, …], …]:  dX = zeros with dY added at the indices.</summary>
    private static Value?[] GatherElements(GradientContext c) =>
    [
        c.Graph.Add(
            "ScatterElements",
            [c.Zeros(c.X), c.Input(1), c.Dy],
            new() { { "axis", c.Attributes.Int("axis", 0) }, { "reduction", "add" } }),
    ];

    private static long Product(long[] sizes) => sizes.Aggregate(1L, (product, size) => product * size);
}
