using System.Text.Json;
using System.Text.Json.Serialization;

namespace UnetSpikes.Models;

/// <summary>How a transformer's tokens know where they are.</summary>
public enum PositionKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>A learnt vector per place, added to the token: trials are then of one length.</summary>
    Learned,

    /// <summary>Sines and cosines of the place (Vaswani et al. 2017), added to the token: trials are then of one length.</summary>
    Sinusoid,

    /// <summary>A learnt bias per head and distance, added to the attention's scores.</summary>
    Relative,
}

/// <summary>What <see cref="Ndt"/> has beside its number of blocks. The defaults are those of the public configuration of NDT, but for the embedding.</summary>
public sealed record NdtOptions
{
    private const int MaxHidden = 16_384;
    private const int MaxEmbedDim = 64;

    /// <summary>Features per unit of a token; 0: the counts themselves are the token. At most 64.</summary>
    public int EmbedDim { get; init; } = 2;

    /// <summary>Features between the two feed-forward layers of a block. 1 to 16,384.</summary>
    public int HiddenSize { get; init; } = 128;

    /// <summary>Heads of the attention. At least 1, a divisor of the token's width.</summary>
    public int NumHeads { get; init; } = 2;

    /// <summary>How bins know where they are in the trial.</summary>
    public PositionKind Positions { get; init; } = PositionKind.Learned;

    /// <summary>Bins ahead that a bin may attend to in each block; −1 = all.</summary>
    public int ContextForward { get; init; } = 4;

    /// <summary>Bins behind that a bin may attend to in each block; −1 = all.</summary>
    public int ContextBackward { get; init; } = 8;

    /// <summary>Whether normalisation comes ahead of attention and feed-forward rather than behind them.</summary>
    public bool PreNorm { get; init; }

    /// <summary>The nonlinearity between the feed-forward layers.</summary>
    public FeedForwardActivation Activation { get; init; } = FeedForwardActivation.Relu;

    /// <summary>Whether initial weights are scaled by 0.67·blocks^(−1/4) (T-Fixup, Huang et al. 2020).</summary>
    public bool FixupInit { get; init; }

    /// <summary>Dropout in the blocks. At least 0, below 1.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Dropout of the last hidden layer, from which the rates are computed. At least 0, below 1.</summary>
    public double DropoutRates { get; init; } = 0.2;

    /// <summary>Dropout of the tokens with their positions. At least 0, below 1.</summary>
    public double DropoutEmbedding { get; init; } = 0.2;

    /// <summary>Bins of a trial where positions are learnt or sinusoids, as the data have them; 0 otherwise.</summary>
    public int TrialBins { get; init; }

    /// <summary>Whether tokens are told their place in the trial, so that trials are of one length.</summary>
    [JsonIgnore]
    public bool KnowsPlaces => Positions is PositionKind.Learned or PositionKind.Sinusoid;

    /// <summary>The options in one line: <c>embed_dim=2 hidden_size=128 …</c>.</summary>
    public override string ToString() => JsonSerializer.Serialize(this, ModelOptions.Json)[1..^1].Replace("\"", "", StringComparison.Ordinal)
        .Replace(':', '=').Replace(',', ' ');

    /// <summary>Features of a token.</summary>
    /// <param name="units">Units of the data.</param>
    public long Width(int units) => (long)units * Math.Max(1, EmbedDim);

    /// <summary>All problems with these options, each with the option it is about, as JSON names it.</summary>
    /// <param name="units">Units of the data.</param>
    public IEnumerable<(string Option, string Problem)> Problems(int units)
    {
        if (EmbedDim is < 0 or > MaxEmbedDim)
        {
            yield return ("embed_dim", $"is {EmbedDim}, expected 0 to {MaxEmbedDim}");
        }

        if (HiddenSize is < 1 or > MaxHidden)
        {
            yield return ("hidden_size", $"is {HiddenSize}, expected 1 to {MaxHidden}");
        }

        if (NumHeads < 1 || Width(units) % NumHeads != 0)
        {
            yield return ("num_heads", $"is {NumHeads}, expected a divisor of the width of {Width(units)}, which is {units} units times {Math.Max(1, EmbedDim)} features");
        }

        if (Positions == PositionKind.Sinusoid && Width(units) % 2 != 0)
        {
            yield return ("positions", $"is sinusoid, which needs an even width, and {units} units times {Math.Max(1, EmbedDim)} features are {Width(units)}");
        }

        foreach ((string option, int bins) in ((string, int)[])[("context_forward", ContextForward), ("context_backward", ContextBackward)])
        {
            if (bins < -1)
            {
                yield return (option, $"is {bins}, expected a number of bins, or -1 for all there are");
            }
        }

        foreach ((string option, double ratio) in ((string, double)[])
            [("dropout", Dropout), ("dropout_rates", DropoutRates), ("dropout_embedding", DropoutEmbedding)])
        {
            if (!(ratio is >= 0 and < 1))
            {
                yield return (option, $"is {ratio}, expected a probability of at least 0 and below 1");
            }
        }
    }
}
