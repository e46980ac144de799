using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <content>
/// Normalisations within a trial, in the operators whose gradients are fast in the layout of training: sums over the outer axes.
/// </content>
public abstract partial class ForwardPass
{
    /// <summary>Normalises each bin of each trial over its channels (PyTorch's LayerNorm over channels).</summary>
    /// <param name="x">Activations.</param>
    /// <param name="weight">[channel].</param>
    /// <param name="bias">[channel].</param>
    public Value NormalizeBins(Value x, Value weight, Value bias)
    {
        Value centred = Graph.Sub(x, Graph.ReduceMean(x, keepDims: true, 1));
        Value scale = InverseDeviation(Graph.ReduceMean(Square(centred), keepDims: true, 1));
        return Graph.Add(Graph.Mul(Graph.Mul(centred, scale), PerChannel(weight)), PerChannel(bias));
    }

    /// <summary>Normalises each trial over its channels and bins, those of padding included (PyTorch's GroupNorm with one group).</summary>
    /// <param name="x">Activations.</param>
    /// <param name="weight">[channel].</param>
    /// <param name="bias">[channel].</param>
    /// <remarks>
    /// As x·gain + offset, both small, from the means of x and x²: one writing of activations less than with x − μ. As with
    /// <see cref="ChannelStatistics"/>, float32 keeps about 7 − 2·log10(|μ|/σ) digits of the variance, enough over thousands of
    /// activations; over the few channels of a bin it is not.
    /// </remarks>
    public Value NormalizeTrials(Value x, Value weight, Value bias)
    {
        long[] axes = Layout == ActivationLayout.BinByBatch ? [1, 2] : [1, 2, 3];
        Value mean = Graph.ReduceMean(x, keepDims: true, axes);
        Value variance = Graph.Sub(Graph.ReduceMean(Square(x), keepDims: true, axes), Graph.Mul(mean, mean));
        Value gain = Graph.Mul(PerChannel(weight), InverseDeviation(Graph.Max(variance, Graph.Scalar(x, 0))));
        return Graph.Add(Graph.Mul(x, gain), Graph.Sub(PerChannel(bias), Graph.Mul(mean, gain)));
    }

    private Value Square(Value x) => Graph.Pow(x, Graph.Scalar(x, 2));

    private Value InverseDeviation(Value variance) => Graph.Reciprocal(Graph.Sqrt(Graph.Add(variance, BatchNorm.Epsilon)));

    /// <summary>[channel] as it broadcasts against activations.</summary>
    private Value PerChannel(Value x) => Graph.Reshape(x, -1, 1, 1);
}
