namespace UnetSpikes.Onnx.Inference;

/// <summary>Operators on elements, with numpy's broadcasting where there are several inputs.</summary>
internal static class Elementwise
{
    public static IEnumerable<Operator> Table { get; } =
    [
        new("Add", "T T", "T", Types.Numbers, Broadcast),
        new("Sub", "T T", "T", Types.Numbers, Broadcast),
        new("Mul", "T T", "T", Types.Numbers, Broadcast),
        new("Div", "T T", "T", Types.Numbers, Broadcast),
        new("Mod", "T T", "T", Types.Numbers, Mod, "fmod:int"),
        new("Pow", "T N", "T", Types.Wide, Broadcast),
        new("Min", "T+", "T", Types.Numbers, Broadcast),
        new("Max", "T+", "T", Types.Numbers, Broadcast),
        new("Where", "B T T", "T", Types.Any, Broadcast),
        new("Clip", "T T? T?", "T", Types.Numbers, Clip),

        new("Neg", "T", "T", Types.Signed, Same),
        new("Abs", "T", "T", Types.Numbers, Same),
        new("Sign", "T", "T", Types.Numbers, Same),
        new("Reciprocal", "T", "T", Types.Floats, Same),
        new("Exp", "T", "T", Types.Floats, Same),
        new("Log", "T", "T", Types.Floats, Same),
        new("Sqrt", "T", "T", Types.Floats, Same),
        new("Floor", "T", "T", Types.Floats, Same),
        new("Ceil", "T", "T", Types.Floats, Same),
        new("Round", "T", "T", Types.Floats, Same),
        new("Erf", "T", "T", Types.Numbers, Same),

        new("Relu", "T", "T", Types.Signed, Same),
        new("LeakyRelu", "T", "T", Types.Floats, Same, "alpha:float"),
        new("Sigmoid", "T", "T", Types.Floats, Same),
        new("HardSigmoid", "T", "T", Types.Floats, Same, "alpha:float", "beta:float"),
        new("Tanh", "T", "T", Types.Floats, Same),
        new("Softplus", "T", "T", Types.Floats, Same),
        new("Gelu", "T", "T", Types.Floats, Same, "approximate:string") { Since = 20 },
        new("Gelu", "T", "T", Types.Floats, Same) { Domain = Graph.MicrosoftDomain },
        new("Softmax", "T", "T", Types.Floats, AlongAxis, "axis:int"),
        new("LogSoftmax", "T", "T", Types.Floats, AlongAxis, "axis:int"),

        new("Identity", "T", "T", Types.Any, Same) { TakesUnknownRank = true },
        new("Cast", "A", "X", Types.Any, Cast, "to:int!") { TakesUnknownRank = true },
    ];

    public static Shape? Same(InferenceContext n) => n.Node.Input(0).Shape;

    public static Shape Broadcast(InferenceContext n)
    {
        Shape shape = n.X;
        for (int i = 1; i < n.Inputs; i++)
        {
            shape = n.Broadcast(shape, n.ShapeOf(i));
        }

        return shape;
    }

    private static Shape Mod(InferenceContext n)
    {
        bool isFloat = Array.IndexOf(Types.Floats, n.Node.Input(0).Type) >= 0;
        n.Require(!isFloat || n.Node.Attributes.Int("fmod", 0) == 1, "floating-point numbers need fmod = 1");
        return Broadcast(n);
    }

    private static Shape Clip(InferenceContext n)
    {
        for (int i = 1; i < n.Inputs; i++)
        {
            n.Require(!n.Has(i) || n.ShapeOf(i).Rank == 0, $"input {i} must be a scalar");
        }

        return n.X;
    }

    private static Shape AlongAxis(InferenceContext n)
    {
        _ = n.AxisAttribute(-1, n.X.Rank);
        return n.X;
    }

    private static Shape? Cast(InferenceContext n)
    {
        Shape? shape = n.Node.Input(0).Shape;
        n.Set(0, shape, Generators.TypeAttribute(n, "to", ElementType.Undefined));
        return shape;
    }
}
