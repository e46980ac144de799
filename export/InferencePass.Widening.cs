using UnetSpikes.Models;
using UnetSpikes.Onnx;

namespace UnetSpikes.Export;

/// <content>
/// The first convolution of each layer down has two outputs for every input channel. ONNX Runtime has no blocked kernel
/// for that, but has one for a single output per channel: so it becomes two such convolutions, whose outputs lie one
/// after the other instead of alternating, and the pointwise convolution that follows has its weights in that order.
/// Measured: 4 to 15 % of a whole run.
/// </content>
public sealed partial class InferencePass
{
    /// <summary>Activations whose channels are 0, 2, 4, …, 1, 3, 5, ….</summary>
    private readonly HashSet<Value> _evenFirst = [];

    /// <inheritdoc/>
    public override Value Convolve(Value x, Value weight, Value? bias, int groups, int stride)
    {
        long[] dims = weight.KnownShape.Sizes();                            // [out, in/groups, kernel]
        if (dims[0] != 2 * groups || dims[1] != 1)
        {
            return base.Convolve(x, weight, bias, groups, stride);
        }

        Value both = Graph.Concat(1, Half(0), Half(1));
        _evenFirst.Add(both);
        return both;

        Value Half(int half) => base.Convolve(
            x, EveryOther(weight, half, dims[2], groups, 1, dims[2]), bias is null ? null : EveryOther(bias, half, 1, groups), groups, stride);
    }

    /// <inheritdoc/>
    public override Value NormalizeRelu(Value x, BatchNorm norm)
    {
        Value y = Graph.Relu(x);
        if (_evenFirst.Contains(x))
        {
            _evenFirst.Add(y);
        }

        return y;
    }

    /// <inheritdoc/>
    public override Value Pointwise(Value x, Value weight, Value? bias) =>
        base.Pointwise(x, _evenFirst.Contains(x) ? WithEvenInputsFirst(weight) : weight, bias);

    /// <summary>Rows 0, 2, 4, … of a constant, or 1, 3, 5, ….</summary>
    private Value EveryOther(Value constant, int first, long rowLength, params long[] dims) => Graph.AddInitializer(
        Tensor.Of(Numbers(constant).Where((_, i) => i / rowLength % 2 == first).ToArray(), dims),
        $"{constant.Name}.{(first == 0 ? "even" : "odd")}");

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
