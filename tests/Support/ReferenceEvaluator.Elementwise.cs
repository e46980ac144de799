using UnetSpikes.Onnx;

namespace UnetSpikes.Tests.Support;

public static partial class ReferenceEvaluator
{
    private static Dictionary<(string Domain, string Operator), Func<ReferenceCall, ReferenceTensor[]>> ElementwiseTable() => new()
    {
        [("", "Add")] = c => Zip(c, (a, b) => a + b),
        [("", "Sub")] = c => Zip(c, (a, b) => a - b),
        [("", "Mul")] = c => Zip(c, (a, b) => a * b),
        [("", "Div")] = c => Zip(c, (a, b) => c.X.IsInteger ? Math.Truncate(a / b) : a / b),
        [("", "Mod")] = c => Zip(c, (a, b) => c.Attributes.Int("fmod", 0) != 0 ? a % b : a - (Math.Floor(a / b) * b)),
        [("", "Pow")] = c => Zip(c, Math.Pow),
        [("", "Min")] = c => Fold(c, Math.Min),
        [("", "Max")] = c => Fold(c, Math.Max),
        [("", "Less")] = c => Claim(c, (a, b) => a < b),
        [("", "LessOrEqual")] = c => Claim(c, (a, b) => a <= b),
        [("", "Greater")] = c => Claim(c, (a, b) => a > b),
        [("", "GreaterOrEqual")] = c => Claim(c, (a, b) => a >= b),
        [("", "Equal")] = c => Claim(c, (a, b) => a == b),
        [("", "And")] = c => Claim(c, (a, b) => a != 0 && b != 0),
        [("", "Or")] = c => Claim(c, (a, b) => a != 0 || b != 0),
        [("", "Not")] = c => Map(c, x => x == 0 ? 1 : 0),
        [("", "IsNaN")] = c => Map(c, x => double.IsNaN(x) ? 1 : 0, ElementType.Bool),
        [("", "IsInf")] = c => Map(c, x => double.IsInfinity(x) && c.Attributes.Int(x > 0 ? "detect_positive" : "detect_negative", 1) != 0 ? 1 : 0, ElementType.Bool),
        [("", "Where")] = c => [ReferenceTensor.Build(
            c.Input(1).Type, BroadcastDims(c.Inputs.Select(x => x!.Dims)), i => c.X[i] != 0 ? c.Input(1)[i] : c.Input(2)[i])],
        [("", "Clip")] = c => Map(c, x => Math.Min(Math.Max(x, c.Optional(1)?.Data[0] ?? double.MinValue), c.Optional(2)?.Data[0] ?? double.MaxValue)),
        [("", "Identity")] = c => [c.X],
        [("", "Cast")] = c => Cast(c, (ElementType)c.Attributes.Int("to", 0)),
        [("", "Neg")] = c => Map(c, x => -x),
        [("", "Abs")] = c => Map(c, Math.Abs),
        [("", "Sign")] = c => Map(c, x => Math.Sign(x)),
        [("", "Reciprocal")] = c => Map(c, x => 1 / x),
        [("", "Exp")] = c => Map(c, Math.Exp),
        [("", "Log")] = c => Map(c, Math.Log),
        [("", "Sqrt")] = c => Map(c, Math.Sqrt),
        [("", "Floor")] = c => Map(c, Math.Floor),
        [("", "Ceil")] = c => Map(c, Math.Ceiling),
        [("", "Round")] = c => Map(c, x => Math.Round(x, MidpointRounding.ToEven)),
        [("", "Erf")] = c => Map(c, Erf),
        [("", "Relu")] = c => Map(c, x => Math.Max(x, 0)),
        [("", "LeakyRelu")] = c => Map(c, x => x < 0 ? x * c.Attributes.Float("alpha", 0.01f) : x),
        [("", "Sigmoid")] = c => Map(c, x => 1 / (1 + Math.Exp(-x))),
        [("", "HardSigmoid")] = c => Map(c, x => Math.Max(0, Math.Min(1, (c.Attributes.Float("alpha", 0.2f) * x) + c.Attributes.Float("beta", 0.5f)))),
        [("", "Tanh")] = c => Map(c, Math.Tanh),
        [("", "Softplus")] = c => Map(c, x => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)))),
        [("", "Gelu")] = c => Map(c, c.Attributes.String("approximate", "none") == "tanh" ? GeluByTanh : GeluByErf),
        [(Graph.MicrosoftDomain, "Gelu")] = c => Map(c, GeluByErf),
        [("", "RandomUniformLike")] = RandomUniformLike,
    };

    private static ReferenceTensor[] Map(ReferenceCall c, Func<double, double> f, ElementType? type = null) =>
        [new(type ?? c.X.Type, Array.ConvertAll(c.X.Data, x => f(x)), c.X.Dims)];

    private static ReferenceTensor[] Zip(ReferenceCall c, Func<double, double, double> f, ElementType? type = null) =>
        [ReferenceTensor.Build(type ?? c.X.Type, BroadcastDims(c.X.Dims, c.Input(1).Dims), i => f(c.X[i], c.Input(1)[i]))];

    private static ReferenceTensor[] Claim(ReferenceCall c, Func<double, double, bool> f) => Zip(c, (a, b) => f(a, b) ? 1 : 0, ElementType.Bool);

    private static ReferenceTensor[] Fold(ReferenceCall c, Func<double, double, double> f) =>
        [ReferenceTensor.Build(c.X.Type, BroadcastDims(c.Inputs.Select(x => x!.Dims)), i => c.Inputs.Select(x => x![i]).Aggregate(f))];

    private static ReferenceTensor[] Cast(ReferenceCall c, ElementType to) => Map(
        c,
        x => to switch
        {
            ElementType.Bool => x != 0 ? 1 : 0,
            ElementType.Float or ElementType.Double or ElementType.Float16 => x,
            _ => Math.Truncate(x),
        },
        to);

    private static double GeluByErf(double x) => 0.5 * x * (1 + Erf(x / Math.Sqrt(2)));

    private static double GeluByTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    // erf x = 2/√π · e^(−x²) · Σ 2ⁿ x²ⁿ⁺¹ / (2n+1)!!: all terms of one sign, so good to the last digits; beyond 6 it is 1.
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
        {
            return Math.Sign(x);
        }

        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-17 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    // Numbers that depend on the seed attribute alone; not those of ONNX Runtime's generator.
    private static ReferenceTensor[] RandomUniformLike(ReferenceCall c)
    {
        var random = new Random((int)c.Attributes.Float("seed", 0));
        double low = c.Attributes.Float("low", 0), high = c.Attributes.Float("high", 1);
        return Map(c, _ => low + ((high - low) * random.NextDouble()), (ElementType)c.Attributes.Int("dtype", (long)c.X.Type));
    }
}
