namespace UnetSpikes.Onnx.Grad;

/// <summary>Normalizations: Y = scale·x̂ + bias with x̂ = (X − μ)·r and r = 1/√(variance + ε).</summary>
/// <remarks>
/// Where μ and the variance are X's own, dX = scale·r·(dY − mean dY − x̂·mean(dY·x̂)). The statistics are computed again
/// from X; the forward pass of a training step shares them (<see cref="ChannelStatistics"/>).
/// </remarks>
internal static class Normalization
{
    public static readonly Dictionary<(string Domain, string Operator), GradientRule> Rules = new()
    {
        [("", "InstanceNormalization")] = InstanceNormalization,
        [("", "LayerNormalization")] = LayerNormalization,
        [("", "BatchNormalization")] = BatchNormalization,
    };

    /// <summary>Over the spatial axes of each [n, c]:  dX = scale·r·(dY − (mean dY + x̂·r·cov(dY, X))).</summary>
    /// <remarks>The product with scale·r is the last and outermost, so that a pass can fold it into the convolution before.</remarks>
    private static Value?[] InstanceNormalization(GradientContext c) =>
        c.X.KnownShape is { IsStatic: true } shape && shape[0].Size == 1 ? OfOneSample(c) : OfSamples(c);

    private static Value?[] OfOneSample(GradientContext c)
    {
        Graph g = c.Graph;
        long channels = c.Sizes(c.X)[1];
        double positions = c.Sizes(c.X)[2..].Aggregate(1.0, (product, size) => product * size);
        Value Rows(Value value) => value.KnownShape.Rank == 3 ? value : g.Reshape(value, 1, channels, (long)positions);
        Value x = Rows(c.X), dy = Rows(c.Dy);
        ChannelStatistics statistics = ChannelStatistics.Of(g, x);
        double epsilon = c.Attributes.Float("epsilon", 1e-5f);
        Value r = g.Reciprocal(g.Sqrt(g.Add(statistics.Variance, epsilon)));
        Value meanDy = ChannelStatistics.MeanOf(g, dy);
        Value slope = g.Mul(r, g.Sub(ChannelStatistics.MeanProduct(g, dy, x), g.Mul(meanDy, statistics.Mean))); // r·cov(dY, X)

        // slope·x̂ + mean dY is a normalisation with these statistics: one node.
        Value projection = g.BatchNormalization(x, slope, meanDy, statistics.Mean, statistics.Variance, epsilon);
        Value dx = g.Mul(g.Sub(dy, projection), g.Reshape(g.Mul(c.Input(1), r), 1, channels, 1));
        return [c.ReshapeLike(dx, c.X), g.Mul(slope, positions), g.Mul(meanDy, positions)];
    }

    private static Value?[] OfSamples(GradientContext c)
    {
        Graph g = c.Graph;
        int rank = c.X.KnownShape.Rank;
        long[] spatial = [.. Enumerable.Range(2, rank - 2).Select(axis => (long)axis)];
        double positions = c.Sizes(c.X)[2..].Aggregate(1.0, (product, size) => product * size);

        Value centred = g.Sub(c.X, c.Mean(c.X, spatial));
        Value variance = c.Mean(g.Mul(centred, centred), spatial);
        Value covariance = c.Mean(g.Mul(c.Dy, centred), spatial);
        Value r = InverseDeviation(c, variance);
        Value meanDy = c.Mean(c.Dy, spatial);

        Value a = g.Mul(Along(c, c.Input(1)), r), b = g.Neg(g.Mul(g.Mul(r, r), covariance)), d = g.Neg(meanDy);
        Value dx = g.Mul(g.Add(c.Dy, g.Add(g.Mul(b, centred), d)), a);
        Value Total(Value mean) => g.Reshape(g.ReduceSum(g.Mul(mean, positions), false, 0), -1);
        return [dx, Total(g.Mul(covariance, r)), Total(meanDy)];
    }

    /// <summary>Over the axes from <c>axis</c> on:  with d = dY·scale, dX = r·(d − mean d − x̂·mean(d·x̂)); dscale = dY·x̂; dbias = dY.</summary>
    private static Value?[] LayerNormalization(GradientContext c)
    {
        if (c.OutputGradient(1) is not null || c.OutputGradient(2) is not null)
        {
            throw c.Refuse("only the first output has a gradient, and the loss depends on another");
        }

        Graph g = c.Graph;
        int rank = c.X.KnownShape.Rank, first = (int)c.Attributes.Int("axis", -1);
        first = first < 0 ? first + rank : first;
        long[] axes = [.. Enumerable.Range(first, rank - first).Select(axis => (long)axis)];

        Value centred = g.Sub(c.X, c.Mean(c.X, axes));
        Value r = InverseDeviation(c, c.Mean(g.Mul(centred, centred), axes));
        Value normalized = g.Mul(centred, r), d = g.Mul(c.Dy, c.Input(1));
        Value projection = g.Mul(normalized, c.Mean(g.Mul(d, normalized), axes));
        Value dx = g.Mul(g.Sub(g.Sub(d, c.Mean(d, axes)), projection), r);
        return [dx, g.Mul(c.Dy, normalized), c.Dy];
    }

    /// <summary>Statistics m, v given:  dX = dY·scale·r; dscale = ΣdY·x̂; dbias = ΣdY; dm = −scale·r·ΣdY; dv = −½·scale·r²·ΣdY·x̂.</summary>
    private static Value?[] BatchNormalization(GradientContext c)
    {
        if (c.Attributes.Int("training_mode", 0) != 0)
        {
            throw c.Refuse("training_mode has no gradient, expected InstanceNormalization over the batch");
        }

        Graph g = c.Graph;
        Value scale = c.Input(1), r = InverseDeviation(c, c.Input(4));
        Value gain = g.Mul(scale, r), dx = g.Mul(c.Dy, Along(c, gain));
        Value normalized = g.Mul(g.Sub(c.X, Along(c, c.Input(3))), Along(c, r));
        long[] others = [0, .. Enumerable.Range(2, c.X.KnownShape.Rank - 2).Select(axis => (long)axis)];
        Value dScale = g.ReduceSum(g.Mul(c.Dy, normalized), false, others), dBias = g.ReduceSum(c.Dy, false, others);
        return [dx, dScale, dBias, g.Neg(g.Mul(gain, dBias)), g.Mul(g.Mul(g.Mul(gain, r), dScale), -0.5)];
    }

    private static Value InverseDeviation(GradientContext c, Value variance) =>
        c.Graph.Reciprocal(c.Graph.Sqrt(c.Graph.Add(variance, c.Attributes.Float("epsilon", 1e-5f))));

    // [C] → [C, 1, …], which broadcasts along axis 1 of X.
    private static Value Along(GradientContext c, Value perChannel) =>
        c.Graph.Reshape(perChannel, [-1, .. Enumerable.Repeat(1L, c.X.KnownShape.Rank - 2)]);
}
