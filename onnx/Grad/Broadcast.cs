using UnetSpikes.Core;

namespace UnetSpikes.Onnx.Grad;

/// <summary>Un-broadcasting, for every rule in one place: where an operator repeated an input, the input's gradient is a sum.</summary>
internal static class Broadcast
{
    /// <summary>Sums a gradient over the axes along which the operator broadcast the input.</summary>
    /// <param name="graph">The graph to append to.</param>
    /// <param name="gradient">As the rule returned it: the input's shape, or the shape it was broadcast to.</param>
    /// <param name="input">The input.</param>
    /// <param name="node">The node, for messages.</param>
    /// <returns>The gradient in the input's shape.</returns>
    /// <exception cref="GraphException">The gradient's shape is not one the input can be broadcast to: a wrong rule.</exception>
    public static Value Undo(Graph graph, Value gradient, Value input, Node node)
    {
        Shape wide = gradient.KnownShape, narrow = input.KnownShape;
        int extra = wide.Rank - narrow.Rank;
        long[] added = [.. Enumerable.Range(0, Math.Max(extra, 0)).Select(axis => (long)axis)];
        long[] stretched = [.. Enumerable.Range(0, narrow.Rank)
            .Where(axis => extra + axis >= 0 && narrow[axis].Size == 1 && wide[extra + axis].Size != 1)
            .Select(axis => (long)axis)];

        Value sum = added.Length == 0 ? gradient : graph.ReduceSum(gradient, keepDims: false, added);
        sum = stretched.Length == 0 ? sum : graph.ReduceSum(sum, keepDims: true, stretched);
        return sum.Type == input.Type && Agree(sum.KnownShape, narrow)
            ? sum
            : throw new GraphException(node.Name, node.OpType, $"its rule gave a gradient {gradient} for the input {input}");
    }

    // Symbols are not compared: two names may stand for the same size.
    private static bool Agree(Shape a, Shape b) =>
        a.Rank == b.Rank && a.Zip(b).All(pair => pair.First.Size is null || pair.Second.Size is null || pair.First.Size == pair.Second.Size);
}
