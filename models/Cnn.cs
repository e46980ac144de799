using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>The ancestor's small baseline: embedding, one convolution of 13 bins, batch normalisation, ReLU, unembedding.</summary>
public sealed class Cnn : SpikeNetwork
{
    private const int Kernel = 13;

    private readonly Convolution _embedding;
    private readonly NormalizedConvolution _smoothing;
    private readonly Convolution _unembedding;

    /// <summary>Makes the network of given sizes.</summary>
    /// <param name="options">Validated options; layers and upsampling have no meaning here.</param>
    public Cnn(ModelOptions options)
    {
        Options = options;
        _embedding = new Convolution("embedding", options.CountChannels, options.LatentDim, Kernel: 1);
        _smoothing = new NormalizedConvolution(new Convolution("smoothing", options.LatentDim, options.LatentDim, Kernel), "bn");
        _unembedding = new Convolution("unembedding", options.LatentDim, options.Channels, Kernel: 1);
    }

    /// <inheritdoc/>
    public override ModelOptions Options { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<BatchNorm> Normalizations => [_smoothing.Normalization];

    /// <inheritdoc/>
    public override ReceptiveField ReceptiveField => new(Kernel / 2, Kernel / 2);

    /// <inheritdoc/>
    public override int BinMultiple => 1;

    /// <inheritdoc/>
    public override string OutputBias => "unembedding.bias";

    /// <inheritdoc/>
    protected override NetworkOutput BuildLayers(ForwardPass pass, Value counts)
    {
        Value latents = pass.Observe("hidden layer", _smoothing.Build(pass, _embedding.Embed(pass, counts)));
        return new NetworkOutput(_unembedding.Unembed(pass, latents), latents);
    }

    /// <inheritdoc/>
    protected override IEnumerable<ParameterSpec> DeclareParameters() =>
        [.. _embedding.Parameters, .. _smoothing.Parameters, .. _unembedding.Parameters];
}
