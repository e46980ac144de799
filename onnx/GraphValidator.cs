using UnetSpikes.Core;

namespace UnetSpikes.Onnx;

/// <summary>Checks a whole graph: what building guarantees, and what a pass could have broken since.</summary>
public static class GraphValidator
{
    /// <summary>Names, order of nodes, where every value comes from, signatures, recorded types and shapes, outputs; branches included.</summary>
    /// <param name="graph">Not changed.</param>
    /// <exception cref="GraphException">The first problem met: the node, the operator, what is wrong.</exception>
    public static void Validate(Graph graph) => Validate(graph, [], []);

    /// <param name="graph">The graph or branch.</param>
    /// <param name="names">Names of values visible from around it.</param>
    /// <param name="defined">Values visible from around it.</param>
    private static void Validate(Graph graph, HashSet<string> names, HashSet<Value> defined)
    {
        names = [.. names];
        defined = [.. defined];
        foreach (Value value in graph.Inputs.Concat(graph.Initializers))
        {
            Define(value, null, names, defined);
        }

        Dictionary<Value, Node> producers = Producers(graph);
        var nodeNames = new HashSet<string>();
        foreach (Node node in graph.Nodes)
        {
            if (!nodeNames.Add(node.Name))
            {
                throw new GraphException(node.Name, node.OpType, "two nodes have this name");
            }

            CheckInputs(graph, node, defined, producers);
            foreach (Graph branch in node.Branches)
            {
                CheckBranch(graph, node, branch);
                Validate(branch, names, defined);
            }

            CheckSignature(graph, node);
            foreach (Value output in node.Outputs)
            {
                Define(output, node, names, defined);
            }
        }

        CheckOutputs(graph, defined);
    }

    private static void Define(Value value, Node? node, HashSet<string> names, HashSet<Value> defined)
    {
        if (value.Name.Length > 0 && !names.Add(value.Name))
        {
            throw node is null
                ? new GraphException(value.Name, "", "the name is used twice in the graph")
                : new GraphException(node.Name, node.OpType, $"its output '{value.Name}' has a name that is used twice in the graph");
        }

        defined.Add(value);
    }

    private static Dictionary<Value, Node> Producers(Graph graph)
    {
        var producers = new Dictionary<Value, Node>();
        foreach (Node node in graph.Nodes)
        {
            foreach (Value output in node.Outputs)
            {
                if (!producers.TryAdd(output, node))
                {
                    throw new GraphException(node.Name, node.OpType, $"its output '{output.Name}' is also the output of {producers[output]}");
                }
            }
        }

        return producers;
    }

    private static void CheckInputs(Graph graph, Node node, HashSet<Value> defined, Dictionary<Value, Node> producers)
    {
        foreach (Value value in node.Uses().Where(v => !defined.Contains(v)))
        {
            if (producers.TryGetValue(value, out Node? later))
            {
                throw new GraphException(node.Name, node.OpType, DependsOn(later, node)
                    ? $"'{value.Name}' is computed from this node's own output: the graph has a cycle"
                    : $"'{value.Name}' is computed by {later} further on: the nodes are not in an order that can be run");
            }

            throw new GraphException(node.Name, node.OpType, graph.Sees(value)
                ? $"'{value.Name}' is neither an input, a constant nor the output of any node of the graph"
                : $"'{value.Name}' belongs to another graph ('{value.Owner.Name}')");
        }
    }

    private static bool DependsOn(Node node, Node sought)
    {
        var seen = new HashSet<Node> { node };
        var open = new Stack<Node>(seen);
        while (open.TryPop(out Node? next))
        {
            if (next == sought)
            {
                return true;
            }

            foreach (Value value in next.Uses())
            {
                if (value.Producer is { } producer && seen.Add(producer))
                {
                    open.Push(producer);
                }
            }
        }

        return false;
    }

    private static void CheckBranch(Graph graph, Node node, Graph branch)
    {
        if (branch.Outer != graph)
        {
            throw new GraphException(node.Name, node.OpType, $"the branch '{branch.Name}' belongs to another graph");
        }
    }

    /// <summary>Infers the node anew beside itself, so that the graph stays as it is, and compares.</summary>
    private static void CheckSignature(Graph graph, Node node)
    {
        Value[] fresh = [.. node.Outputs.Select(o => new Value(graph, o.Name, ElementType.Undefined, null))];
        Operators.Infer(new Node(node.Name, node.OpType, node.Domain, node.Inputs, node.Attributes, fresh), graph.Opset);
        for (int i = 0; i < fresh.Length; i++)
        {
            Value recorded = node.Outputs[i];
            if (recorded.Type != fresh[i].Type || Contradict(recorded.Shape, fresh[i].Shape))
            {
                throw new GraphException(node.Name, node.OpType, $"its output is recorded as {recorded}, and is {fresh[i]}");
            }
        }
    }

    private static bool Contradict(Shape? a, Shape? b) =>
        a is not null && b is not null && (a.Rank != b.Rank || a.Zip(b).Any(p => p.First.Size is { } x && p.Second.Size is { } y && x != y));

    private static void CheckOutputs(Graph graph, HashSet<Value> defined)
    {
        if (graph.Outputs.Count == 0)
        {
            throw new GraphException("", "", $"'{graph.Name}' has no output");
        }

        var seen = new HashSet<Value>();
        foreach (Value output in graph.Outputs)
        {
            if (output.Owner != graph || !defined.Contains(output))
            {
                throw new GraphException(output.Name, output.Producer?.OpType ?? "", "the output is not computed in the graph");
            }

            if (!seen.Add(output))
            {
                throw new GraphException(output.Name, output.Producer?.OpType ?? "", "the output is declared twice");
            }
        }
    }
}
