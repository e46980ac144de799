using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>The nonlinearity of a transformer's feed-forward layers.</summary>
public enum FeedForwardActivation
{
    /// <summary>max(x, 0).</summary>
    Relu,

    /// <summary>x·Φ(x), Φ the normal distribution's cumulative function.</summary>
    Gelu,
}

/// <summary>What the blocks of one transformer have in common.</summary>
/// <param name="Width">Features of a token.</param>
/// <param name="Heads">Heads of the attention, which divide the width.</param>
/// <param name="Hidden">Features between the two feed-forward layers.</param>
internal sealed record TransformerBlockOptions(int Width, int Heads, int Hidden)
{
    /// <summary>Whether normalisation comes ahead of attention and feed-forward, on the branch, rather than behind the sum.</summary>
    public bool IsPreNorm { get; init; }

    /// <summary>The nonlinearity between the feed-forward layers.</summary>
    public FeedForwardActivation Activation { get; init; }

    /// <summary>Dropout of the attention weights, between the feed-forward layers, and of both branches.</summary>
    public double Dropout { get; init; }

    /// <summary>Whether attention has a bias per distance.</summary>
    public bool HasDistanceBias { get; init; }

    /// <summary>What the initial weights of the output projection and the feed-forward layers are multiplied by.</summary>
    public double InitialScale { get; init; } = 1;
}

/// <summary>Self-attention and two feed-forward layers, each added to what came in, named as PyTorch's <c>nn.TransformerEncoderLayer</c>.</summary>
internal sealed class TransformerBlock
{
    private readonly string _name;
    private readonly TransformerBlockOptions _options;
    private readonly SelfAttention _attention;
    private readonly Linear _linear1;
    private readonly Linear _linear2;
    private readonly TokenNorm _norm1;
    private readonly TokenNorm _norm2;
    private readonly Dropout? _attended;
    private readonly Dropout? _between;
    private readonly Dropout? _fedForward;

    /// <summary>Makes the block.</summary>
    /// <param name="name">Prefix of its parameters.</param>
    /// <param name="options">Sizes and kinds.</param>
    public TransformerBlock(string name, TransformerBlockOptions options)
    {
        (_name, _options) = (name, options);
        _attention = new SelfAttention($"{name}.self_attn", options.Width, options.Heads)
        {
            HasDistanceBias = options.HasDistanceBias,
            InitialScale = options.InitialScale,
            Dropout = Dropout.Of($"{name}.self_attn", options.Dropout),
        };
        _linear1 = new Linear($"{name}.linear1", options.Width, options.Hidden) { InitialScale = options.InitialScale };
        _linear2 = new Linear($"{name}.linear2", options.Hidden, options.Width) { InitialScale = options.InitialScale };
        (_norm1, _norm2) = (new TokenNorm($"{name}.norm1", options.Width), new TokenNorm($"{name}.norm2", options.Width));
        _attended = Dropout.Of($"{name}.dropout1", options.Dropout);
        _between = Dropout.Of($"{name}.dropout", options.Dropout);
        _fedForward = Dropout.Of($"{name}.dropout2", options.Dropout);
    }

    public IEnumerable<ParameterSpec> Parameters =>
        [.. _attention.Parameters, .. _linear1.Parameters, .. _linear2.Parameters, .. _norm1.Parameters, .. _norm2.Parameters];

    public IEnumerable<Dropout> Dropouts => ((Dropout?[])[_attention.Dropout, _attended, _between, _fedForward]).OfType<Dropout>();

    /// <summary>Adds the block to the graph.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">[trial, token, feature].</param>
    /// <param name="context">Which tokens may be attended to.</param>
    public Value Build(ForwardPass pass, Value x, AttentionContext context)
    {
        using IDisposable scope = pass.Graph.Scope(_name);
        x = Residual(pass, x, _norm1, h => pass.Drop(_attention.Build(pass, h, context), _attended));
        return Residual(pass, x, _norm2, h => pass.Drop(FeedForward(pass, h), _fedForward));
    }

    private Value Residual(ForwardPass pass, Value x, TokenNorm norm, Func<Value, Value> branch) => _options.IsPreNorm
        ? pass.Graph.Add(x, branch(norm.Build(pass, x)))
        : norm.Build(pass, pass.Graph.Add(x, branch(x)));

    private Value FeedForward(ForwardPass pass, Value x)
    {
        Value hidden = _linear1.Build(pass, x);
        hidden = _options.Activation == FeedForwardActivation.Relu ? pass.Graph.Relu(hidden) : pass.Gelu(hidden);
        return _linear2.Build(pass, pass.Drop(hidden, _between));
    }
}
