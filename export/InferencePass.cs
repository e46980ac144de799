using UnetSpikes.Models;
using UnetSpikes.Onnx;

namespace UnetSpikes.Export;

/// <summary>The forward pass of an exported model: constant weights, normalisation folded away, batch and bins known only when it runs.</summary>
/// <remarks>
/// The padding to the network's multiple is computed in the graph, so any runtime can feed any length. Counts come in
/// and log-rates go out as [batch, bin, channel]; between, activations lie as the <see cref="ForwardPass.Layout"/> says.
/// </remarks>
public sealed class InferencePass(Graph graph, ActivationLayout layout, IReadOnlyDictionary<string, NamedArray> weights)
    : ForwardPass(graph, layout)
{
    private Value? _batch;
    private Value? _bins;
    private Value? _left;

    /// <inheritdoc/>
    public override bool KeepsBiases => true;

    /// <inheritdoc/>
    public override Value Parameter(string name) => Graph.AddInitializer(Tensor.Of(weights[name].Values, weights[name].Dims), name);

    /// <inheritdoc/>
    public override Value NormalizeRelu(Value x, BatchNorm norm) => Graph.Relu(x);

    /// <inheritdoc/>
    public override Value PadBins(Value x, int multiple)
    {
        Value shape = Graph.ShapeOf(x);                                     // [batch, bin, channel]
        _batch = Graph.Slice(shape, 0, 0, 1);
        _bins = Graph.Slice(shape, 0, 1, 2);
        if (multiple == 1)
        {
            return x;
        }

        // ONNX's Mod takes the divisor's sign, so this is never negative.
        Value total = Graph.Add("Mod", [Graph.Sub(Graph.Ints(1), _bins), Graph.Ints(multiple)]);
        _left = Graph.Div(total, Graph.Ints(2));
        Value zero = Graph.Ints(0);
        return Graph.Add("Pad", [x, Graph.Concat(0, zero, _left, zero, zero, Graph.Sub(total, _left), zero)]);
    }

    /// <inheritdoc/>
    public override Value CropBins(Value x, Value like) => _left is null
        ? x
        : Graph.Add("Slice", [x, _left, Graph.Add(_left, Bins), Graph.Ints(BinAxis)]);

    /// <inheritdoc/>
    public override Value Embed(Value counts, Value weight, Value bias)
    {
        long[] dims = weight.KnownShape.Sizes();                            // [out, channel, 1]
        if (Layout == ActivationLayout.BatchByBin)
        {
            Value channels = Graph.Transpose(counts, 0, 2, 1);              // [batch, channel, bin]
            return Convolve(Graph.Reshape(channels, 0, dims[1], 1, -1), weight, bias, groups: 1, stride: 1);
        }

        Value rows = Graph.Reshape(Graph.Transpose(counts, 1, 0, 2), -1, dims[1]);                  // [bin · batch, channel]
        Value product = Graph.Gemm(Reshaped(weight, dims[0], dims[1]), rows, Reshaped(bias, dims[0], 1), transB: true);
        return Graph.Reshape(product, Graph.Concat(0, Graph.Ints(1, dims[0], -1), Batch));          // [1, out, bin, batch]
    }

    /// <inheritdoc/>
    public override Value Unembed(Value x, Value weight, Value bias)
    {
        long[] dims = weight.KnownShape.Sizes();                            // [channel, in, 1]
        if (Layout == ActivationLayout.BatchByBin)
        {
            Value y = Convolve(x, weight, bias, groups: 1, stride: 1);      // [batch, channel, 1, bin]
            return Graph.Transpose(Graph.Reshape(y, 0, dims[0], -1), 0, 2, 1);
        }

        Value columns = Graph.Reshape(x, dims[1], -1);                      // [in, bin · batch]
        Value product = Graph.Gemm(columns, Reshaped(weight, dims[0], dims[1]), bias, transA: true, transB: true);
        Value byBin = Graph.Reshape(product, Graph.Concat(0, Bins, Batch, Graph.Ints(dims[0])));
        return Graph.Transpose(byBin, 1, 0, 2);
    }

    /// <summary>Activations of the pass as [batch, bin, channel], the order of everything outside the graph.</summary>
    /// <param name="x">Cropped activations.</param>
    /// <param name="channels">How many channels they have.</param>
    public Value ToTrials(Value x, int channels) => Layout == ActivationLayout.BatchByBin
        ? Graph.Transpose(Graph.Reshape(x, 0, channels, -1), 0, 2, 1)
        : Graph.Transpose(Graph.Reshape(x, Graph.Concat(0, Graph.Ints(channels), Bins, Batch)), 2, 1, 0);

    /// <inheritdoc/>
    protected override Value Interleave(Value even, Value odd)
    {
        if (Layout == ActivationLayout.BinByBatch)
        {
            long channels = even.KnownShape[1].Size!.Value;
            Value pairs = Graph.Concat(3, even, odd);                       // [1, C, T, 2B]
            Value doubled = Graph.Reshape(pairs, Graph.Concat(0, Graph.Ints(1, channels, -1), Batch));
            return Graph.Slice(doubled, BinAxis, 0, -1);
        }

        Value alternating = Graph.Concat(4, Graph.Add("Unsqueeze", [even, Graph.Ints(4)]), Graph.Add("Unsqueeze", [odd, Graph.Ints(4)]));
        return Graph.Slice(Graph.Reshape(alternating, 0, 0, 1, -1), BinAxis, 0, -1);
    }

    /// <inheritdoc/>
    protected override Value Kernel(Value weight) =>
        weight.Constant is Tensor ? Reshaped(weight, KernelDims(weight.KnownShape.Sizes())) : base.Kernel(weight);

    /// <inheritdoc/>
    protected override Value TransposedTap(Value weight, int tap)
    {
        long[] dims = weight.KnownShape.Sizes();                            // [in, out, kernel]
        var source = (float[])weight.Constant!.Data;
        var values = new float[dims[0] * dims[1]];
        for (long i = 0; i < values.Length; i++)
        {
            (long output, long input) = (i / dims[0], i % dims[0]);
            values[i] = source[(((input * dims[1]) + output) * dims[2]) + tap];
        }

        return Graph.AddInitializer(Tensor.Of(values, dims[1], dims[0], 1), $"{weight.Name}.tap{tap}");
    }

    private Value Batch => _batch ?? throw new InvalidOperationException("the batch size is read by PadBins, which comes first");

    private Value Bins => _bins ?? throw new InvalidOperationException("the number of bins is read by PadBins, which comes first");

    /// <summary>The same constant in another shape: done here, not by a node of the shipped model.</summary>
    private Value Reshaped(Value constant, params long[] dims) =>
        Graph.AddInitializer(Tensor.Of(constant.Constant!.Data, dims), constant.Name);
}
