using UnetSpikes.Models;
using UnetSpikes.Onnx;

namespace UnetSpikes.Export;

/// <content>
/// Two convolutions that are faster as two halves joined afterwards. The ReLU that follows is taken of each half, where
/// ONNX Runtime makes it part of the convolution; measured together, they are 5 to 15 % of a whole run (docs/export.md).
/// </content>
public sealed partial class InferencePass
{
    private readonly Dictionary<Value, (Value[] Halves, Func<Value, Value, Value> Join)> _joined = [];

    /// <summary>Activations whose channels are 0, 2, 4, …, 1, 3, 5, ….</summary>
    private readonly HashSet<Value> _evenFirst = [];

    /// <inheritdoc/>
    /// <remarks>
    /// The first convolution of each layer down has two outputs for every input channel. ONNX Runtime has no blocked kernel
    /// for that, but has one for a single output per channel: so it becomes two such convolutions, whose outputs lie one
    /// after the other instead of alternating, and the pointwise convolution that follows has its weights in that order.
    /// </remarks>
    public override Value Convolve(Value x, Value weight, Value? bias, int groups, int stride, int dilation = 1, bool isCausal = false)
    {
        long[] dims = weight.KnownShape.Sizes();                            // [out, in/groups, kernel]
        if (Layout == ActivationLayout.BatchByBin && dims[1] > 1 && MergedGroups(groups) is > 1 and int merged)
        {
            return base.Convolve(x, Merged(weight, groups, merged), bias, groups / merged, stride, dilation, isCausal);
        }

        return dims[0] == 2 * groups && dims[1] == 1
            ? Join(Half(0), Half(1), (even, odd) => EvenFirst(Graph.Concat(1, even, odd)))
            : base.Convolve(x, weight, bias, groups, stride, dilation, isCausal);

        Value Half(int half) => base.Convolve(
            x, EveryOther(weight, half, dims[2], groups, 1, dims[2]), bias is null ? null : EveryOther(bias, half, 1, groups), groups, stride, dilation, isCausal);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// At the coarse resolution, with 5 products where the doubled sequence takes 6: with weights W₀ W₁ W₂,
    /// even[t] = W₀·x[t−1] + (W₀+W₁+W₂)·x[t] + W₂·x[t+1],  odd[t] = (W₀+W₁)·x[t] + (W₁+W₂)·x[t+1].
    /// The doubled bins are zero outside, which here means x[−1] = −x[0] and x[T] = −x[T−1]. The last odd bin is not used.
    /// </remarks>
    public override Value DoubleAndConvolve(Value x, Value weight, Value? bias)
    {
        Value mirrored = Graph.Concat(
            BinAxis, Graph.Neg(Graph.Slice(x, BinAxis, 0, 1)), x, Graph.Neg(Graph.Slice(x, BinAxis, -1, long.MaxValue)));
        Value even = Graph.Conv(mirrored, Taps(weight, "even", w => [w[0], w[0] + w[1] + w[2], w[2]]), bias);
        long[] oneAfter = Layout == ActivationLayout.BinByBatch ? [0, 0, 1, 0] : [0, 0, 0, 1];
        Value odd = Graph.Conv(x, Taps(weight, "odd", w => [w[0] + w[1], w[1] + w[2]]), bias, pads: oneAfter);
        return Join(even, odd, Interleave);
    }

    /// <inheritdoc/>
    /// <remarks>Nothing is left to do where the normalisation is part of the convolution ahead.</remarks>
    public override Value Normalize(Value x, BatchNorm norm) => norm.Bias is not null ? x : Graph.BatchNormalization(
        x, Parameter(norm.Name + ".weight"), Parameter(norm.Name + ".bias"), Parameter(norm.Name + ".running_mean"), Parameter(norm.Name + ".running_var"), BatchNorm.Epsilon);

    /// <inheritdoc/>
    public override Value NormalizeRelu(Value x, BatchNorm norm) => _joined.TryGetValue(x, out (Value[] Halves, Func<Value, Value, Value> Join) both)
        ? both.Join(Graph.Relu(both.Halves[0]), Graph.Relu(both.Halves[1]))
        : base.NormalizeRelu(x, norm);

    /// <inheritdoc/>
    public override Value Pointwise(Value x, Value weight, Value? bias) =>
        base.Pointwise(x, _evenFirst.Contains(x) ? WithEvenInputsFirst(weight) : weight, bias);

    private Value Join(Value first, Value second, Func<Value, Value, Value> join)
    {
        Value joined = join(first, second);
        _joined.Add(joined, ([first, second], join));
        return joined;
    }

    private Value EvenFirst(Value x)
    {
        _evenFirst.Add(x);
        return x;
    }

    /// <summary>Rows 0, 2, 4, … of a constant, or 1, 3, 5, ….</summary>
    private Value EveryOther(Value constant, int first, long rowLength, params long[] dims) => Graph.AddInitializer(
        Tensor.Of(Numbers(constant).Where((_, i) => i / rowLength % 2 == first).ToArray(), dims),
        $"{constant.Name}.{(first == 0 ? "even" : "odd")}");

    /// <summary>Other taps in the place of the 3 of a weight [out, in, 3], as a kernel of the layout.</summary>
    private Value Taps(Value weight, string name, Func<float[], float[]> combine)
    {
        long[] dims = weight.KnownShape.Sizes();
        float[] taps = [.. Numbers(weight).Chunk(3).SelectMany(combine)];
        return Graph.AddInitializer(Tensor.Of(taps, KernelDims([dims[0], dims[1], taps.Length / (dims[0] * dims[1])])), $"{weight.Name}.{name}");
    }

    private Value WithEvenInputsFirst(Value weight)
    {
        long[] dims = weight.KnownShape.Sizes();                            // [out, in, 1]
        float[] source = Numbers(weight);
        var values = new float[source.Length];
        for (long i = 0; i < source.Length; i++)
        {
            (long output, long input) = (i / dims[1], i % dims[1]);
            values[(output * dims[1]) + (input % 2 * (dims[1] / 2)) + (input / 2)] = source[i];
        }

        return Graph.AddInitializer(Tensor.Of(values, dims), weight.Name);
    }
}
