using UnetSpikes.Onnx.Protobuf;
using AttributeType = UnetSpikes.Onnx.Protobuf.AttributeProto.Types.AttributeType;

namespace UnetSpikes.Onnx.Untrusted;

/// <summary>Which values may be whole numbers, as far as their division has to be watched.</summary>
/// <remarks>
/// A processor stops at −2⁶³ / −1, and ONNX Runtime with it, already while it loads a model (measured with 1.30: SIGFPE; a division by 0 it catches). Shapes are
/// divided by constants above 0, so whole numbers may be divided by nothing else; of floating-point numbers anything may be.
/// </remarks>
internal static class WholeNumbers
{
    /// <summary>Whether an output of a node may be whole numbers.</summary>
    /// <param name="node">Not an If, whose outputs are its branches'.</param>
    /// <param name="output">Which of its outputs.</param>
    /// <param name="scope">What is known of its inputs.</param>
    public static bool Gives(NodeProto node, int output, Scope scope) => node.OpType switch
    {
        "Shape" or "Size" or "ArgMax" or "ConvInteger" or "MatMulInteger" or "QuantizeLinear" or "QLinearConv" or "QLinearMatMul" => true,
        "DynamicQuantizeLinear" => output != 1, // That is the scale.
        "DequantizeLinear" => false,
        "Cast" => !IsFloating(node.Attribute.FirstOrDefault(a => a.Name == "to")?.I ?? 0),
        "Constant" => node.Attribute.Any(a => a.Type is AttributeType.Int or AttributeType.Ints || (a.Type == AttributeType.Tensor && !IsFloating(a.T.DataType))),
        "ConstantOfShape" => node.Attribute.Any(a => a.Type == AttributeType.Tensor && !IsFloating(a.T.DataType)),
        _ => Takes(node, scope),
    };

    /// <summary>Whether any input may be whole numbers, indices and shapes aside where an operator has them behind its first.</summary>
    private static bool Takes(NodeProto node, Scope scope) => node.OpType switch
    {
        "Where" => node.Input.Skip(1).Any(scope.IsWhole),
        "Add" or "Sub" or "Mul" or "Div" or "Mod" or "Max" or "Min" or "Concat" or "Range" => node.Input.Any(scope.IsWhole),
        _ => node.Input.Take(1).Any(scope.IsWhole),
    };

    /// <summary>Of <c>TensorProto.DataType</c>: float, float16, double, bfloat16.</summary>
    public static bool IsFloating(long dataType) => dataType is 1 or 10 or 11 or 16;
}
