using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>A forward pass over batches of one fixed size: what training and its evaluation share.</summary>
/// <remarks>
/// Activations are [1, channel, bin, batch] with every size known; a pointwise convolution is one matrix product over
/// [channel, bin · batch]. Parameters come as one flat vector, cut by <c>Split</c>, so that their gradient is one vector too.
/// </remarks>
public abstract partial class StaticPass : ForwardPass
{
    private readonly Dictionary<string, Value> _parameters = [];
    private readonly Value? _maskWeight;
    private (long Left, long Right) _padding;

    /// <summary>Cuts the flat parameter vector into the network's arrays.</summary>
    /// <param name="graph">The graph being built.</param>
    /// <param name="network">Whose parameters they are.</param>
    /// <param name="parameters">The flat vector, [count].</param>
    protected StaticPass(Graph graph, SpikeNetwork network, Value parameters)
        : base(graph, ActivationLayout.BinByBatch)
    {
        CutInto(_parameters, network.Parameters, parameters);
        _maskWeight = network.Options.MaskChannels ? _parameters[SpikeNetwork.MaskWeight] : null;
    }

    /// <inheritdoc/>
    public override bool KeepsBiases => false;

    /// <inheritdoc/>
    public override Value Parameter(string name) => _parameters[name];

    /// <inheritdoc/>
    public override Value Pointwise(Value x, Value weight, Value? bias)
    {
        long[] sizes = x.KnownShape.Sizes();               // [1, C, T, B]
        long outputs = weight.KnownShape[0].Size!.Value;
        Value flat = Graph.Reshape(x, sizes[1], sizes[2] * sizes[3]);
        Value product = Graph.MatMul(Graph.Reshape(weight, outputs, sizes[1]), flat);
        if (bias is not null)
        {
            product = Graph.Add(product, Graph.Reshape(bias, outputs, 1));
        }

        return Graph.Reshape(product, 1, outputs, sizes[2], sizes[3]);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// With the batch innermost, a step in time is a step of B in the flat [bin · batch]: a convolution dilated by B. Its rows
    /// are long, and ONNX Runtime lays them out 5 to 25 % faster than those of a two-dimensional one.
    /// </remarks>
    public override Value Convolve(Value x, Value weight, Value? bias, int groups, int stride, int dilation = 1, bool isCausal = false)
    {
        if (stride != 1)
        {
            return base.Convolve(x, weight, bias, groups, stride, dilation, isCausal);
        }

        long[] sizes = x.KnownShape.Sizes();               // [1, C, T, B]
        (long before, long after) = Zeros(weight, dilation, isCausal);
        Value flat = Graph.Reshape(x, 1, sizes[1], sizes[2] * sizes[3]);
        Value y = Graph.Conv(flat, weight, bias, groups, pads: [before * sizes[3], after * sizes[3]], dilations: [dilation * sizes[3]]);
        return Graph.Reshape(y, 1, weight.KnownShape[0].Size!.Value, sizes[2], sizes[3]);
    }

    /// <inheritdoc/>
    public override Value AppendBins(Value counts, int bins) => Graph.Pad(counts, 0, 0, 0, 0, 0, 0, bins, 0);

    /// <inheritdoc/>
    /// <remarks>Only noted: <see cref="Embed"/> pads behind its product, where there are fewer channels to copy.</remarks>
    public override Value PadBins(Value x, int multiple)
    {
        _padding = Padding(x.KnownShape[BinAxis].Size!.Value, multiple);
        return x;
    }

    /// <inheritdoc/>
    public override Value Embed(Value counts, Value weight, Value bias)
    {
        Value product = Pointwise(counts, _maskWeight is null ? weight : Graph.Concat(1, weight, _maskWeight), null);
        (long left, long right) = _padding;
        Value padded = left + right == 0 ? product : Graph.Pad(product, 0, 0, left, 0, 0, 0, right, 0);
        return Graph.Add(padded, Graph.Reshape(bias, 1, -1, 1, 1));
    }

    /// <inheritdoc/>
    public override Value CropBins(Value x, Value like)
    {
        long padded = x.KnownShape[BinAxis].Size!.Value;
        long bins = like.KnownShape[BinAxis].Size!.Value;
        long left = (padded - bins) / 2;
        return padded == bins ? x : Graph.Slice(x, BinAxis, left, left + bins);
    }

    /// <summary>Zeros a recording of a given length gets before and after, as the ancestor splits them.</summary>
    /// <param name="bins">Bins of the recording.</param>
    /// <param name="multiple">The network's <see cref="SpikeNetwork.BinMultiple"/>.</param>
    public static (long Left, long Right) Padding(long bins, int multiple)
    {
        long total = (((1 - bins) % multiple) + multiple) % multiple;
        return (total / 2, total - (total / 2));
    }

    /// <inheritdoc/>
    protected override Value Interleave(Value even, Value odd)
    {
        long[] sizes = even.KnownShape.Sizes();            // [1, C, T, B]
        Value pairs = Graph.Concat(3, even, odd);          // [1, C, T, 2B]: each run of B even bins, then B odd ones
        Value doubled = Graph.Reshape(pairs, 1, sizes[1], 2 * sizes[2], sizes[3]);
        return Graph.Slice(doubled, BinAxis, 0, (2 * sizes[2]) - 1);
    }

    /// <inheritdoc/>
    /// <remarks>As rows of a matrix: six times as fast as with an axis of size 1 ahead of the channels.</remarks>
    protected override Value MeanOverChannels(Value x)
    {
        long[] sizes = x.KnownShape.Sizes();               // [1, C, T, B]
        Value rows = Graph.Reshape(x, sizes[1], sizes[2] * sizes[3]);
        return Graph.Reshape(Graph.ReduceMean(rows, keepDims: true, 0), 1, 1, sizes[2], sizes[3]);
    }

    /// <summary>Cuts a flat vector into named values of their own shapes.</summary>
    /// <param name="into">Receives name → value.</param>
    /// <param name="layout">Where each array lies.</param>
    /// <param name="flat">The flat vector, [layout.Count]; null where there is nothing to cut.</param>
    protected void CutInto(Dictionary<string, Value> into, ParameterLayout layout, Value? flat)
    {
        if (flat is null)
        {
            return;
        }

        IReadOnlyList<Value> pieces = Graph.Split(flat, 0, [.. layout.Specs.Select(s => (long)s.Count)]);
        foreach ((ParameterSpec spec, Value piece) in layout.Specs.Zip(pieces))
        {
            into.Add(spec.Name, spec.Dims.Length == 1 ? piece : Graph.Reshape(piece, spec.Dims));
        }
    }
}
