using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>One normalisation of the residual UNet, of whichever kind, with a learnt scale and offset per channel.</summary>
/// <param name="Name">Prefix of its parameters.</param>
/// <param name="Channels">Channels.</param>
/// <param name="Kind">What it normalises over.</param>
/// <param name="Bias">Name of the bias of the convolution whose output it takes, where that output goes nowhere else; see <see cref="BatchNorm"/>.</param>
internal sealed record Norm(string Name, int Channels, NormKind Kind, string? Bias = null)
{
    /// <summary>The normalisation over the batch, which has running statistics; null where it is of another kind.</summary>
    public BatchNorm? OverBatch => Kind == NormKind.Batch ? new BatchNorm(Name, Channels, Bias) : null;

    /// <summary>Its parameters: weight [channels] and bias [channels].</summary>
    public IEnumerable<ParameterSpec> Parameters => Kind == NormKind.None ? [] : new BatchNorm(Name, Channels, Bias).Parameters;

    /// <summary>Adds it to the graph.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">Activations.</param>
    public Value Build(ForwardPass pass, Value x) => Kind switch
    {
        NormKind.Batch => pass.Normalize(x, OverBatch!),
        NormKind.Layer => pass.NormalizeBins(x, pass.Parameter(Name + ".weight"), pass.Parameter(Name + ".bias")),
        NormKind.Group => pass.NormalizeTrials(x, pass.Parameter(Name + ".weight"), pass.Parameter(Name + ".bias")),
        _ => x,
    };

    /// <summary>Adds it with a ReLU behind.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">Activations.</param>
    public Value BuildRelu(ForwardPass pass, Value x) => OverBatch is { } norm ? pass.NormalizeRelu(x, norm) : pass.Graph.Relu(Build(pass, x));
}
