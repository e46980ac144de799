namespace UnetSpikes.Onnx.Passes;

/// <summary>Algebra on what differentiation leaves behind: products with one, repeated scalars, signs that can wait.</summary>
/// <remarks>Each rule is one identity and saves a pass over the activations. Numbers may change in the last bit, not more.</remarks>
public static class Simplify
{
    /// <summary>Rewrites each node once, in order; run <see cref="DeadCode"/> afterwards.</summary>
    /// <param name="graph">Changed in place.</param>
    /// <returns>How many nodes were rewritten.</returns>
    public static int Apply(Graph graph) => Rewriting.Run(graph, node => Simpler(graph, node));

    /// <summary>The simpler value with the same numbers and shape, or null.</summary>
    private static Value? Simpler(Graph g, Node node) => node.OpType switch
    {
        "Mul" => Product(g, node.Input(0), node.Input(1), node.Output.Shape),
        "Add" => Sum(g, node.Input(0), node.Input(1)) ?? Sum(g, node.Input(1), node.Input(0)),
        "Sub" when Producer(node.Input(1), "Neg") is Node negation => g.Add(node.Input(0), negation.Input(0)),
        "Neg" when Producer(node.Input(0), "Neg") is Node negation => negation.Input(0),
        "FusedMatMul" => OuterProductWithOnes(g, node),
        "Reshape" when Producer(node.Input(0), "Neg") is Node negation => g.Neg(g.Reshape(negation.Input(0), node.Input(1))),
        "Identity" => node.Input(0),
        _ => null,
    };

    private static Value? Product(Graph g, Value a, Value b, Shape? shape) => HalfProduct(g, a, b, shape) ?? HalfProduct(g, b, a, shape);

    private static Value? HalfProduct(Graph g, Value a, Value b, Shape? shape)
    {
        bool keepsShape = HasShape(b, shape);

        // 1 · b = b, (−1) · b = −b
        if (keepsShape && SignOfOnes(a) is int sign)
        {
            return sign > 0 ? b : g.Neg(b);
        }

        // (a repeated) · b = a · b, which repeats it anyway
        if (keepsShape && Producer(a, "Expand") is Node repeated)
        {
            return Product(g, repeated.Input(0), b, shape) ?? g.Mul(repeated.Input(0), b);
        }

        // (−a) · b = −(a · b): the sign moves on until a sum takes it in
        return Producer(a, "Neg") is Node negation
            ? g.Neg(Product(g, negation.Input(0), b, shape) ?? g.Mul(negation.Input(0), b))
            : null;
    }

    // a + (−b) = a − b
    private static Value? Sum(Graph g, Value a, Value b) => Producer(b, "Neg") is Node negation ? g.Sub(a, negation.Input(0)) : null;

    private static Node? Producer(Value value, string opType) =>
        value.Producer is { Domain: "" } node && node.OpType == opType ? node : null;

    private static bool HasShape(Value value, Shape? shape) =>
        value.Shape is { IsStatic: true } own && shape is { IsStatic: true } && own.Equals(shape);

    // [.., 1, 1] ones times [.., 1, n] is the second factor: the gradient of a sum of dot products.
    private static Value? OuterProductWithOnes(Graph g, Node node)
    {
        Value a = node.Input(0), b = node.Input(1);
        bool isPlain = node.Attributes.Int("transB", 0) == 0 && node.Attributes.Float("alpha", 1) == 1;
        bool isColumnOfOne = a.Shape is { Rank: > 2, IsStatic: true } shape && shape[-1].Size == 1 && shape[-2].Size == 1;
        return isPlain && isColumnOfOne && HasShape(b, node.Output.Shape) && SignOfOnes(a) is int sign
            ? sign > 0 ? b : g.Neg(b)
            : null;
    }

    // 1 for the constant one, −1 for its negative, whatever the shape it was brought to: seeds of a gradient; null for all else.
    private static int? SignOfOnes(Value value) => value.Constant is Tensor constant
        ? constant.Data is float[] and [1f] or double[] and [1d] ? 1 : null
        : value.Producer is not { Domain: "" } node ? null
        : node.OpType switch
        {
            "Unsqueeze" or "Reshape" or "Expand" => SignOfOnes(node.Input(0)),
            "Neg" => -SignOfOnes(node.Input(0)),
            _ => null,
        };
}
