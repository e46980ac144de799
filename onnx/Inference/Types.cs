namespace UnetSpikes.Onnx.Inference;

/// <summary>The sets of element types that signatures name.</summary>
internal static class Types
{
    public static readonly ElementType[] Floats = [ElementType.Float, ElementType.Double, ElementType.Float16];

    public static readonly ElementType[] Signed = [.. Floats, ElementType.Int64, ElementType.Int32, ElementType.Int8];

    public static readonly ElementType[] Numbers = [.. Signed, ElementType.UInt8];

    /// <summary>Numbers of at least 16 bits for floating point and 32 for integers: matrix products, sums.</summary>
    public static readonly ElementType[] Wide = [.. Floats, ElementType.Int64, ElementType.Int32];

    public static readonly ElementType[] Any = [.. Numbers, ElementType.Bool];

    private static readonly ElementType[] Indices = [ElementType.Int64, ElementType.Int32];

    /// <summary>The types a letter of a signature takes (not T, which is the operator's own).</summary>
    public static ElementType[] Of(char letter) => letter switch
    {
        'A' => Any,
        'N' => Numbers,
        'F' => Floats,
        'J' => Indices,
        _ => [Fixed(letter)],
    };

    /// <summary>The type of an output whose letter stands for one type; Undefined for X, which the rule decides.</summary>
    public static ElementType Fixed(char letter) => letter switch
    {
        'B' => ElementType.Bool,
        'L' => ElementType.Int64,
        'S' => ElementType.Float,
        'X' => ElementType.Undefined,
        _ => throw new ArgumentOutOfRangeException(nameof(letter), letter, "not a letter that stands for one type"),
    };
}
