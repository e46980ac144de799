namespace UnetSpikes.Onnx.Grad;

/// <summary>Which values lie on a way from the variables to the loss: those whose gradients are worth computing.</summary>
internal static class Dependence
{
    /// <summary>Whether a gradient can flow through a value: integers and booleans stop it.</summary>
    public static bool CarriesGradient(Value value) => value.Type is ElementType.Float or ElementType.Double or ElementType.Float16;

    /// <summary>Values that depend on a variable (itself included) and that the loss depends on (itself included).</summary>
    public static HashSet<Value> Between(Graph graph, IEnumerable<Value> variables, Value loss)
    {
        HashSet<Value> dependent = [.. variables];
        foreach (Node node in graph.Nodes.Where(n => Uses(n).Any(dependent.Contains)))
        {
            dependent.UnionWith(node.Outputs.Where(CarriesGradient));
        }

        HashSet<Value> between = dependent.Contains(loss) ? [loss] : [];
        foreach (Node node in graph.Nodes.Reverse().Where(n => n.Outputs.Any(between.Contains)))
        {
            between.UnionWith(Uses(node).Where(dependent.Contains));
        }

        return between;
    }

    // A branch of If reads values of the graph around it without naming them as inputs of the node.
    private static IEnumerable<Value> Uses(Node node) => node.Inputs.OfType<Value>()
        .Concat(node.Branches.SelectMany(branch => branch.Outputs.Concat(branch.Nodes.SelectMany(Uses))));
}
