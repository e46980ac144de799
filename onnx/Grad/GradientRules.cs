namespace UnetSpikes.Onnx.Grad;

/// <summary>One operator's gradient: appends nodes that compute the gradients of its inputs.</summary>
/// <param name="c">The node and the gradients of its outputs.</param>
/// <returns>
/// One gradient per input, in order; null where no gradient flows; missing ones at the end count as null.
/// A gradient may still have the broadcast shape: the walker sums it down to the input's.
/// </returns>
public delegate IReadOnlyList<Value?> GradientRule(GradientContext c);

/// <summary>The table: one rule per operator. Families are in the files beside this one.</summary>
/// <remarks>
/// Rules emit what ONNX Runtime runs in float32 on the CPU and on CUDA, in the forms measured fastest.
/// The forms with HardSigmoid and FusedMatMul have no double kernels on the CPU provider.
/// </remarks>
public static class GradientRules
{
    /// <summary>All rules by domain (empty for ONNX's own) and operator.</summary>
    public static IReadOnlyDictionary<(string Domain, string Operator), GradientRule> All { get; } =
        new[]
        {
            Elementwise.Rules, Activations.Rules, Linear.Rules, Conv.Rules,
            ShapeOps.Rules, Indexing.Rules, Reductions.Rules, Normalization.Rules,
        }
            .SelectMany(family => family)
            .ToDictionary(rule => rule.Key, rule => rule.Value);
}
