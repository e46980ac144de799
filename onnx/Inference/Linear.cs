namespace UnetSpikes.Onnx.Inference;

/// <summary>Matrix products.</summary>
internal static class Linear
{
    public static IEnumerable<Operator> Table { get; } =
    [
        new("MatMul", "T T", "T", Types.Wide, n => Product(n, n.X, n.ShapeOf(1))),
        new("Gemm", "T T T?", "T", Types.Wide, Gemm, "alpha:float", "beta:float", "transA:int", "transB:int"),
        new("FusedMatMul", "T T", "T", Types.Floats, FusedMatMul, "alpha:float", "transA:int", "transB:int", "transBatchA:int", "transBatchB:int")
        {
            Domain = Graph.MicrosoftDomain,
        },
    ];

    private static Shape Product(InferenceContext n, Shape a, Shape b)
    {
        n.Require(a.Rank > 0 && b.Rank > 0, "a scalar cannot be multiplied as a matrix");
        n.Same(a[^1], b.Rank == 1 ? b[0] : b[^2], $"the inner sizes of {a} · {b}");
        Shape batch = n.Broadcast(new Shape([.. a.SkipLast(2)]), new Shape([.. b.SkipLast(2)]));
        IEnumerable<Dim> rows = a.Rank == 1 ? [] : [a[^2]];
        IEnumerable<Dim> columns = b.Rank == 1 ? [] : [b[^1]];
        return new Shape([.. batch, .. rows, .. columns]);
    }

    private static Shape Gemm(InferenceContext n)
    {
        n.Require(n.X.Rank == 2 && n.ShapeOf(1).Rank == 2, $"A {n.X} and B {n.ShapeOf(1)} must be matrices");
        Shape product = Product(n, Turned(n, n.X, "transA"), Turned(n, n.ShapeOf(1), "transB"));
        if (n.Has(2))
        {
            n.CheckBroadcastsTo(n.ShapeOf(2), product, "C");
        }

        return product;
    }

    private static Shape FusedMatMul(InferenceContext n)
    {
        n.Require(n.Node.Attributes.Int("transBatchA", 0) == 0 && n.Node.Attributes.Int("transBatchB", 0) == 0, "transBatchA and transBatchB must be 0");
        return Product(n, Turned(n, n.X, "transA"), Turned(n, n.ShapeOf(1), "transB"));
    }

    private static Shape Turned(InferenceContext n, Shape shape, string attribute) =>
        n.Node.Attributes.Int(attribute, 0) == 0 || shape.Rank < 2 ? shape : new Shape([.. shape.SkipLast(2), shape[^1], shape[^2]]);
}
