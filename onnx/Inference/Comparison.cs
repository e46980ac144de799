namespace UnetSpikes.Onnx.Inference;

/// <summary>Comparisons and logic: their outputs are Bool.</summary>
internal static class Comparison
{
    public static IEnumerable<Operator> Table { get; } =
    [
        new("Less", "T T", "B", Types.Numbers, Elementwise.Broadcast),
        new("LessOrEqual", "T T", "B", Types.Numbers, Elementwise.Broadcast),
        new("Greater", "T T", "B", Types.Numbers, Elementwise.Broadcast),
        new("GreaterOrEqual", "T T", "B", Types.Numbers, Elementwise.Broadcast),
        new("Equal", "T T", "B", Types.Any, Elementwise.Broadcast),
        new("And", "B B", "B", Types.Any, Elementwise.Broadcast),
        new("Or", "B B", "B", Types.Any, Elementwise.Broadcast),
        new("Not", "B", "B", Types.Any, Elementwise.Same),
        new("IsNaN", "T", "B", Types.Floats, Elementwise.Same),
        new("IsInf", "T", "B", [ElementType.Float, ElementType.Double], Elementwise.Same, "detect_negative:int", "detect_positive:int"),
    ];
}
