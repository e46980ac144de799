using UnetSpikes.Core;

namespace UnetSpikes.Onnx;

/// <summary>What the IR knows of each operator: its arity and how types and shapes of its outputs follow from its inputs.</summary>
public static class Operators
{
    internal static void Infer(Node node) => throw new GraphException(node.Name, node.OpType, "the operator is not known");
}
