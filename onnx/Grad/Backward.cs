using UnetSpikes.Core;

namespace UnetSpikes.Onnx.Grad;

/// <summary>Reverse-mode differentiation of a graph into the same graph. docs/autodiff.md teaches it.</summary>
/// <remarks>
/// The walker knows no operator: it finds the nodes between the variables and the loss, visits them last to first,
/// hands each node's output gradients to the operator's rule, and adds up what the rules hand back.
/// </remarks>
public static class Backward
{
    /// <summary>Appends the nodes that compute d loss / d value for each value asked for.</summary>
    /// <param name="graph">The graph; it keeps all its nodes.</param>
    /// <param name="loss">A floating-point value of exactly one element.</param>
    /// <param name="wrt">Floating-point values of the graph: inputs, constants or computed ones.</param>
    /// <returns>One gradient per value, of its type and shape; null where the loss does not depend on the value.</returns>
    /// <exception cref="GraphException">The loss is no scalar, a value is no floating-point value, or an operator on the way has no rule.</exception>
    public static IReadOnlyList<Value?> Gradients(Graph graph, Value loss, IReadOnlyList<Value> wrt)
    {
        CheckLoss(loss);
        CheckDifferentiable(wrt);
        HashSet<Value> wanted = Dependence.Between(graph, wrt, loss);
        Node[] forward = [.. graph.Nodes];
        var additions = new DeadAdditions(graph);
        var contributions = new Dictionary<Value, List<Value>> { [loss] = [One(graph, loss)] };

        foreach (Node node in forward.Reverse().Where(n => n.Outputs.Any(wanted.Contains)))
        {
            using IDisposable scope = graph.Scope($"grad.{node.Name}");
            Value?[] outputGradients = [.. node.Outputs.Select(output => Total(graph, contributions, output))];
            if (Array.TrueForAll(outputGradients, gradient => gradient is null))
            {
                continue;
            }

            IReadOnlyList<Value?> inputGradients = RuleOf(node)(new GradientContext(graph, node, outputGradients, wanted));
            for (int i = 0; i < inputGradients.Count; i++)
            {
                if (inputGradients[i] is Value gradient && node.OptionalInput(i) is Value input && wanted.Contains(input))
                {
                    contributions.TryAdd(input, []);
                    contributions[input].Add(Broadcast.Undo(graph, gradient, input, node));
                }
            }
        }

        Value?[] gradients = [.. wrt.Select(value => Total(graph, contributions, value))];
        additions.KeepOnlyWhatReaches(gradients);
        return gradients;
    }

    private static GradientRule RuleOf(Node node) => GradientRules.All.TryGetValue((node.Domain, node.OpType), out GradientRule? rule)
        ? rule
        : throw new GraphException(node.Name, node.OpType, "the operator has no gradient rule, and the loss depends on a variable through it");

    // Adds up a value's contributions the first time it is asked for, and remembers the sum.
    private static Value? Total(Graph graph, Dictionary<Value, List<Value>> contributions, Value value)
    {
        if (!contributions.TryGetValue(value, out List<Value>? terms))
        {
            return null;
        }

        Value total = terms.Aggregate(graph.Add);
        contributions[value] = [total];
        return total;
    }

    private static Value One(Graph graph, Value loss) =>
        graph.AddInitializer(Tensor.Fill(loss.Type, 1, loss.KnownShape.Sizes()), "grad.loss");

    private static void CheckLoss(Value loss)
    {
        if (loss.Shape is not { IsStatic: true } shape || shape.ElementCount() != 1)
        {
            throw new GraphException(loss.Name, "", $"the loss has the shape {loss.Shape?.ToString() ?? "[…]"}, expected one element");
        }

        CheckDifferentiable([loss]);
    }

    private static void CheckDifferentiable(IEnumerable<Value> values)
    {
        foreach (Value value in values.Where(v => !Dependence.CarriesGradient(v)))
        {
            throw new GraphException(value.Name, "", $"its elements are {value.Type}, expected floating-point numbers to differentiate");
        }
    }
}
