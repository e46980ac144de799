namespace UnetSpikes.Onnx.Passes;

/// <summary>What passes that replace nodes share: one walk in order, later nodes using the replacements.</summary>
internal static class Rewriting
{
    /// <summary>Offers every node with one output, in order, to a rule.</summary>
    /// <param name="graph">Changed in place. Outputs of the graph keep their nodes.</param>
    /// <param name="better">A value that can stand for the node's output, its nodes added to the graph, or null to keep the node.</param>
    /// <returns>How many nodes were replaced.</returns>
    public static int Run(Graph graph, Func<Node, Value?> better)
    {
        var replaced = new Dictionary<Value, Value>();
        var outputs = new HashSet<Value>(graph.Outputs);
        foreach (Node node in graph.TakeNodes())
        {
            for (int i = 0; i < node.Inputs.Count; i++)
            {
                if (node.Inputs[i] is Value input && replaced.TryGetValue(input, out Value? value))
                {
                    node.ReplaceInput(i, value);
                }
            }

            bool mayGo = node.Outputs.Count == 1 && !outputs.Contains(node.Output) && !node.Branches.Any();
            if (mayGo && better(node) is Value replacement)
            {
                replaced.Add(node.Output, replacement);
            }
            else
            {
                graph.Append(node);
            }
        }

        return replaced.Count;
    }
}
