namespace UnetSpikes.Onnx;

/// <summary>Mean and variance of every channel of one sample, [1, C, L], as graph nodes.</summary>
/// <remarks>
/// Two readings of the activations and nothing written: the mean, and the dot product of each channel with itself. In
/// float32 the variance E[x²] − μ² keeps about 7 − 2·log10(|μ|/σ) digits, enough where a layer is normalised at every
/// step and |μ| is a few σ; it is never negative. Normalisation, its gradient and the running statistics all call this,
/// and <see cref="Passes.CommonSubexpressions"/> leaves one copy.
/// </remarks>
/// <param name="Mean">[C].</param>
/// <param name="Variance">The biased one, [C].</param>
public sealed record ChannelStatistics(Value Mean, Value Variance)
{
    /// <summary>Adds the statistics to a graph.</summary>
    /// <param name="g">The graph.</param>
    /// <param name="x">[1, C, L], all sizes known.</param>
    public static ChannelStatistics Of(Graph g, Value x)
    {
        Value mean = MeanOf(g, x);
        Value variance = g.Max(g.Sub(MeanProduct(g, x, x), g.Mul(mean, mean)), g.Scalar(x, 0));
        return new ChannelStatistics(mean, variance);
    }

    /// <summary>Mean over positions, [C].</summary>
    /// <param name="g">The graph.</param>
    /// <param name="x">[1, C, L].</param>
    public static Value MeanOf(Graph g, Value x) => g.Opset < 18
        ? g.ReduceMean(x, false, 0, 2)
        : g.Add("ReduceMean", [x, g.Ints(0, 2)], new() { { "keepdims", 0 } });

    /// <summary>Mean over positions of a·b, [C].</summary>
    /// <remarks>A batch of [1, L]·[L, 1] products. The factor 1/L comes afterwards: any alpha but 1 makes the product 17 times slower.</remarks>
    /// <param name="g">The graph.</param>
    /// <param name="a">[1, C, L].</param>
    /// <param name="b">[1, C, L].</param>
    public static Value MeanProduct(Graph g, Value a, Value b)
    {
        long[] sizes = a.KnownShape.Sizes();
        Value RowOf(Value x) => g.Reshape(x, sizes[1], 1, sizes[2]);
        Value product = g.FusedMatMul(RowOf(a), RowOf(b), transB: true);
        return g.Mul(g.Reshape(product, sizes[1]), 1.0 / Math.Max(1, sizes[2]));
    }
}
