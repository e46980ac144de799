using System.Collections.Frozen;

namespace UnetSpikes.Onnx.Untrusted;

/// <summary>The operators a model of a stranger may use: those whose meaning this program knows, and the ones of quantised networks.</summary>
/// <remarks>
/// None of them loops (Loop, Scan), makes numbers of its own (Random…), handles text or sequences, or calls functions. What is left does bounded work on the
/// tensors it is given.
/// </remarks>
internal static class AllowedOperators
{
    private static readonly string[] Quantised =
    [
        "ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "QLinearConv", "QLinearMatMul", "QuantizeLinear",
    ];

    /// <summary>Their names, all of ONNX's own domain.</summary>
    public static FrozenSet<string> Names { get; } = Operators.All
        .Where(o => o.Domain.Length == 0 && !o.Name.StartsWith("Random", StringComparison.Ordinal))
        .Select(o => o.Name).Concat(Quantised).ToFrozenSet(StringComparer.Ordinal);
}
