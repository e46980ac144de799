using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

// The layers a spike-train network is made of: immutable records that know their sizes and names, say what parameters
// they need, and add themselves to a graph. How activations lie in memory and how batches are normalised is the
// ForwardPass's business, so the same layers build the training step, the evaluation and the exported model.

/// <summary>A convolution over time followed by batch normalisation; what the UNet is made of.</summary>
/// <param name="Name">Prefix of its parameters.</param>
/// <param name="Inputs">Input channels.</param>
/// <param name="Outputs">Output channels.</param>
/// <param name="Kernel">1 or an odd number of bins; padded so that stride 1 keeps the length.</param>
/// <param name="Groups">Groups of channels.</param>
/// <param name="Stride">1, or 2 to halve the resolution.</param>
public sealed record Convolution(string Name, int Inputs, int Outputs, int Kernel, int Groups = 1, int Stride = 1)
{
    /// <summary>Bins from one tap of the kernel to the next.</summary>
    public int Dilation { get; init; } = 1;

    /// <summary>Whether an output sees no later bin.</summary>
    public bool IsCausal { get; init; }

    /// <summary>What the initial weights are multiplied by.</summary>
    public double InitialScale { get; init; } = 1;

    /// <summary>Its parameters: weight [out, in/groups, kernel] and bias [out].</summary>
    public IEnumerable<ParameterSpec> Parameters =>
        ConvolutionParameters(Name, Outputs, Inputs / Groups, Kernel, fanIn: Inputs / Groups * Kernel, Outputs, InitialScale);

    /// <summary>Adds the convolution to the graph.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">Activations.</param>
    /// <param name="withBias">False where a normalisation follows that takes the bias over.</param>
    public Value Build(ForwardPass pass, Value x, bool withBias)
    {
        Value? bias = withBias ? pass.Parameter(Name + ".bias") : null;
        Value weight = pass.Parameter(Name + ".weight");
        return Kernel == 1 ? pass.Pointwise(x, weight, bias) : pass.Convolve(x, weight, bias, Groups, Stride, Dilation, IsCausal);
    }

    /// <summary>Adds it as the network's first layer.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="counts">Padded counts.</param>
    public Value Embed(ForwardPass pass, Value counts) => pass.Embed(counts, pass.Parameter(Name + ".weight"), pass.Parameter(Name + ".bias"));

    /// <summary>Adds it as the network's last layer.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">The last hidden layer.</param>
    public Value Unembed(ForwardPass pass, Value x) => pass.Unembed(x, pass.Parameter(Name + ".weight"), pass.Parameter(Name + ".bias"));

    internal static IEnumerable<ParameterSpec> ConvolutionParameters(string name, int first, int second, int kernel, int fanIn, int biases, double scale = 1)
    {
        double bound = 1 / Math.Sqrt(fanIn);
        yield return new ParameterSpec(name + ".weight", [first, second, kernel], Initialization.Uniform, scale * bound);
        yield return new ParameterSpec(name + ".bias", [biases], Initialization.Uniform, bound);
    }
}

/// <summary>Doubles the resolution linearly (T → 2T − 1: the bins, and between two the sum of both), then a dense convolution of three bins.</summary>
/// <param name="Name">Prefix of its parameters.</param>
/// <param name="Channels">Channels in and out.</param>
public sealed record DoubledConvolution(string Name, int Channels)
{
    /// <summary>Its parameters: weight [out, in, 3] and bias [out].</summary>
    public IEnumerable<ParameterSpec> Parameters => Convolution.ConvolutionParameters(Name, Channels, Channels, 3, fanIn: Channels * 3, Channels);

    /// <summary>Adds the layer to the graph.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">Activations.</param>
    /// <param name="withBias">False where a normalisation follows that takes the bias over.</param>
    public Value Build(ForwardPass pass, Value x, bool withBias) =>
        pass.DoubleAndConvolve(x, pass.Parameter(Name + ".weight"), withBias ? pass.Parameter(Name + ".bias") : null);
}

/// <summary>Transposed convolution of three bins, stride 2 (T → 2T − 1).</summary>
/// <param name="Name">Prefix of its parameters.</param>
/// <param name="Channels">Channels in and out.</param>
public sealed record Deconvolution(string Name, int Channels)
{
    /// <summary>Its parameters: weight [in, out, 3] and bias [out].</summary>
    public IEnumerable<ParameterSpec> Parameters => Convolution.ConvolutionParameters(Name, Channels, Channels, 3, fanIn: Channels * 3, Channels);

    /// <summary>Adds the layer to the graph.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">Activations.</param>
    /// <param name="withBias">False where a normalisation follows that takes the bias over.</param>
    public Value Build(ForwardPass pass, Value x, bool withBias) =>
        pass.Deconvolve(x, pass.Parameter(Name + ".weight"), withBias ? pass.Parameter(Name + ".bias") : null);
}

/// <summary>Batch normalisation: per channel over batch and bins, with a learnt scale and offset (PyTorch's BatchNorm1d).</summary>
/// <param name="Name">Prefix of its parameters and running statistics.</param>
/// <param name="Channels">Channels.</param>
/// <param name="Bias">
/// Name of the bias of the convolution ahead of it. Batch statistics cancel that bias exactly; only the running mean sees it.
/// Null where what is normalised is not one convolution's output alone: then nothing can be folded into it.
/// </param>
/// <param name="OutputAxis">Axis of output channels in that convolution's weight: 1 for a transposed one.</param>
public sealed record BatchNorm(string Name, int Channels, string? Bias = null, int OutputAxis = 0)
{
    /// <summary>Added to a variance before its root is taken, as PyTorch does.</summary>
    public const double Epsilon = 1e-5;

    /// <summary>Weight of the newest batch in the running statistics, as in PyTorch.</summary>
    public const double Momentum = 0.1;

    /// <summary>Its parameters: weight [channels] and bias [channels].</summary>
    public IEnumerable<ParameterSpec> Parameters =>
    [
        new(Name + ".weight", [Channels], Initialization.One),
        new(Name + ".bias", [Channels], Initialization.Zero),
    ];

    /// <summary>Its running statistics: mean [channels] and variance [channels].</summary>
    public IEnumerable<ParameterSpec> RunningStatistics =>
    [
        new(Name + ".running_mean", [Channels], Initialization.Zero),
        new(Name + ".running_var", [Channels], Initialization.One),
    ];
}
