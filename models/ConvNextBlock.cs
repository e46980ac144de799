using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>
/// ConvNeXt V2's block (Woo et al. 2023), its layers named as in the paper's code: depthwise convolution → each bin normalised over its channels →
/// pointwise, four times as wide → GELU → global response normalisation → dropout → pointwise back.
/// </summary>
/// <remarks>
/// The depthwise convolution mixes bins, the pointwise layers channels. V2 has no scale per layer (V1's LayerScale): response normalisation took its
/// place. Weights start as all of the network's do, and ε is <see cref="BatchNorm.Epsilon"/>, where the paper has normal ones of 0.02 and 1e-6.
/// </remarks>
internal sealed class ConvNextBlock : Block
{
    private const int Expansion = 4;

    private readonly Convolution _depthwise;
    private readonly Norm _norm;
    private readonly Convolution _widening;
    private readonly ResponseNorm _responses;
    private readonly Convolution _narrowing;

    public ConvNextBlock(string name, int width, ResUNetOptions options)
        : base(name, width, options)
    {
        _depthwise = new Convolution($"{name}.dwconv", width, width, options.Kernel, Groups: width) { Dilation = options.Dilation };
        _norm = new Norm($"{name}.norm", width, NormKind.Layer);
        _widening = new Convolution($"{name}.pwconv1", width, Expansion * width, Kernel: 1);
        _responses = new ResponseNorm($"{name}.grn", Expansion * width);
        _narrowing = new Convolution($"{name}.pwconv2", Expansion * width, width, Kernel: 1);
        Reach = (options.Kernel - 1) / 2 * options.Dilation;
    }

    public override IEnumerable<Norm> Norms => [];

    public override int Reach { get; }

    protected override IEnumerable<ParameterSpec> BranchParameters =>
        [.. _depthwise.Parameters, .. _norm.Parameters, .. _widening.Parameters, .. _responses.Parameters, .. _narrowing.Parameters];

    protected override Value Branch(ForwardPass pass, Value x)
    {
        Value h = _norm.Build(pass, _depthwise.Build(pass, x, withBias: true));
        h = pass.Gelu(_widening.Build(pass, h, withBias: true));
        h = pass.Drop(_responses.Build(pass, h), Dropout);
        return _narrowing.Build(pass, h, withBias: true);
    }
}

/// <summary>Global response normalisation: each channel of a trial times how strong it is there beside the others (<see cref="ForwardPass.NormalizeResponses"/>).</summary>
/// <param name="Name">Prefix of its parameters.</param>
/// <param name="Channels">Channels.</param>
internal sealed record ResponseNorm(string Name, int Channels)
{
    /// <summary>Its parameters: gamma [channels] and beta [channels]; both start at zero, where it passes on what comes in.</summary>
    public IEnumerable<ParameterSpec> Parameters =>
        [new(Name + ".gamma", [Channels], Initialization.Zero), new(Name + ".beta", [Channels], Initialization.Zero)];

    /// <summary>Adds it to the graph.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">Activations.</param>
    public Value Build(ForwardPass pass, Value x) => pass.NormalizeResponses(x, pass.Parameter(Name + ".gamma"), pass.Parameter(Name + ".beta"));
}
