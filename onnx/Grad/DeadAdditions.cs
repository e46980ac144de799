namespace UnetSpikes.Onnx.Grad;

/// <summary>Forgets what was added to a graph and led nowhere, so that a rule may write down the gradients of all its inputs.</summary>
/// <param name="graph">The graph as it is before the additions.</param>
internal sealed class DeadAdditions(Graph graph)
{
    private readonly HashSet<Node> _oldNodes = [.. graph.Nodes];
    private readonly HashSet<Value> _oldConstants = [.. graph.Initializers];

    /// <summary>Removes added nodes and constants that none of the results needs.</summary>
    /// <param name="results">Values to keep; null entries are ignored.</param>
    public void KeepOnlyWhatReaches(IEnumerable<Value?> results)
    {
        HashSet<Value> live = [.. results.OfType<Value>()];
        foreach (Node node in graph.Nodes.Reverse().Where(n => !_oldNodes.Contains(n) && n.Outputs.Any(live.Contains)))
        {
            live.UnionWith(node.Inputs.OfType<Value>());
        }

        graph.ReplaceNodes(graph.Nodes.Where(n => _oldNodes.Contains(n) || n.Outputs.Any(live.Contains)));
        graph.KeepInitializers(v => _oldConstants.Contains(v) || live.Contains(v));
    }
}
