using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>The ancestor's 1-D UNet, parameter for parameter.</summary>
/// <remarks>
/// counts → pad to a multiple of 2^layers plus one → embedding (k=1) → layers down (each halves the bins, doubles the
/// channels) → layers up (each the reverse), the output of every down layer added to the input of the up layer of the
/// same resolution → unembedding (k=1) → crop → log-rates. With no layers it is a linear map of each bin.
/// Lengths of the form k·2^layers + 1 halve exactly: n → (n + 1) / 2, and double back as n → 2n − 1.
/// </remarks>
public sealed class UNet1D : SpikeNetwork
{
    private readonly Convolution _embedding;
    private readonly Convolution _unembedding;
    private readonly DownLayer[] _down;
    private readonly UpLayer[] _up;

    /// <summary>Makes the network of given sizes.</summary>
    /// <param name="options">Validated options.</param>
    public UNet1D(ModelOptions options)
    {
        Options = options;
        int width = options.LatentDim;
        _embedding = new Convolution("embedding", options.CountChannels, width, Kernel: 1);
        _unembedding = new Convolution("unembedding", width, options.Channels, Kernel: 1);
        _down = [.. Enumerable.Range(0, options.Layers).Select(i => new DownLayer($"downsample_layers.{i}", width << i))];
        _up = [.. Enumerable.Range(0, options.Layers).Select(i =>
            new UpLayer($"upsample_layers.{i}", width << (options.Layers - i - 1), options.Upsample))];
    }

    /// <inheritdoc/>
    public override ModelOptions Options { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<BatchNorm> Normalizations => [.. _down.SelectMany(l => l.Normalizations), .. _up.SelectMany(l => l.Normalizations)];

    /// <inheritdoc/>
    public override int BinMultiple => 1 << Options.Layers;

    /// <inheritdoc/>
    public override string OutputBias => "unembedding.bias";

    /// <summary>Counted level by level: a convolution of three bins at a resolution of 2^i reaches 2^i bins each way.</summary>
    /// <remarks>
    /// Down layer i: conv1 reaches 2^i, conv3 (strided) 2^i. Up to level i from 2^(i+1): conv1 reaches 2^(i+1);
    /// the doubling and its convolution reach one coarse bin, 2^(i+1); the transposed convolution at most 2^i.
    /// Coarse bin t stands at fine bin 2t at every level, so the reaches add up exactly; tests disturb every bin.
    /// </remarks>
    public override ReceptiveField ReceptiveField
    {
        get
        {
            int reach = 0;
            for (int i = 0; i < Options.Layers; i++)
            {
                int fine = 1 << i;
                int coarse = 2 << i;
                reach += (2 * fine) + coarse + (Options.Upsample == Upsampling.Linear ? coarse : fine);
            }

            return new ReceptiveField(reach, reach);
        }
    }

    /// <inheritdoc/>
    protected override NetworkOutput BuildLayers(ForwardPass pass, Value counts)
    {
        Value x = pass.PadBins(counts, BinMultiple);
        x = _embedding.Embed(pass, x);
        var skips = new Stack<Value>();
        foreach (DownLayer layer in _down)
        {
            x = layer.Build(pass, x);
            skips.Push(x);
        }

        for (int i = 0; i < _up.Length; i++)
        {
            int level = _up.Length - i;
            Value across = pass.Observe($"level {level} across", skips.Pop());
            x = _up[i].Build(pass, i == 0 ? across : pass.Sum(pass.Observe($"level {level} from below", x), across));
        }

        Value latents = pass.CropBins(x, counts);
        return new NetworkOutput(_unembedding.Unembed(pass, latents), latents);
    }

    /// <inheritdoc/>
    protected override IEnumerable<ParameterSpec> DeclareParameters() =>
        [.. _embedding.Parameters, .. _down.SelectMany(l => l.Parameters), .. _up.SelectMany(l => l.Parameters), .. _unembedding.Parameters];
}

/// <summary>One step down: grouped convolution, mixing of channels, depthwise convolution of stride 2; n bins → (n + 1) / 2, c channels → 2c.</summary>
internal sealed class DownLayer
{
    private readonly string _name;
    private readonly NormalizedConvolution[] _steps;

    public DownLayer(string name, int channels)
    {
        _name = name;
        _steps =
        [
            new(new Convolution($"{name}.conv1", channels, 2 * channels, Kernel: 3, Groups: channels), $"{name}.bn1"),
            new(new Convolution($"{name}.conv2", 2 * channels, 2 * channels, Kernel: 1), $"{name}.bn2"),
            new(new Convolution($"{name}.conv3", 2 * channels, 2 * channels, Kernel: 3, Groups: 2 * channels, Stride: 2), $"{name}.bn3"),
        ];
    }

    public IEnumerable<BatchNorm> Normalizations => _steps.Select(s => s.Normalization);

    public IEnumerable<ParameterSpec> Parameters => _steps.SelectMany(s => s.Parameters);

    public Value Build(ForwardPass pass, Value x)
    {
        using IDisposable scope = pass.Graph.Scope(_name);
        return _steps.Aggregate(x, (value, step) => step.Build(pass, value));
    }
}

/// <summary>One step up: grouped convolution that halves the channels, mixing, doubling of the bins; n bins → 2n − 1, 2c channels → c.</summary>
internal sealed class UpLayer
{
    private readonly string _name;
    private readonly NormalizedConvolution[] _steps;
    private readonly DoubledConvolution? _linear;
    private readonly Deconvolution? _deconv;
    private readonly BatchNorm _norm3;

    public UpLayer(string name, int channels, Upsampling upsample)
    {
        _name = name;
        _steps =
        [
            new(new Convolution($"{name}.conv1", 2 * channels, channels, Kernel: 3, Groups: channels), $"{name}.bn1"),
            new(new Convolution($"{name}.conv2", channels, channels, Kernel: 1), $"{name}.bn2"),
        ];
        // The ancestor wraps the doubler and its convolution in a Sequential: hence the "1".
        string conv3 = upsample == Upsampling.Linear ? $"{name}.conv3.1" : $"{name}.conv3";
        _linear = upsample == Upsampling.Linear ? new DoubledConvolution(conv3, channels) : null;
        _deconv = upsample == Upsampling.Deconv ? new Deconvolution(conv3, channels) : null;
        _norm3 = new BatchNorm($"{name}.bn3", channels, conv3 + ".bias", OutputAxis: _deconv is null ? 0 : 1);
    }

    public IEnumerable<BatchNorm> Normalizations => [.. _steps.Select(s => s.Normalization), _norm3];

    public IEnumerable<ParameterSpec> Parameters =>
        [.. _steps.SelectMany(s => s.Parameters), .. _linear?.Parameters ?? _deconv!.Parameters, .. _norm3.Parameters];

    public Value Build(ForwardPass pass, Value x)
    {
        using IDisposable scope = pass.Graph.Scope(_name);
        x = _steps.Aggregate(x, (value, step) => step.Build(pass, value));
        x = _linear?.Build(pass, x, pass.KeepsBiases) ?? _deconv!.Build(pass, x, pass.KeepsBiases);
        return pass.NormalizeRelu(x, _norm3);
    }
}

/// <summary>Convolution, batch normalisation, ReLU.</summary>
internal sealed record NormalizedConvolution(Convolution Convolution, string NormalizationName)
{
    public BatchNorm Normalization => new(NormalizationName, Convolution.Outputs, Convolution.Name + ".bias");

    public IEnumerable<ParameterSpec> Parameters => [.. Convolution.Parameters, .. Normalization.Parameters];

    public Value Build(ForwardPass pass, Value x) => pass.NormalizeRelu(Convolution.Build(pass, x, pass.KeepsBiases), Normalization);
}
