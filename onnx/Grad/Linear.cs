namespace UnetSpikes.Onnx.Grad;

/// <summary>Matrix products. All three operators are Y = α·A'·B' with A' = A or Aᵀ; they differ in batching and flags.</summary>
internal static class Linear
{
    public static readonly Dictionary<(string Domain, string Operator), GradientRule> Rules = new()
    {
        [("", "MatMul")] = MatMul,
        [("", "Gemm")] = Gemm,
        [(Graph.MicrosoftDomain, "FusedMatMul")] = FusedMatMul,
    };

    /// <summary>Y = A·B:  dA = dY·Bᵀ,  dB = Aᵀ·dY. Vectors are made matrices of one row or column first.</summary>
    private static Value?[] MatMul(GradientContext c)
    {
        Value a = c.Input(0), b = c.Input(1);
        bool isRow = a.KnownShape.Rank == 1, isColumn = b.KnownShape.Rank == 1;
        if (!isRow && !isColumn)
        {
            return Product(c, a, b, c.Dy, false, false, 1);
        }

        Value matrixA = isRow ? c.Graph.Reshape(a, 1, -1) : a;
        Value matrixB = isColumn ? c.Graph.Reshape(b, -1, 1) : b;
        long[] batch = [.. c.Sizes(c.Y).SkipLast((isRow ? 0 : 1) + (isColumn ? 0 : 1))];
        long rows = isRow ? 1 : a.KnownShape[-2].Size!.Value, columns = isColumn ? 1 : b.KnownShape[-1].Size!.Value;
        Value?[] gradients = Product(c, matrixA, matrixB, c.Graph.Reshape(c.Dy, [.. batch, rows, columns]), false, false, 1);
        return
        [
            isRow ? AsVector(c, gradients[0]) : gradients[0],
            isColumn ? AsVector(c, gradients[1]) : gradients[1],
        ];
    }

    /// <summary>Y = α·A'·B' + β·C:  as a product; dC = β·dY.</summary>
    private static Value?[] Gemm(GradientContext c)
    {
        double beta = c.Attributes.Float("beta", 1);
        Value?[] product = Product(c, c.Input(0), c.Input(1), c.Dy, Flag(c, "transA"), Flag(c, "transB"), c.Attributes.Float("alpha", 1));
        return [.. product, beta == 1 ? c.Dy : c.Graph.Mul(c.Dy, beta)];
    }

    /// <summary>Y = α·A'·B' over batches:  as a product.</summary>
    private static Value?[] FusedMatMul(GradientContext c) =>
        Flag(c, "transBatchA") || Flag(c, "transBatchB") || c.Input(0).KnownShape.Rank < 2 || c.Input(1).KnownShape.Rank < 2
            ? throw c.Refuse("only matrices and batches of them without transBatchA and transBatchB have a gradient")
            : Product(c, c.Input(0), c.Input(1), c.Dy, Flag(c, "transA"), Flag(c, "transB"), c.Attributes.Float("alpha", 1));

    // Y = α·A'·B':  dA = α·dY·B'ᵀ, or its transpose α·B'·dYᵀ where A' = Aᵀ;  dB = α·A'ᵀ·dY, or α·dYᵀ·A' where B' = Bᵀ.
    private static Value?[] Product(GradientContext c, Value a, Value b, Value dy, bool transA, bool transB, double alpha) =>
    [
        !c.Needs(0) ? null
            : transA ? Multiply(c, b, dy, transB, true, alpha)
            : Multiply(c, dy, b, false, !transB, alpha),
        !c.Needs(1) ? null
            : CanFold(a, b, dy, transA) ? FoldedWeightGradient(c, a, b, dy, transB, alpha)
            : transB ? Multiply(c, dy, a, true, transA, alpha)
            : Multiply(c, a, dy, !transA, false, alpha),
    ];

    private static Value Multiply(GradientContext c, Value a, Value b, bool transA, bool transB, double alpha) =>
        a.KnownShape.Rank == 2 && b.KnownShape.Rank == 2
            ? c.Graph.Gemm(a, b, null, transA, transB, alpha)
            : c.Graph.FusedMatMul(a, b, transA, transB, alpha);

    // One weight matrix for a whole batch: all rows of the batch form one tall matrix, and the sum over the batch is part of the product.
    private static bool CanFold(Value a, Value b, Value dy, bool transA) =>
        !transA && b.KnownShape.Rank == 2 && a.KnownShape.Rank > 2 && a.KnownShape.Rank == dy.KnownShape.Rank
        && a.KnownShape[-1].Size is > 0 && dy.KnownShape[-1].Size is > 0;

    private static Value FoldedWeightGradient(GradientContext c, Value a, Value b, Value dy, bool transB, double alpha)
    {
        Value tallA = c.Graph.Reshape(a, -1, a.KnownShape[-1].Size!.Value);
        Value tallDy = c.Graph.Reshape(dy, -1, dy.KnownShape[-1].Size!.Value);
        return transB ? c.Graph.Gemm(tallDy, tallA, null, true, false, alpha) : c.Graph.Gemm(tallA, tallDy, null, true, false, alpha);
    }

    private static Value? AsVector(GradientContext c, Value? matrices)
    {
        if (matrices is null)
        {
            return null;
        }

        long[] batchAxes = [.. Enumerable.Range(0, matrices.KnownShape.Rank - 2).Select(axis => (long)axis)];
        return c.Graph.Reshape(batchAxes.Length == 0 ? matrices : c.Graph.ReduceSum(matrices, false, batchAxes), -1);
    }

    private static bool Flag(GradientContext c, string name) => c.Attributes.Int(name, 0) != 0;
}
