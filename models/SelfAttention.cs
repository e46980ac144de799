using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>Multi-head self-attention over the tokens of a trial (Vaswani et al. 2017), named and shaped as PyTorch's <c>nn.MultiheadAttention</c>.</summary>
/// <param name="Name">Prefix of its parameters.</param>
/// <param name="Width">Features of a token, in and out; a multiple of the heads.</param>
/// <param name="Heads">Heads, each of Width / Heads features.</param>
internal sealed record SelfAttention(string Name, int Width, int Heads)
{
    /// <summary>Every distance of more tokens than <see cref="MaxDistance"/> shares that one's bias.</summary>
    public const int MaxDistance = 32;

    /// <summary>Whether a bias per head and distance, learnt from zero, is added to the scores (relative positions as T5 and ALiBi have them).</summary>
    public bool HasDistanceBias { get; init; }

    /// <summary>What the initial output projection is multiplied by.</summary>
    public double InitialScale { get; init; } = 1;

    /// <summary>Dropout of the attention weights; null for none.</summary>
    public Dropout? Dropout { get; init; }

    /// <summary>Its parameters, in PyTorch's order; the distances' biases, [heads, distance], come last.</summary>
    public IEnumerable<ParameterSpec> Parameters
    {
        get
        {
            // PyTorch's xavier_uniform_ over the stacked projections: fan_in + fan_out = 4 · Width.
            yield return new ParameterSpec($"{Name}.in_proj_weight", [3 * Width, Width], Initialization.Uniform, Math.Sqrt(6.0 / (4 * Width)));
            yield return new ParameterSpec($"{Name}.in_proj_bias", [3 * Width], Initialization.Zero);
            yield return new ParameterSpec($"{Name}.out_proj.weight", [Width, Width], Initialization.Uniform, InitialScale / Math.Sqrt(Width));
            yield return new ParameterSpec($"{Name}.out_proj.bias", [Width], Initialization.Zero);
            if (HasDistanceBias)
            {
                yield return new ParameterSpec($"{Name}.distance_bias", [Heads, (2 * MaxDistance) + 1], Initialization.Zero);
            }
        }
    }

    /// <summary>Adds the layer to the graph: softmax(QKᵀ/√d + biases)·V per head, the heads' outputs side by side, projected.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="x">[trial, token, feature].</param>
    /// <param name="context">Which tokens may be attended to.</param>
    public Value Build(ForwardPass pass, Value x, AttentionContext context)
    {
        Graph g = pass.Graph;
        long features = Width / Heads;
        IReadOnlyList<Value> weights = pass.Parts($"{Name}.in_proj_weight", 3), biases = pass.Parts($"{Name}.in_proj_bias", 3);
        Value Projected(int which) => g.Reshape(pass.Linear(x, weights[which], biases[which]), 0, 0, Heads, features);

        Value queries = g.Transpose(g.Mul(Projected(0), 1 / Math.Sqrt(features)), 0, 2, 1, 3);  // [trial, head, token, feature]
        Value keys = g.Transpose(Projected(1), 0, 2, 3, 1);                                     // [trial, head, feature, token]
        Value values = g.Transpose(Projected(2), 0, 2, 1, 3);

        Value scores = g.MatMul(queries, keys);                                                 // [trial, head, token, other token]
        if (HasDistanceBias)
        {
            Value clamped = g.Max(g.Min(context.Distances, g.Ints(MaxDistance)), g.Ints(-MaxDistance));
            scores = g.Add(scores, g.Gather(pass.Parameter($"{Name}.distance_bias"), g.Add(clamped, g.Ints(MaxDistance)), axis: 1));
        }

        scores = context.Mask is { } mask ? g.Add(scores, mask) : scores;
        Value attended = g.MatMul(pass.Drop(g.Softmax(scores), Dropout), values);
        Value merged = g.Reshape(g.Transpose(attended, 0, 2, 1, 3), 0, 0, Width);
        return pass.Linear(merged, pass.Parameter($"{Name}.out_proj.weight"), pass.Parameter($"{Name}.out_proj.bias"));
    }
}
