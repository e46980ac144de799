namespace UnetSpikes.Onnx.Passes;

/// <summary>Takes out what no output depends on: nodes and constants, in branches too.</summary>
public static class DeadCode
{
    /// <summary>Removes them. Inputs stay: they are part of what the graph promises its caller.</summary>
    /// <param name="graph">Changed in place.</param>
    /// <returns>How many nodes went.</returns>
    public static int Remove(Graph graph)
    {
        // Branches first: what a dead node of a branch captured is not used by it any more.
        int removed = graph.Nodes.SelectMany(n => n.Branches).Sum(Remove);
        var used = new HashSet<Value>(graph.Outputs);
        var kept = new List<Node>();
        for (int i = graph.Nodes.Count - 1; i >= 0; i--)
        {
            Node node = graph.Nodes[i];
            if (node.Outputs.Any(used.Contains))
            {
                kept.Add(node);
                used.UnionWith(node.Uses());
            }
        }

        removed += graph.Nodes.Count - kept.Count;
        kept.Reverse();
        graph.ReplaceNodes(kept);
        graph.KeepInitializers(used.Contains);
        return removed;
    }
}
