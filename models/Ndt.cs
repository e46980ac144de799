using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>The Neural Data Transformer (Ye &amp; Pandarinath 2021): a transformer encoder over the bins of a trial, all units of a bin one token.</summary>
/// <remarks>
/// counts → linear embedding (or the counts themselves) · √width → + positions → dropout → blocks, each bin attending to a
/// window of bins around it → normalisation → dropout → linear to log-rates. Parameters are named as in the authors' public
/// code, which embeds counts by a table where this has a linear map.
/// </remarks>
public sealed class Ndt : SpikeNetwork
{
    private readonly NdtOptions _options;
    private readonly int _width;
    private readonly Linear? _embedding;
    private readonly Positions _positions;
    private readonly TransformerBlock[] _blocks;
    private readonly TokenNorm _norm;
    private readonly Linear _decoder;
    private readonly Dropout? _embeddingDropout;
    private readonly Dropout? _ratesDropout;

    /// <summary>Makes the network of given sizes.</summary>
    /// <param name="options">Validated options.</param>
    public Ndt(ModelOptions options)
    {
        Options = options;
        _options = options.Ndt!;
        _width = (int)_options.Width(options.CountChannels);
        _embedding = _options.EmbedDim > 0 ? new Linear("embedder", options.CountChannels, _width) : null;
        _positions = new Positions("pos_encoder", _options.Positions, _options.TrialBins + options.ForwardBins, _width);
        var block = new TransformerBlockOptions(_width, _options.NumHeads, _options.HiddenSize)
        {
            IsPreNorm = _options.PreNorm,
            Activation = _options.Activation,
            Dropout = _options.Dropout,
            HasDistanceBias = _options.Positions == PositionKind.Relative,

            // As NDT's code does it, which leaves the value projection as it is: there it is part of a stacked one.
            InitialScale = _options.FixupInit && options.Layers > 0 ? 0.67 * Math.Pow(options.Layers, -0.25) : 1,
        };
        _blocks = [.. Enumerable.Range(0, options.Layers).Select(i => new TransformerBlock($"transformer_encoder.layers.{i}", block))];
        _norm = new TokenNorm("transformer_encoder.norm", _width);
        _decoder = new Linear("decoder.0", _width, options.Channels) { InitialBound = 0.1 };
        _embeddingDropout = Dropout.Of("embedding", _options.DropoutEmbedding);
        _ratesDropout = Dropout.Of("rates", _options.DropoutRates);
    }

    /// <inheritdoc/>
    public override ModelOptions Options { get; }

    /// <inheritdoc/>
    public override int LatentChannels => _width;

    /// <inheritdoc/>
    public override IReadOnlyList<BatchNorm> Normalizations => [];

    /// <inheritdoc/>
    public override IReadOnlyList<Dropout> Dropouts =>
        [.. ((Dropout?[])[_embeddingDropout, .. _blocks.SelectMany(b => b.Dropouts), _ratesDropout]).OfType<Dropout>()];

    /// <inheritdoc/>
    public override int BinMultiple => 1;

    /// <inheritdoc/>
    public override string OutputBias => "decoder.0.bias";

    /// <inheritdoc/>
    public override bool NeedsTrials => _options.KnowsPlaces || (Options.Layers > 0 && (_options.ContextForward < 0 || _options.ContextBackward < 0));

    /// <inheritdoc/>
    public override int? TrialBins => _options.KnowsPlaces ? _options.TrialBins : null;

    /// <summary>The window of attention, once per block; 0 to a side that has no limit.</summary>
    public override ReceptiveField ReceptiveField =>
        new(Options.Layers * Math.Max(0, _options.ContextBackward), Options.Layers * Math.Max(0, _options.ContextForward));

    /// <inheritdoc/>
    protected override NetworkOutput BuildLayers(ForwardPass pass, Value counts)
    {
        Value bins = pass.ToTrials(counts, Options.CountChannels);
        Value x = pass.Graph.Mul(_embedding?.Build(pass, bins) ?? bins, Math.Sqrt(_width));
        x = pass.Drop(_positions.Build(pass, x), _embeddingDropout);
        var context = AttentionContext.Of(pass, x, _options.ContextForward, _options.ContextBackward);
        foreach (TransformerBlock block in _blocks)
        {
            x = block.Build(pass, x, context);
        }

        Value latents = _norm.Build(pass, x);
        Value logRates = _decoder.Build(pass, pass.Drop(latents, _ratesDropout));
        return new NetworkOutput(pass.LogRatesFromTrials(logRates, Options.Channels), pass.FromTrials(latents, _width));
    }

    /// <inheritdoc/>
    protected override IEnumerable<ParameterSpec> DeclareParameters() =>
    [
        .. _embedding?.Parameters ?? [], .. _positions.Parameters, .. _blocks.SelectMany(b => b.Parameters), .. _norm.Parameters, .. _decoder.Parameters,
    ];
}
