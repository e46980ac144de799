using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>What looks at the whole coarsest level of the residual UNet.</summary>
public enum TopAttention
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>A transformer block across time: bins are tokens.</summary>
    Time,

    /// <summary>A transformer block across channels: each channel's course over the trial is a token.</summary>
    Space,

    /// <summary>One across time, then one across channels.</summary>
    Both,
}

/// <summary>Transformer blocks over the coarsest level, pre-norm, GELU, feed-forward twice as wide: across time, across channels, or both.</summary>
internal sealed class TopTransformer
{
    private readonly int _width;
    private readonly TransformerBlock? _time;
    private readonly TransformerBlock? _space;
    private readonly Positions _bins;
    private readonly Positions _channels;

    /// <summary>Makes the blocks.</summary>
    /// <param name="name">Prefix of their parameters.</param>
    /// <param name="width">Channels of the level.</param>
    /// <param name="bins">Bins of the level, where the options fix them.</param>
    /// <param name="options">Which blocks, their positions and dropout.</param>
    public TopTransformer(string name, int width, int bins, ResUNetOptions options)
    {
        _width = width;
        PositionKind positions = options.Positions;
        bool hasTime = options.Top is TopAttention.Time or TopAttention.Both, hasSpace = options.Top is TopAttention.Space or TopAttention.Both;
        _time = hasTime ? Block("time", width, positions == PositionKind.Relative) : null;
        _space = hasSpace ? Block("space", bins, false) : null; // Channels have no order: a distance of theirs means nothing.
        _bins = new Positions($"{name}.time", hasTime ? positions : PositionKind.None, bins, width);
        _channels = new Positions($"{name}.space", hasSpace ? positions : PositionKind.None, width, bins);

        TransformerBlock Block(string block, int features, bool hasDistanceBias) => new($"{name}.{block}", new(features, Heads(features), 2 * features)
        {
            IsPreNorm = true,
            Activation = FeedForwardActivation.Gelu,
            Dropout = options.Dropout,
            HasDistanceBias = hasDistanceBias,
        });
    }

    public IEnumerable<ParameterSpec> Parameters => [.. _bins.Parameters, .. _time?.Parameters ?? [], .. _channels.Parameters, .. _space?.Parameters ?? []];

    public IEnumerable<Dropout> Dropouts => [.. _time?.Dropouts ?? [], .. _space?.Dropouts ?? []];

    /// <summary>Adds the blocks to the graph.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">Activations of the coarsest level.</param>
    public Value Build(ForwardPass pass, Value x)
    {
        Value tokens = pass.ToTrials(x, _width);                            // [trial, bin, channel]
        if (_time is not null)
        {
            tokens = _time.Build(pass, _bins.Build(pass, tokens), AttentionContext.Of(pass, tokens));
        }

        if (_space is not null)
        {
            Value channels = pass.Graph.Transpose(tokens, 0, 2, 1);
            channels = _space.Build(pass, _channels.Build(pass, channels), AttentionContext.Of(pass, channels));
            tokens = pass.Graph.Transpose(channels, 0, 2, 1);
        }

        return pass.FromTrials(tokens, _width);
    }

    /// <summary>Four heads, or two, or one: the most that share the features out.</summary>
    private static int Heads(int features) => features % 4 == 0 ? 4 : features % 2 == 0 ? 2 : 1;
}
