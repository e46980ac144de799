using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>A residual 1-D UNet: pre-norm blocks, concatenated skips at every resolution, the width constant or doubling.</summary>
/// <remarks>
/// counts → pad to a multiple of 2^levels plus one → embedding (k=1) → per level a block and a convolution of stride 2 →
/// a block at the bottom → per level up: k=1, linear doubling of the bins, the skip of that resolution concatenated and
/// mixed (k=1), a block → normalisation → unembedding (k=1). Bins of padding are bins without spikes: whatever is averaged
/// over a trial sees them too, in training and in exports alike.
/// </remarks>
public sealed class ResUNet : SpikeNetwork
{
    private readonly ResUNetOptions _options;
    private readonly Convolution _embedding;
    private readonly Encoder[] _encoders;
    private readonly ResidualBlock _bottom;
    private readonly Decoder[] _decoders;
    private readonly Norm _norm;
    private readonly Convolution _unembedding;

    /// <summary>Makes the network of given sizes.</summary>
    /// <param name="options">Validated options.</param>
    public ResUNet(ModelOptions options)
    {
        Options = options;
        _options = options.ResUNet ?? new ResUNetOptions();
        int WidthAt(int level) => _options.Width == WidthGrowth.Doubling ? options.LatentDim << level : options.LatentDim;

        _embedding = new Convolution("embedding", options.Channels, options.LatentDim, Kernel: 1);
        _encoders = [.. Enumerable.Range(0, options.Layers).Select(i => new Encoder($"encoders.{i}", WidthAt(i), WidthAt(i + 1), _options))];
        _bottom = new ResidualBlock("bottom", WidthAt(options.Layers), _options);
        _decoders = [.. Enumerable.Range(0, options.Layers).Reverse()
            .Select(i => new Decoder($"decoders.{i}", WidthAt(i + 1), WidthAt(i), i > 0 || _options.FullSkip, _options))];
        _norm = new Norm("norm", options.LatentDim, _options.Norm);
        _unembedding = new Convolution("unembedding", options.LatentDim, options.Channels, Kernel: 1) { InitialScale = 0.3 };
    }

    /// <inheritdoc/>
    public override ModelOptions Options { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<BatchNorm> Normalizations =>
        [.. _encoders.SelectMany(e => e.Norms).Concat(_bottom.Norms).Concat(_decoders.SelectMany(d => d.Norms)).Append(_norm).Select(n => n.OverBatch).OfType<BatchNorm>()];

    /// <inheritdoc/>
    public override int BinMultiple => 1 << Options.Layers;

    /// <inheritdoc/>
    public override string OutputBias => "unembedding.bias";

    /// <inheritdoc/>
    public override bool NeedsTrials => _options.NeedsTrials;

    /// <summary>Of the convolutions alone. At a resolution of 2^i, a block reaches twice its kernel's reach, the halving and the doubling one bin each.</summary>
    /// <remarks>A causal convolution of the same kernel reaches twice as far back; a causal doubling holds the earlier bin.</remarks>
    public override ReceptiveField ReceptiveField
    {
        get
        {
            int block = (_options.Kernel - 1) * _options.Dilation;      // two convolutions, half the kernel each way
            int reach = block << Options.Layers;
            for (int i = 0; i < Options.Layers; i++)
            {
                reach += ((2 * block) + 2) << i;
            }

            int causal = reach + (block << Options.Layers) + Enumerable.Range(0, Options.Layers).Sum(i => ((2 * block) + 1) << i);
            return _options.IsCausal ? new ReceptiveField(causal, 0) : new ReceptiveField(reach, reach);
        }
    }

    /// <inheritdoc/>
    public override NetworkOutput Build(ForwardPass pass, Value counts)
    {
        Value x = _embedding.Embed(pass, pass.PadBins(counts, BinMultiple));
        var skips = new Stack<Value>();
        foreach (Encoder encoder in _encoders)
        {
            (x, Value skip) = encoder.Build(pass, x);
            skips.Push(skip);
        }

        x = _bottom.Build(pass, x);
        foreach (Decoder decoder in _decoders)
        {
            x = decoder.Build(pass, x, skips.Pop());
        }

        Value latents = pass.CropBins(_norm.Build(pass, x), counts);
        return new NetworkOutput(_unembedding.Unembed(pass, latents), latents);
    }

    /// <inheritdoc/>
    protected override IEnumerable<ParameterSpec> DeclareParameters() =>
    [
        .. _embedding.Parameters, .. _encoders.SelectMany(e => e.Parameters), .. _bottom.Parameters,
        .. _decoders.SelectMany(d => d.Parameters), .. _norm.Parameters, .. _unembedding.Parameters,
    ];
}

/// <summary>One level down: a block, whose output is also the skip, and a convolution of stride 2; n bins → (n + 1) / 2.</summary>
internal sealed class Encoder
{
    private readonly string _name;
    private readonly ResidualBlock _block;
    private readonly Convolution _halving;

    public Encoder(string name, int inputs, int outputs, ResUNetOptions options)
    {
        _name = name;
        _block = new ResidualBlock($"{name}.block", inputs, options);
        _halving = new Convolution($"{name}.halving", inputs, outputs, Kernel: 3, Stride: 2) { IsCausal = options.IsCausal };
    }

    public IEnumerable<Norm> Norms => _block.Norms;

    public IEnumerable<ParameterSpec> Parameters => [.. _block.Parameters, .. _halving.Parameters];

    public (Value Halved, Value Skip) Build(ForwardPass pass, Value x)
    {
        Value skip = _block.Build(pass, x);
        using IDisposable scope = pass.Graph.Scope(_name);
        return (_halving.Build(pass, skip, withBias: true), skip);
    }
}

/// <summary>One level up: k=1, linear doubling, the skip mixed in, a block; n bins → 2n − 1.</summary>
internal sealed class Decoder
{
    private readonly string _name;
    private readonly bool _isCausal;
    private readonly Convolution _narrowing;
    private readonly Convolution? _mixing;
    private readonly ResidualBlock _block;

    public Decoder(string name, int inputs, int outputs, bool hasSkip, ResUNetOptions options)
    {
        _name = name;
        _isCausal = options.IsCausal;
        _narrowing = new Convolution($"{name}.narrowing", inputs, outputs, Kernel: 1);
        _mixing = hasSkip ? new Convolution($"{name}.mixing", 2 * outputs, outputs, Kernel: 1) : null;
        _block = new ResidualBlock($"{name}.block", outputs, options);
    }

    public IEnumerable<Norm> Norms => _block.Norms;

    public IEnumerable<ParameterSpec> Parameters => [.. _narrowing.Parameters, .. _mixing?.Parameters ?? [], .. _block.Parameters];

    public Value Build(ForwardPass pass, Value x, Value skip)
    {
        using (pass.Graph.Scope(_name))
        {
            x = pass.DoubleBins(_narrowing.Build(pass, x, withBias: true), _isCausal);
            x = _mixing?.Build(pass, pass.Graph.Concat(1, x, skip), withBias: true) ?? x;
        }

        return _block.Build(pass, x);
    }
}

/// <summary>x + convolution(ReLU(norm(convolution(ReLU(norm(x))))).</summary>
internal sealed class ResidualBlock
{
    private readonly string _name;
    private readonly Norm _norm1;
    private readonly Norm _norm2;
    private readonly Convolution _conv1;
    private readonly Convolution _conv2;

    public ResidualBlock(string name, int width, ResUNetOptions options)
    {
        _name = name;
        _conv1 = Of("conv1");
        _conv2 = Of("conv2");
        _norm1 = new Norm($"{name}.norm1", width, options.Norm);
        _norm2 = new Norm($"{name}.norm2", width, options.Norm, Bias: $"{name}.conv1.bias");

        Convolution Of(string layer) =>
            new($"{name}.{layer}", width, width, options.Kernel) { Dilation = options.Dilation, IsCausal = options.IsCausal };
    }

    public IEnumerable<Norm> Norms => [_norm1, _norm2];

    public IEnumerable<ParameterSpec> Parameters => [.. _norm1.Parameters, .. _conv1.Parameters, .. _norm2.Parameters, .. _conv2.Parameters];

    public Value Build(ForwardPass pass, Value x)
    {
        using IDisposable scope = pass.Graph.Scope(_name);
        Value h = _norm1.BuildRelu(pass, x);
        h = _conv1.Build(pass, h, withBias: _norm2.OverBatch is null || pass.KeepsBiases);
        h = _norm2.BuildRelu(pass, h);
        return pass.Graph.Add(x, _conv2.Build(pass, h, withBias: true));
    }
}
