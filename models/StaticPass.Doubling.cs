using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

// Doubling and the convolution behind it, both at the coarse resolution with half the multiplications: the three taps as one
// matrix product P_k = W_k·x, then the fine bins as sums of the products' bins. The sums have two forms.
public abstract partial class StaticPass
{
    // Longer, the matrix over bins costs more than the stencil: measured at 8 to 37 bins, 1.5 times faster at 8, equal at 27.
    private const long LongestBand = 20;

    /// <inheritdoc/>
    public override Value DoubleAndConvolve(Value x, Value weight, Value? bias)
    {
        long channels = x.KnownShape[1].Size!.Value;
        Value taps = Graph.Reshape(Graph.Transpose(weight, 0, 2, 1), 3 * channels, channels);      // rows (channel, tap)
        return x.KnownShape[BinAxis].Size <= LongestBand ? SumByBand(x, taps, bias) : SumByStencil(x, taps, bias);
    }

    /// <summary>Few bins: [2T − 1, 3T] times each channel's products [3T, batch], one node forward and one backward.</summary>
    private Value SumByBand(Value x, Value taps, Value? bias)
    {
        long[] sizes = x.KnownShape.Sizes();               // [1, C, T, B]
        (long channels, long bins, long batch) = (sizes[1], sizes[2], sizes[3]);
        Value products = Graph.MatMul(taps, Graph.Reshape(x, channels, bins * batch));
        Value sums = Graph.MatMul(
            Graph.AddInitializer(Band(x.Type, (int)bins)), Graph.Reshape(products, channels, 3 * bins, batch));
        Value y = Graph.Reshape(sums, 1, channels, (2 * bins) - 1, batch);
        return bias is null ? y : Graph.Add(y, Graph.Reshape(bias, 1, -1, 1, 1));
    }

    /// <summary>How often product k of coarse bin j enters fine bin t, [2T − 1, (k, j)].</summary>
    /// <remarks>Tap k sees doubled bin t + k − 1: coarse bin (t + k − 1) / 2 where that is whole, else the sum of its two neighbours; zero outside.</remarks>
    private static Tensor Band(ElementType type, int bins)
    {
        int doubled = (2 * bins) - 1;
        var entries = new double[doubled * 3 * bins];
        for (int t = 0; t < doubled; t++)
        {
            for (int tap = 0; tap < 3; tap++)
            {
                int seen = t + tap - 1, row = ((t * 3) + tap) * bins;
                if (seen >= 0 && seen < doubled)
                {
                    (entries[row + (seen / 2)], entries[row + ((seen + 1) / 2)]) = (1, 1);
                }
            }
        }

        return Constant(type, entries, doubled, 3 * bins);
    }

    /// <summary>Any number of bins: a depthwise convolution with weights 0 and 1.</summary>
    /// <remarks>
    /// even[t] = P₁[t] + P₀[t−1] + P₀[t] + P₂[t] + P₂[t+1],  odd[t] = P₀[t] + P₁[t] + P₁[t+1] + P₂[t+1].
    /// The doubled bins are zero outside, which here means x[−1] = −x[0] and x[T] = −x[T−1].
    /// A whole training step is 5 to 8 % faster than with the convolution at the fine resolution, forward and backward.
    /// </remarks>
    private Value SumByStencil(Value x, Value taps, Value? bias)
    {
        long[] sizes = x.KnownShape.Sizes();               // [1, C, T, B]
        (long channels, long bins, long batch) = (sizes[1], sizes[2], sizes[3]);
        Value mirrored = Graph.Concat(
            BinAxis, Graph.Neg(Graph.Slice(x, BinAxis, 0, 1)), x, Graph.Neg(Graph.Slice(x, BinAxis, bins - 1, bins)));
        Value products = Graph.MatMul(taps, Graph.Reshape(mirrored, channels, (bins + 2) * batch));
        Value sums = Graph.Conv(                           // [1, (channel, parity), T · B]
            Graph.Reshape(products, 1, 3 * channels, (bins + 2) * batch),
            Graph.AddInitializer(Stencil(x.Type, channels)),
            bias is null ? null : Twice(bias),
            channels,
            dilations: [batch]);
        Value interleaved = Graph.Transpose(Graph.Reshape(sums, channels, 2, bins, batch), 0, 2, 1, 3);
        return Graph.Slice(Graph.Reshape(interleaved, 1, channels, 2 * bins, batch), BinAxis, 0, (2 * bins) - 1);
    }

    /// <summary>Weights of the sums, [2C, 3, 3]: per channel the even and the odd bin, of P₀, P₁, P₂ at t − 1, t, t + 1.</summary>
    private static Tensor Stencil(ElementType type, long channels)
    {
        double[] even = [1, 1, 0, 0, 1, 0, 0, 1, 1];
        double[] odd = [0, 1, 0, 0, 1, 1, 0, 0, 1];
        return Constant(type, [.. Enumerable.Range(0, (int)channels).SelectMany(_ => even.Concat(odd))], 2 * channels, 3, 3);
    }

    private static Tensor Constant(ElementType type, double[] values, params long[] sizes) => type == ElementType.Double
        ? Tensor.Of(values, sizes)
        : Tensor.Of(Array.ConvertAll(values, v => (float)v), sizes);

    // [C] → [2C], each number twice running.
    private Value Twice(Value bias) => Graph.Reshape(Graph.Expand(Graph.Reshape(bias, -1, 1), 1, 2), -1);
}
