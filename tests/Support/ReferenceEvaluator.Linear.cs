using UnetSpikes.Onnx;
using Xunit;

namespace UnetSpikes.Tests.Support;

public static partial class ReferenceEvaluator
{
    private static Dictionary<(string Domain, string Operator), Func<ReferenceCall, ReferenceTensor[]>> LinearTable() => new()
    {
        [("", "MatMul")] = c => [MatMul(c.X, c.Input(1))],
        [("", "Gemm")] = Gemm,
        [(Graph.MicrosoftDomain, "FusedMatMul")] = FusedMatMul,
    };

    // numpy's matmul: a vector is a matrix of one row (left) or one column (right), and that axis is dropped again.
    private static ReferenceTensor MatMul(ReferenceTensor a, ReferenceTensor b)
    {
        ReferenceTensor left = a.Rank == 1 ? new(a.Type, a.Data, 1, a.Dims[0]) : a;
        ReferenceTensor right = b.Rank == 1 ? new(b.Type, b.Data, b.Dims[0], 1) : b;
        Assert.Equal(left.Dims[^1], right.Dims[^2]);
        long[] batch = BroadcastDims([1], left.Dims[..^2], right.Dims[..^2])[(left.Rank == 2 && right.Rank == 2 ? 1 : 0)..];
        ReferenceTensor product = ReferenceTensor.Build(
            a.Type,
            [.. batch, left.Dims[^2], right.Dims[^1]],
            i => Sum(left.Dims[^1], k => left[[.. i[..^2], i[^2], k]] * right[[.. i[..^2], k, i[^1]]]));
        return new(a.Type, product.Data, [.. batch, .. a.Rank == 1 ? [] : new[] { left.Dims[^2] }, .. b.Rank == 1 ? [] : new[] { right.Dims[^1] }]);
    }

    private static ReferenceTensor[] Gemm(ReferenceCall c)
    {
        ReferenceTensor product = MatMul(Transposed(c.X, c, "transA"), Transposed(c.Input(1), c, "transB"));
        double alpha = c.Attributes.Float("alpha", 1), beta = c.Attributes.Float("beta", 1);
        return [ReferenceTensor.Build(product.Type, product.Dims, i => (alpha * product[i]) + (c.Optional(2) is { } bias ? beta * bias[i] : 0))];
    }

    private static ReferenceTensor[] FusedMatMul(ReferenceCall c)
    {
        Assert.Equal(0, c.Attributes.Int("transBatchA", 0) + c.Attributes.Int("transBatchB", 0));
        ReferenceTensor product = MatMul(Transposed(c.X, c, "transA"), Transposed(c.Input(1), c, "transB"));
        return [new(product.Type, Array.ConvertAll(product.Data, x => x * c.Attributes.Float("alpha", 1)), product.Dims)];
    }

    private static ReferenceTensor Transposed(ReferenceTensor x, ReferenceCall c, string flag) => c.Attributes.Int(flag, 0) == 0
        ? x
        : ReferenceTensor.Build(x.Type, [.. x.Dims[..^2], x.Dims[^1], x.Dims[^2]], i => x[[.. i[..^2], i[^1], i[^2]]]);

    private static double Sum(long count, Func<long, double> term)
    {
        double sum = 0;
        for (long i = 0; i < count; i++)
        {
            sum += term(i);
        }

        return sum;
    }
}
