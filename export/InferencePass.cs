using UnetSpikes.Models;
using UnetSpikes.Onnx;

namespace UnetSpikes.Export;

/// <summary>The forward pass of an exported model: constant weights, normalisation folded away, batch and bins known only when it runs.</summary>
/// <remarks>
/// The padding to the network's multiple is computed in the graph, so any runtime can feed any length. Counts come in
/// and the last layer's output goes out as [batch, bin, channel]; between, activations lie as the <see cref="ForwardPass.Layout"/> says.
/// Which form of an operation is the fastest was measured: docs/export.md has the table.
/// </remarks>
public sealed partial class InferencePass : ForwardPass
{
    private readonly IReadOnlyDictionary<string, NamedArray> _weights;
    private readonly Value _batch;
    private Value _bins;
    private (Value Left, Value Right)? _padding;

    /// <summary>Starts the pass.</summary>
    /// <param name="graph">The graph being built, or a branch of it.</param>
    /// <param name="layout">How activations lie in memory.</param>
    /// <param name="weights">Folded weights, from <see cref="FoldedWeights.Fold"/>.</param>
    /// <param name="counts">What the network will be built on: [batch, bin, channel].</param>
    public InferencePass(Graph graph, ActivationLayout layout, IReadOnlyDictionary<string, NamedArray> weights, Value counts)
        : base(graph, layout)
    {
        _weights = weights;
        _trials = new Dictionary<Value, Value> { [counts] = counts };
        Value shape = graph.ShapeOf(counts);
        _batch = graph.Slice(shape, 0, 0, 1);
        _bins = graph.Slice(shape, 0, 1, 2);
    }

    /// <inheritdoc/>
    public override bool KeepsBiases => true;

    /// <inheritdoc/>
    public override Value Parameter(string name) => Graph.AddInitializer(Tensor.Of(_weights[name].Values, _weights[name].Dims), name);

    /// <inheritdoc/>
    public override Value AppendBins(Value counts, int bins)
    {
        Value longer = Graph.Pad(counts, 0, 0, 0, 0, bins, 0);              // [batch, bin, channel]
        _trials.Add(longer, longer);
        _bins = Graph.Add(_bins, Graph.Ints(bins));
        return longer;
    }

    /// <inheritdoc/>
    /// <remarks>Only the amounts are computed here: <see cref="Embed"/> pads what it has made narrower.</remarks>
    public override Value PadBins(Value x, int multiple)
    {
        if (multiple == 1)
        {
            return x;
        }

        // ONNX's Mod takes the divisor's sign, so this is never negative.
        Value total = Graph.Add("Mod", [Graph.Sub(Graph.Ints(1), _bins), Graph.Ints(multiple)]);
        Value left = Graph.Div(total, Graph.Ints(2));
        _padding = (left, Graph.Sub(total, left));
        return x;
    }

    /// <inheritdoc/>
    public override Value CropBins(Value x, Value like)
    {
        if (_padding is not var (left, _))
        {
            return x;
        }

        Value Cut(Value from) => Graph.Add("Slice", [from, left, Graph.Add(left, _bins), Graph.Ints(2)]);
        return Layout == ActivationLayout.BinByBatch ? Cut(x) : FromLast(Cut(_uncut.GetValueOrDefault(x) ?? ChannelsLast(x)));
    }

    /// <inheritdoc/>
    public override Value Embed(Value counts, Value weight, Value bias)
    {
        long[] dims = weight.KnownShape.Sizes();                            // [out, channel, 1]
        // The bias comes after the zeros: a bin of padding is a bin without spikes, not one without activation.
        Value perChannel = Reshaped(bias, dims[0], 1, 1);
        if (Layout == ActivationLayout.BatchByBin)
        {
            Value trials = Graph.MatMul(counts, Turned(weight));            // [batch, bin, out]
            trials = _padding is var (before, after)
                ? Graph.Add("Pad", [trials, Graph.Concat(0, Graph.Ints(0), before, Graph.Ints(0, 0), after, Graph.Ints(0))])
                : trials;
            return Graph.Add(FromTrials(trials, dims[0]), perChannel);      // [1, out, batch, bin]
        }

        Value rows = Graph.Reshape(counts, -1, dims[1]);                    // [batch · bin, channel]
        Value product = Graph.Gemm(Reshaped(weight, dims[0], dims[1]), rows, transB: true);
        Value x = Graph.Reshape(product, Graph.Concat(0, Graph.Ints(dims[0]), _batch, _bins));
        if (_padding is var (left, right))
        {
            x = Graph.Add("Pad", [x, Graph.Concat(0, Graph.Ints(0, 0), left, Graph.Ints(0, 0), right)]);
        }

        Value byBin = Graph.Reshape(Graph.Transpose(x, 0, 2, 1), Graph.Concat(0, Graph.Ints(1, dims[0], -1), _batch));
        return Graph.Add(byBin, perChannel);                                // [1, out, bin, batch]
    }

    /// <inheritdoc/>
    public override Value Unembed(Value x, Value weight, Value bias)
    {
        long[] dims = weight.KnownShape.Sizes();                            // [channel, in, 1]
        Value rows = Graph.Reshape(ToTrials(x, dims[1]), -1, dims[1]);      // [batch · bin, in]
        Value product = Graph.Gemm(rows, Reshaped(weight, dims[0], dims[1]), bias, transB: true);
        return Graph.Reshape(product, Graph.Concat(0, _batch, _bins, Graph.Ints(dims[0])));
    }

    /// <inheritdoc/>
    /// <remarks>In the latency form of trials, as <see cref="Interleave"/> leaves them and the layers behind want them turned anyway.</remarks>
    public override Value Sum(Value below, Value across)
    {
        if (Layout == ActivationLayout.BinByBatch)
        {
            return base.Sum(below, across);
        }

        return FromLast(Graph.Add(ChannelsLast(below), ChannelsLast(across)));
    }

    /// <inheritdoc/>
    protected override Value Interleave(Value even, Value odd)
    {
        long channels = even.KnownShape[1].Size!.Value;
        if (Layout == ActivationLayout.BinByBatch)
        {
            Value pairs = Graph.Concat(3, even, odd);                       // [1, C, T, 2B]
            Value doubled = Graph.Reshape(pairs, Graph.Concat(0, Graph.Ints(1, channels, -1), _batch));
            return Graph.Slice(doubled, BinAxis, 0, -1);
        }

        Value alternating = Graph.Concat(3, ChannelsLast(even), ChannelsLast(odd)); // [1, B, T, 2C]
        Value whole = Graph.Reshape(alternating, 0, 0, -1, channels);
        Value cut = FromLast(Graph.Slice(whole, 2, 0, -1));
        _uncut.Add(cut, whole);
        return cut;
    }

    /// <inheritdoc/>
    protected override Value Kernel(Value weight) => Reshaped(weight, KernelDims(weight.KnownShape.Sizes()));

    /// <inheritdoc/>
    protected override Value TransposedTap(Value weight, int tap)
    {
        long[] dims = weight.KnownShape.Sizes();                            // [in, out, kernel]
        float[] source = Numbers(weight);
        var values = new float[dims[0] * dims[1]];
        for (long i = 0; i < values.Length; i++)
        {
            (long output, long input) = (i / dims[0], i % dims[0]);
            values[i] = source[(((input * dims[1]) + output) * dims[2]) + tap];
        }

        return Graph.AddInitializer(Tensor.Of(values, dims[1], dims[0], 1), $"{weight.Name}.tap{tap}");
    }

    private static float[] Numbers(Value constant) => (float[])constant.Constant!.Data;

    /// <summary>The same constant in another shape: done here, not by a node of the shipped model.</summary>
    private Value Reshaped(Value constant, params long[] dims) =>
        Graph.AddInitializer(Tensor.Of(constant.Constant!.Data, dims), constant.Name);
}
