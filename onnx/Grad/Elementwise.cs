using System.Globalization;

namespace UnetSpikes.Onnx.Grad;

/// <summary>Arithmetic, element by element. Where an input was broadcast, the walker sums its gradient down.</summary>
internal static class Elementwise
{
    public static readonly Dictionary<(string Domain, string Operator), GradientRule> Rules = new()
    {
        [("", "Identity")] = c => [c.Dy],
        [("", "Cast")] = Cast,
        [("", "Add")] = c => [c.Dy, c.Dy],
        [("", "Sub")] = c => [c.Dy, c.Graph.Neg(c.Dy)],
        [("", "Mul")] = Mul,
        [("", "Div")] = Div,
        [("", "Neg")] = c => [c.Graph.Neg(c.Dy)],
        [("", "Reciprocal")] = Reciprocal,
        [("", "Abs")] = c => [c.Graph.Mul(c.Dy, c.Graph.Add("Sign", [c.X]))],
        [("", "Exp")] = c => [c.Graph.Mul(c.Dy, c.Y)],
        [("", "Log")] = c => [c.Graph.Div(c.Dy, c.X)],
        [("", "Sqrt")] = Sqrt,
        [("", "Pow")] = Pow,
        [("", "Min")] = Extremum,
        [("", "Max")] = Extremum,
        [("", "Clip")] = Clip,
        [("", "Where")] = Where,
        // Piecewise constant: the derivative is zero wherever there is one.
        [("", "Sign")] = _ => [],
        [("", "Floor")] = _ => [],
        [("", "Ceil")] = _ => [],
        [("", "Round")] = _ => [],
        // Takes nothing but the shape.
        [("", "RandomUniformLike")] = _ => [],
    };

    /// <summary>Y = X in another type:  dX = dY in X's type. (Into integers no gradient arrives here at all.)</summary>
    private static Value?[] Cast(GradientContext c) => [c.Graph.Cast(c.Dy, c.X.Type)];

    /// <summary>Y = A·B:  dA = dY·B,  dB = dY·A.</summary>
    private static Value?[] Mul(GradientContext c) => [c.Graph.Mul(c.Dy, c.Input(1)), c.Graph.Mul(c.Dy, c.Input(0))];

    /// <summary>Y = A/B:  dA = dY/B,  dB = −dA·Y.</summary>
    private static Value?[] Div(GradientContext c)
    {
        Value da = c.Graph.Div(c.Dy, c.Input(1));
        return [da, c.Graph.Neg(c.Graph.Mul(da, c.Y))];
    }

    /// <summary>Y = 1/X:  dX = −dY·Y².</summary>
    private static Value?[] Reciprocal(GradientContext c) => [c.Graph.Neg(c.Graph.Mul(c.Dy, c.Graph.Mul(c.Y, c.Y)))];

    /// <summary>Y = √X:  dX = ½·dY/Y.</summary>
    private static Value?[] Sqrt(GradientContext c) => [c.Graph.Div(c.Graph.Mul(c.Dy, 0.5), c.Y)];

    /// <summary>Y = Aᴮ:  dA = dY·B·Aᴮ⁻¹,  dB = dY·Y·ln A (0 where A is not positive, as PyTorch has it at 0).</summary>
    private static Value?[] Pow(GradientContext c)
    {
        Graph g = c.Graph;
        Value a = c.Input(0), b = c.Input(1), exponent = g.Cast(b, a.Type);
        Value da = IsScalar(b, 2)
            ? g.Mul(c.Dy, g.Mul(a, 2))
            : g.Mul(c.Dy, g.Mul(g.Pow(a, g.Add(exponent, -1)), exponent));
        if (!c.Needs(1))
        {
            return [da];
        }

        Value logA = g.Where(g.Greater(a, g.Scalar(a, 0)), g.Log(a), g.Scalar(a, 0));
        return [da, g.Cast(g.Mul(c.Dy, g.Mul(c.Y, logA)), b.Type)];
    }

    /// <summary>Y = max or min of several:  dXᵢ = dY where Xᵢ = Y. Of equal ones the first takes it all, so that nothing is counted twice.</summary>
    private static Value?[] Extremum(GradientContext c)
    {
        var gradients = new Value?[c.Node.Inputs.Count];
        Value left = c.Dy, zero = c.Graph.Scalar(left, 0);
        for (int i = 0; i < gradients.Length; i++)
        {
            Value chosen = c.Graph.Add("Equal", [c.Input(i), c.Y]);
            gradients[i] = c.Graph.Where(chosen, left, zero);
            left = c.Graph.Where(chosen, zero, left);
        }

        return gradients;
    }

    /// <summary>Y = min(max(X, low), high):  dX = dY where Y = X; dlow, dhigh = dY where X lies beyond them.</summary>
    private static Value?[] Clip(GradientContext c)
    {
        Graph g = c.Graph;
        Value zero = g.Scalar(c.X, 0);
        Value? low = c.Node.OptionalInput(1), high = c.Node.OptionalInput(2);
        return
        [
            g.Where(g.Add("Equal", [c.X, c.Y]), c.Dy, zero),
            low is null ? null : g.Where(g.Less(c.X, low), c.Dy, zero),
            high is null ? null : g.Where(g.Greater(c.X, high), c.Dy, zero),
        ];
    }

    /// <summary>Y = condition ? A : B:  dA = condition ? dY : 0,  dB = condition ? 0 : dY.</summary>
    private static Value?[] Where(GradientContext c)
    {
        Value zero = c.Graph.Scalar(c.Dy, 0);
        return [null, c.Graph.Where(c.X, c.Dy, zero), c.Graph.Where(c.X, zero, c.Dy)];
    }

    private static bool IsScalar(Value value, double number) =>
        value.Constant is { Dims.Length: 0 } tensor && Convert.ToDouble(tensor.Data.GetValue(0), CultureInfo.InvariantCulture) == number;
}
