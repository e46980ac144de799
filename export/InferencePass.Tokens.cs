using UnetSpikes.Models;
using UnetSpikes.Onnx;

namespace UnetSpikes.Export;

/// <content>Trials as rows of tokens are what an exported model takes and gives, so that a transformer needs no transposition at either end.</content>
public sealed partial class InferencePass
{
    private readonly Dictionary<Value, Value> _trials;

    /// <inheritdoc/>
    /// <remarks>Asked for twice, activations are turned once.</remarks>
    public override Value ToTrials(Value x, long channels)
    {
        if (!_trials.TryGetValue(x, out Value? trials))
        {
            trials = Layout == ActivationLayout.BatchByBin
                ? Graph.Transpose(Graph.Reshape(x, 0, channels, -1), 0, 2, 1)
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
            ? Graph.Reshape(Graph.Transpose(trials, 0, 2, 1), 0, channels, 1, -1)
            : Graph.Reshape(
                Graph.Transpose(Graph.Reshape(Graph.Transpose(trials, 1, 0, 2), -1, channels), 1, 0), Graph.Concat(0, Graph.Ints(1, channels, -1), _batch));
        _trials.Add(x, trials);
        return x;
    }

    /// <inheritdoc/>
    public override Value LogRatesFromTrials(Value trials, long units) => trials;

    /// <inheritdoc/>
    public override Value Linear(Value x, Value weight, Value bias)
    {
        long[] dims = weight.KnownShape.Sizes();                            // [out, in]
        float[] source = Numbers(weight);
        var turned = new float[source.Length];
        for (long i = 0; i < source.Length; i++)
        {
            turned[(i % dims[1] * dims[0]) + (i / dims[1])] = source[i];
        }

        return Graph.Add(Graph.MatMul(x, Graph.AddInitializer(Tensor.Of(turned, dims[1], dims[0]), weight.Name)), bias);
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
