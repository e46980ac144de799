using UnetSpikes.Onnx;

namespace UnetSpikes.Models.Links;

/// <summary>softplus z = ln(1 + eᶻ) and its logarithm, exact to rounding for every z, and so are their gradients.</summary>
/// <remarks>
/// ONNX Runtime's Softplus computes ln(1 + eᶻ) as it is written: in float32 it is 20 % off at z = −15 and 0 from −17 down, and
/// the log-rate of a silent bin would be ln 0. Here nothing is subtracted and no small number is added to 1:
/// with v = e^(−|z|) in (0, 1] and r(v) = ln(1 + v)/v, which lies between ln 2 and 1,
/// q = max(z, 0) + e^(−max(z, 0))·r(v) is at least ln 2, and  softplus z = e^(min(z, 0))·q,  ln softplus z = min(z, 0) + ln q.
/// (z ≤ 0: q = r(v) and eᶻ·r(v) = ln(1 + v). z ≥ 0: q = z + ln(1 + v) itself.)
/// </remarks>
internal static class StableSoftplus
{
    /// <summary>Terms of the series below; the first one left out, (1/9)⁷/15, is a quarter of float32's rounding.</summary>
    private const int Terms = 7;

    /// <summary>Adds both to a graph.</summary>
    /// <param name="g">The graph being built.</param>
    /// <param name="z">Any shape.</param>
    public static (Value Softplus, Value Log) Build(Graph g, Value z)
    {
        // At z = 0 the gradient must flow through exactly one of the two: Relu's rule gives none there, Min's gives it to its first input.
        Value above = g.Relu(z), below = g.Min(z, g.Scalar(z, 0));
        Value rise = g.Exp(below), fall = g.Exp(g.Neg(above));
        Value q = g.Add(above, g.Mul(fall, Log1pOverItself(g, g.Mul(rise, fall))));
        return (g.Mul(rise, q), g.Add(below, g.Log(q)));
    }

    /// <summary>The z whose softplus is y: ln(eʸ − 1) = y + ln(1 − e⁻ʸ).</summary>
    /// <param name="y">Above 0.</param>
    public static double Inverse(double y) => y < 1e-3 ? Math.Log(y) + (y / 2) : y + Math.Log(1 - Math.Exp(-y));

    /// <summary>ln(1 + v)/v for v from 0 to 1, by Gregory's series: ln(1 + v) = 2·(s + s³/3 + s⁵/5 + …), s = v/(v + 2) at most 1/3.</summary>
    private static Value Log1pOverItself(Graph g, Value v)
    {
        Value reciprocal = g.Reciprocal(g.Add(v, 2));
        Value s = g.Mul(v, reciprocal), square = g.Mul(s, s);
        Value sum = g.Add(g.Mul(square, 1.0 / ((2 * Terms) - 1)), 1.0 / ((2 * Terms) - 3));
        for (int k = Terms - 3; k >= 0; k--)
        {
            sum = g.Add(g.Mul(sum, square), 1.0 / ((2 * k) + 1));
        }

        return g.Mul(g.Mul(sum, reciprocal), 2);
    }
}
