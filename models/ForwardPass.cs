using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>How activations lie in memory.</summary>
public enum ActivationLayout
{
    /// <summary>[1, channel, bin, batch]: a time shift moves runs of the whole batch; the fast form for batches.</summary>
    BinByBatch,

    /// <summary>[1, channel, batch, bin]: counts and rates, [batch, bin, channel], are one turning of one axis away; the fast form for one or a few trials.</summary>
    BatchByBin,
}

/// <summary>What a layer needs to add itself to a graph: its parameters, and the operations whose best form depends on the purpose.</summary>
/// <remarks>
/// Three passes exist: the training step (batch statistics, parameters cut from the flat vector), the evaluation
/// (running statistics) and the export (normalisation folded into the weights, dynamic batch and bins).
/// </remarks>
public abstract partial class ForwardPass(Graph graph, ActivationLayout layout)
{
    /// <summary>The graph being built.</summary>
    public Graph Graph { get; } = graph;

    /// <summary>How activations lie in memory.</summary>
    public ActivationLayout Layout { get; } = layout;

    /// <summary>True when a convolution ahead of a normalisation still adds its bias: in exports, where the normalisation is gone.</summary>
    public abstract bool KeepsBiases { get; }

    /// <summary>The axis of bins.</summary>
    protected int BinAxis => Layout == ActivationLayout.BinByBatch ? 2 : 3;

    /// <summary>A parameter's value in the graph, in PyTorch's shape.</summary>
    /// <param name="name">Its name.</param>
    public abstract Value Parameter(string name);

    /// <summary>Batch normalisation.</summary>
    /// <param name="x">Activations; where a convolution is ahead whose bias the normalisation takes over, without that bias unless <see cref="KeepsBiases"/>.</param>
    /// <param name="norm">Which normalisation.</param>
    public abstract Value Normalize(Value x, BatchNorm norm);

    /// <summary>Batch normalisation, then ReLU.</summary>
    /// <param name="x">As <see cref="Normalize"/> has it.</param>
    /// <param name="norm">Which normalisation.</param>
    public virtual Value NormalizeRelu(Value x, BatchNorm norm) => Graph.Relu(Normalize(x, norm));

    /// <summary>The first layer: a pointwise convolution that takes the counts as they come into the graph.</summary>
    /// <param name="counts">Counts as <see cref="PadBins"/> leaves them; in training and evaluation of a network with mask channels also those, which have their own weight.</param>
    /// <param name="weight">[out, in, 1].</param>
    /// <param name="bias">[out].</param>
    public virtual Value Embed(Value counts, Value weight, Value bias) => Pointwise(counts, weight, bias);

    /// <summary>The last layer: a pointwise convolution to numbers that the link makes into rates, as they leave the graph.</summary>
    /// <param name="x">Activations.</param>
    /// <param name="weight">[out, in, 1].</param>
    /// <param name="bias">[out].</param>
    public virtual Value Unembed(Value x, Value weight, Value bias) => Pointwise(x, weight, bias);

    /// <summary>Convolution of one bin: a matrix product over channels.</summary>
    /// <param name="x">Activations.</param>
    /// <param name="weight">[out, in, 1].</param>
    /// <param name="bias">[out] or null.</param>
    public virtual Value Pointwise(Value x, Value weight, Value? bias) => Convolve(x, weight, bias, groups: 1, stride: 1);

    /// <summary>Convolution over bins, zero-padded to keep the length (halve it, with stride 2).</summary>
    /// <param name="x">Activations.</param>
    /// <param name="weight">[out, in/groups, odd kernel].</param>
    /// <param name="bias">[out] or null.</param>
    /// <param name="groups">Groups of channels.</param>
    /// <param name="stride">1 or 2.</param>
    /// <param name="dilation">Bins from one tap of the kernel to the next.</param>
    /// <param name="isCausal">Whether all zeros go before the first bin, so that no output sees a later bin.</param>
    public virtual Value Convolve(Value x, Value weight, Value? bias, int groups, int stride, int dilation = 1, bool isCausal = false)
    {
        (long before, long after) = Zeros(weight, dilation, isCausal);
        return Layout == ActivationLayout.BinByBatch
            ? Graph.Conv(x, Kernel(weight), bias, groups, strides: [stride, 1], pads: [before, 0, after, 0], dilations: dilation == 1 ? null : [dilation, 1])
            : Graph.Conv(x, Kernel(weight), bias, groups, strides: [1, stride], pads: [0, before, 0, after], dilations: dilation == 1 ? null : [1, dilation]);
    }

    /// <summary>Doubles the bins (T → 2T − 1): the bins themselves, and between two their mean, or the earlier one where later bins may not be seen.</summary>
    /// <param name="x">Activations.</param>
    /// <param name="isCausal">Whether a bin may not see later ones.</param>
    public Value DoubleBins(Value x, bool isCausal) => Interleave(x, isCausal ? x : Graph.Mul(Graph.Add(x, ShiftLeft(x)), 0.5));

    /// <summary>Linear doubling of the bins (T → 2T − 1), then a convolution of three bins.</summary>
    /// <param name="x">Activations.</param>
    /// <param name="weight">[out, in, 3].</param>
    /// <param name="bias">[out] or null.</param>
    public virtual Value DoubleAndConvolve(Value x, Value weight, Value? bias)
    {
        Value between = Graph.Add(x, ShiftLeft(x));
        return Convolve(Interleave(x, between), weight, bias, groups: 1, stride: 1);
    }

    /// <summary>Transposed convolution of three bins, stride 2, padding 1 (T → 2T − 1).</summary>
    /// <param name="x">Activations.</param>
    /// <param name="weight">[in, out, 3].</param>
    /// <param name="bias">[out] or null.</param>
    /// <remarks>Even bins see the middle tap, odd ones the outer two: matrix products at the coarse resolution, then interleaved.</remarks>
    public virtual Value Deconvolve(Value x, Value weight, Value? bias)
    {
        Value even = Pointwise(x, TransposedTap(weight, 1), bias);
        Value here = Pointwise(x, TransposedTap(weight, 2), bias);
        Value next = Pointwise(x, TransposedTap(weight, 0), null);
        return Interleave(even, Graph.Add(here, ShiftLeft(next)));
    }

    /// <summary>The sum of what comes up from below and what comes across, element by element.</summary>
    /// <param name="below">Activations behind a doubling of bins.</param>
    /// <param name="across">Activations of the way down.</param>
    public virtual Value Sum(Value below, Value across) => Graph.Add(below, across);

    /// <summary>Passes on what a level of the network hands to the way up (the CNN: its hidden layer), under its name: where a pass that looks inside takes hold.</summary>
    /// <param name="name">Such as "level 2 across"; each is used once.</param>
    /// <param name="x">Activations.</param>
    public virtual Value Observe(string name, Value x) => x;

    /// <summary>Bins without spikes behind the counts as they come into the graph: what stands where the forward bins are to be predicted.</summary>
    /// <param name="counts">Counts.</param>
    /// <param name="bins">How many, at least 1.</param>
    public abstract Value AppendBins(Value counts, int bins);

    /// <summary>Zeros before and after, to a multiple of <paramref name="multiple"/> bins plus one; the odd one goes after.</summary>
    /// <param name="x">Activations.</param>
    /// <param name="multiple">A power of two; 1 pads nothing.</param>
    public abstract Value PadBins(Value x, int multiple);

    /// <summary>Undoes <see cref="PadBins"/>: the bins of <paramref name="like"/>.</summary>
    /// <param name="x">Padded activations.</param>
    /// <param name="like">What was padded.</param>
    public abstract Value CropBins(Value x, Value like);

    /// <summary>Zeros that a convolution over bins adds before the first and after the last.</summary>
    /// <param name="weight">[out, in/groups, odd kernel].</param>
    /// <param name="dilation">Bins from one tap of the kernel to the next.</param>
    /// <param name="isCausal">Whether all go before.</param>
    protected static (long Before, long After) Zeros(Value weight, int dilation, bool isCausal)
    {
        long zeros = (weight.KnownShape[2].Size!.Value - 1) * dilation;
        return isCausal ? (zeros, 0) : (zeros / 2, zeros / 2);
    }

    /// <summary>Alternates the bins of two values (T and T → 2T − 1; the last of <paramref name="odd"/> is dropped).</summary>
    protected abstract Value Interleave(Value even, Value odd);

    /// <summary>Bin t becomes what bin t + 1 was; zero enters at the end.</summary>
    protected Value ShiftLeft(Value x) => Layout == ActivationLayout.BinByBatch
        ? Graph.Pad(x, 0, 0, -1, 0, 0, 0, 1, 0)
        : Graph.Pad(x, 0, 0, 0, -1, 0, 0, 0, 1);

    /// <summary>PyTorch's [out, in, kernel] as the 2-D kernel of the layout.</summary>
    protected virtual Value Kernel(Value weight)
    {
        long[] dims = weight.KnownShape.Sizes();
        return Graph.Reshape(weight, KernelDims(dims));
    }

    /// <summary>The 2-D kernel's shape: [out, in, kernel, 1], or [out, in, 1, kernel].</summary>
    /// <param name="dims">PyTorch's [out, in, kernel].</param>
    protected long[] KernelDims(long[] dims) =>
        Layout == ActivationLayout.BinByBatch ? [dims[0], dims[1], dims[2], 1] : [dims[0], dims[1], 1, dims[2]];

    /// <summary>One tap of a transposed convolution's weights, [in, out, 3], as a pointwise weight [out, in, 1].</summary>
    protected virtual Value TransposedTap(Value weight, int tap) => Graph.Transpose(Graph.Slice(weight, 2, tap, tap + 1), 1, 0, 2);
}
