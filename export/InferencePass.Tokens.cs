using UnetSpikes.Models;
using UnetSpikes.Onnx;

namespace UnetSpikes.Export;

/// <content>Trials as rows of tokens are what an exported model takes and gives, so that a transformer needs no transposition at either end.</content>
public sealed partial class InferencePass
{
    private readonly Dictionary<Value, Value> _trials;
    private readonly Dictionary<Value, Value> _channelsLast = [];

    /// <summary>Of a doubled sequence, channels last: the one with the last bin that was cut, for a second cut to be the only one.</summary>
    private readonly Dictionary<Value, Value> _uncut = [];

    /// <inheritdoc/>
    /// <remarks>Asked for twice, activations are turned once.</remarks>
    public override Value ToTrials(Value x, long channels)
    {
        if (!_trials.TryGetValue(x, out Value? trials))
        {
            trials = Layout == ActivationLayout.BatchByBin
                ? Graph.Add("Squeeze", [ChannelsLast(x), Graph.Ints(0)])
                : BatchFirst(Graph.Transpose(Graph.Reshape(x, channels, -1), 1, 0));
            _trials.Add(x, trials);
        }

        return trials;

        // Two transpositions that each move one axis have fast kernels; the one of three axes has none.
        Value BatchFirst(Value rows) =>
            Graph.Transpose(Graph.Reshape(rows, Graph.Concat(0, Graph.Ints(-1), _batch, Graph.Ints(channels))), 1, 0, 2);
    }

    /// <inheritdoc/>
    public override Value FromTrials(Value trials, long channels)
    {
        Value x = Layout == ActivationLayout.BatchByBin
            ? FromLast(Graph.Add("Unsqueeze", [trials, Graph.Ints(0)]))
            : Graph.Reshape(
                Graph.Transpose(Graph.Reshape(Graph.Transpose(trials, 1, 0, 2), -1, channels), 1, 0), Graph.Concat(0, Graph.Ints(1, channels, -1), _batch));
        _trials.Add(x, trials);
        return x;
    }

    /// <inheritdoc/>
    public override Value LogRatesFromTrials(Value trials, long units) => trials;

    /// <inheritdoc/>
    public override Value Linear(Value x, Value weight, Value bias) =>
        Graph.Add(Graph.MatMul(x, Turned(weight)), bias);

    /// <summary>Activations of the latency form as [1, batch, bin, channel].</summary>
    private Value ChannelsLast(Value x)
    {
        if (!_channelsLast.TryGetValue(x, out Value? turned))
        {
            turned = Graph.Transpose(x, 0, 2, 3, 1);
            _channelsLast.Add(x, turned);
        }

        return turned;
    }

    /// <summary>Undoes <see cref="ChannelsLast"/>.</summary>
    private Value FromLast(Value turned)
    {
        Value x = Graph.Transpose(turned, 0, 3, 1, 2);
        _channelsLast.Add(x, turned);
        return x;
    }

    /// <summary>A constant [out, in], or [out, in, 1], as the right side of a product: [in, out].</summary>
    private Value Turned(Value weight)
    {
        long[] dims = weight.KnownShape.Sizes();
        float[] source = Numbers(weight);
        var turned = new float[source.Length];
        for (long i = 0; i < source.Length; i++)
        {
            turned[(i % dims[1] * dims[0]) + (i / dims[1])] = source[i];
        }

        return Graph.AddInitializer(Tensor.Of(turned, dims[1], dims[0]), weight.Name);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<Value> Parts(string name, int count)
    {
        NamedArray whole = _weights[name];
        long[] dims = [whole.Dims[0] / count, .. whole.Dims[1..]];
        return [.. whole.Values.Chunk(whole.Values.Length / count).Select((part, i) => Graph.AddInitializer(Tensor.Of(part, dims), $"{name}.{i}"))];
    }

    /// <inheritdoc/>
    public override Value Distances(Value tokens)
    {
        Value count = Graph.Reshape(Graph.Slice(Graph.ShapeOf(tokens), 0, 1, 2), Graph.Ints([]));
        Value Number(long value) => Graph.AddInitializer(Tensor.Scalar(ElementType.Int64, value));
        return DistancesOf(Graph.Add("Range", [Number(0), count, Number(1)]));
    }
}
