using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>Which tokens of a trial a token may attend to, as values that all layers over the same tokens share.</summary>
/// <param name="Distances">How far the other token lies ahead, [token, other token], 64-bit integers.</param>
/// <param name="Mask">Added to the scores, [token, other token]: 0, or −∞ where a token may not be seen; null where all may be seen.</param>
internal sealed record AttentionContext(Value Distances, Value? Mask)
{
    /// <summary>Builds the values once.</summary>
    /// <param name="pass">The forward pass being built.</param>
    /// <param name="tokens">[trial, token, feature].</param>
    /// <param name="forward">Tokens ahead that may be seen; negative = all.</param>
    /// <param name="backward">Tokens behind that may be seen; negative = all.</param>
    public static AttentionContext Of(ForwardPass pass, Value tokens, int forward = -1, int backward = -1)
    {
        Graph g = pass.Graph;
        Value distances = pass.Distances(tokens);
        Value? mask = null;
        if (forward >= 0)
        {
            mask = HiddenWhere(g.Greater(distances, g.Ints(forward)));
        }

        if (backward >= 0)
        {
            Value behind = HiddenWhere(g.Less(distances, g.Ints(-backward)));
            mask = mask is null ? behind : g.Add(mask, behind);
        }

        return new AttentionContext(distances, mask);

        // Every token may see itself, so no row is all −∞, and the softmax is exactly 0 there, its gradient too.
        Value HiddenWhere(Value condition) => g.Where(condition, g.Scalar(tokens, double.NegativeInfinity), g.Scalar(tokens, 0));
    }
}
