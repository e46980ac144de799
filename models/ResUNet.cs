using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>A residual 1-D UNet: blocks (<see cref="BlockKind"/>), concatenated skips at every resolution, the width constant or doubling.</summary>
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
    private readonly Block _bottom;
    private readonly DenseCode? _code;
    private readonly TopTransformer? _top;
    private readonly Decoder[] _decoders;
    private readonly Norm _norm;
    private readonly Convolution _unembedding;
    private readonly Dropout? _inputDropout;
    private readonly Dropout? _ratesDropout;

    /// <summary>Makes the network of given sizes.</summary>
    /// <param name="options">Validated options.</param>
    public ResUNet(ModelOptions options)
    {
        Options = options;
        _options = options.ResUNet ?? new ResUNetOptions();
        int bins = BottomBins(_options.TrialBins + options.ForwardBins);
        int WidthAt(int level) => _options.Width == WidthGrowth.Doubling ? options.LatentDim << level : options.LatentDim;

        _embedding = new Convolution("embedding", options.CountChannels, options.LatentDim, Kernel: 1);
        _encoders = [.. Enumerable.Range(0, options.Layers).Select(i => new Encoder($"encoders.{i}", WidthAt(i), WidthAt(i + 1), _options))];
        _bottom = Block.Of("bottom", WidthAt(options.Layers), _options);
        _code = _options.Code > 0 ? new DenseCode("code", WidthAt(options.Layers), bins, _options) : null;
        _top = _options.Top == TopAttention.None ? null : new TopTransformer("top", WidthAt(options.Layers), bins, _options);
        _decoders = [.. Enumerable.Range(0, options.Layers).Reverse()
            .Select(i => new Decoder($"decoders.{i}", WidthAt(i + 1), WidthAt(i), i > 0 || _options.FullSkip, _options))];
        _norm = new Norm("norm", options.LatentDim, _options.Norm);
        _unembedding = new Convolution("unembedding", options.LatentDim, options.Channels, Kernel: 1) { InitialScale = 0.3 };
        _inputDropout = Dropout.Of("input", _options.DropoutInput);
        _ratesDropout = Dropout.Of("rates", _options.DropoutRates);
    }

    /// <inheritdoc/>
    public override ModelOptions Options { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<BatchNorm> Normalizations =>
        [.. Norms().Select(n => n.OverBatch).OfType<BatchNorm>()];

    /// <inheritdoc/>
    public override IReadOnlyList<Dropout> Dropouts =>
        [.. ((Dropout?[])[_inputDropout, .. Blocks().Select(b => b.Dropout), _code?.Dropout, .. _top?.Dropouts ?? [], _ratesDropout]).OfType<Dropout>()];

    /// <inheritdoc/>
    public override int BinMultiple => 1 << Options.Layers;

    /// <inheritdoc/>
    public override string OutputBias => "unembedding.bias";

    /// <inheritdoc/>
    public override bool NeedsTrials => _options.NeedsTrials;

    /// <inheritdoc/>
    public override int? TrialBins => _options.KnowsPlaces ? _options.TrialBins : null;

    /// <summary>Of the convolutions alone. At a resolution of 2^i, a block reaches as far as its convolutions do, the halving and the doubling one bin each.</summary>
    /// <remarks>A causal convolution of the same kernel reaches twice as far back; a causal doubling holds the earlier bin.</remarks>
    public override ReceptiveField ReceptiveField
    {
        get
        {
            int block = _bottom.Reach;
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
    protected override NetworkOutput BuildLayers(ForwardPass pass, Value counts)
    {
        Value x = _embedding.Embed(pass, pass.PadBins(pass.Drop(counts, _inputDropout), BinMultiple));
        var skips = new Stack<Value>();
        foreach (Encoder encoder in _encoders)
        {
            (x, Value skip) = encoder.Build(pass, x);
            skips.Push(skip);
        }

        x = _bottom.Build(pass, x);
        x = _code?.Build(pass, x) ?? x;
        x = _top?.Build(pass, x) ?? x;
        for (int i = 0; i < _decoders.Length; i++)
        {
            int level = _decoders.Length - i;
            Value across = skips.Pop();
            x = _decoders[i].Build(
                pass,
                pass.Observe($"level {level} from below", x),
                _decoders[i].HasSkip ? pass.Observe($"level {level - 1} across", across) : across);
        }

        Value latents = pass.CropBins(_norm.Build(pass, x), counts);
        return new NetworkOutput(_unembedding.Unembed(pass, pass.Drop(latents, _ratesDropout)), latents);
    }

    /// <inheritdoc/>
    protected override IEnumerable<ParameterSpec> DeclareParameters() =>
    [
        .. _embedding.Parameters, .. _encoders.SelectMany(e => e.Parameters), .. _bottom.Parameters, .. _code?.Parameters ?? [], .. _top?.Parameters ?? [],
        .. _decoders.SelectMany(d => d.Parameters), .. _norm.Parameters, .. _unembedding.Parameters,
    ];

    private IEnumerable<Block> Blocks() => [.. _encoders.Select(e => e.Block), _bottom, .. _decoders.Select(d => d.Block)];

    private IEnumerable<Norm> Norms() => [.. Blocks().SelectMany(b => b.Norms), .. _code is null ? [] : (Norm[])[_code.Norm], _norm];

    /// <summary>Bins at the bottom level, those of padding included.</summary>
    private int BottomBins(int bins)
    {
        (long left, long right) = StaticPass.Padding(bins, BinMultiple);
        return (int)((left + bins + right - 1) / BinMultiple) + 1;
    }
}

/// <summary>One level down: a block, whose output is also the skip, and a convolution of stride 2; n bins → (n + 1) / 2.</summary>
internal sealed class Encoder
{
    private readonly string _name;
    private readonly Convolution _halving;

    public Encoder(string name, int inputs, int outputs, ResUNetOptions options)
    {
        _name = name;
        Block = Block.Of($"{name}.block", inputs, options);
        _halving = new Convolution($"{name}.halving", inputs, outputs, Kernel: 3, Stride: 2) { IsCausal = options.IsCausal };
    }

    public Block Block { get; }

    public IEnumerable<ParameterSpec> Parameters => [.. Block.Parameters, .. _halving.Parameters];

    public (Value Halved, Value Skip) Build(ForwardPass pass, Value x)
    {
        Value skip = Block.Build(pass, x);
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

    public Decoder(string name, int inputs, int outputs, bool hasSkip, ResUNetOptions options)
    {
        _name = name;
        _isCausal = options.IsCausal;
        _narrowing = new Convolution($"{name}.narrowing", inputs, outputs, Kernel: 1);
        _mixing = hasSkip ? new Convolution($"{name}.mixing", 2 * outputs, outputs, Kernel: 1) : null;
        Block = Block.Of($"{name}.block", outputs, options);
    }

    public Block Block { get; }

    public bool HasSkip => _mixing is not null;

    public IEnumerable<ParameterSpec> Parameters => [.. _narrowing.Parameters, .. _mixing?.Parameters ?? [], .. Block.Parameters];

    public Value Build(ForwardPass pass, Value x, Value skip)
    {
        using (pass.Graph.Scope(_name))
        {
            x = pass.DoubleBins(_narrowing.Build(pass, x, withBias: true), _isCausal);
            x = _mixing?.Build(pass, pass.Graph.Concat(1, x, skip), withBias: true) ?? x;
        }

        return Block.Build(pass, x);
    }
}
