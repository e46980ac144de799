using UnetSpikes.Core;
using UnetSpikes.Onnx.Protobuf;

namespace UnetSpikes.Onnx.Untrusted;

/// <summary>Looks over a graph and its branches: every name once and before it is used, every constant whole, every node one that may run.</summary>
/// <remarks><see cref="GraphReader"/> makes a graph to be changed, and infers all of it; here nothing is made, and operators it does not know may pass (<see cref="AllowedOperators"/>).</remarks>
/// <param name="refusal">Makes the error.</param>
internal sealed class GraphGate(Refusal refusal)
{
    private int _nodes;

    /// <summary>Looks over a model's graph.</summary>
    /// <exception cref="CheckpointException">Something in it may not be.</exception>
    public void Check(GraphProto graph) => Check(graph, null);

    /// <returns>Whether an output may be whole numbers.</returns>
    private bool Check(GraphProto graph, Scope? outer)
    {
        if (graph.SparseInitializer.Count > 0)
        {
            throw refusal.Of("has sparse constants, expected none");
        }

        var scope = new Scope(outer);
        CheckInputs(graph, scope, isBranch: outer is not null);
        foreach (TensorProto constant in graph.Initializer)
        {
            refusal.RequireName(constant.Name, "a constant");
            Define(scope, constant.Name);
            MarkWhole(scope, constant.Name, !WholeNumbers.IsFloating(constant.DataType));
            scope.Keep(constant.Name, Constants.Read(constant, problem => refusal.Of(constant.Name, "is a constant that cannot be read: " + problem)));
        }

        foreach (NodeProto node in graph.Node)
        {
            CheckNode(graph, node, scope);
        }

        foreach (ValueInfoProto value in graph.ValueInfo)
        {
            CheckValue(value, "a value", isTyped: true);
        }

        CheckOutputs(graph, scope, isBranch: outer is not null);
        return graph.Output.Any(output => scope.IsWhole(output.Name));
    }

    /// <summary>A constant may be listed as an input too, as a default: nothing else is ever fed.</summary>
    private void CheckInputs(GraphProto graph, Scope scope, bool isBranch)
    {
        if (isBranch && graph.Input.Count > 0)
        {
            throw refusal.Of(graph.Input[0].Name, "is an input of a branch, expected none");
        }

        var constants = graph.Initializer.Select(constant => constant.Name).ToHashSet(StringComparer.Ordinal);
        foreach (ValueInfoProto input in graph.Input)
        {
            CheckValue(input, "an input", isTyped: true);
            if (!constants.Contains(input.Name))
            {
                Define(scope, input.Name);
                MarkWhole(scope, input.Name, !WholeNumbers.IsFloating(input.Type.TensorType.ElemType));
            }
        }
    }

    private void CheckNode(GraphProto graph, NodeProto node, Scope scope)
    {
        if (++_nodes > Limits.Nodes)
        {
            throw refusal.Of($"has more than {Limits.Nodes} nodes, expected fewer");
        }

        var gate = new NodeGate(node, scope, refusal);
        gate.CheckOperator();
        foreach (string input in node.Input.Where(input => input.Length > 0 && !scope.Sees(input)))
        {
            throw refusal.Of(input, graph.Node.Any(other => other.Output.Contains(input))
                ? $"is computed after {gate.Name} takes it: the graph has a cycle, or its nodes are in no order that can be run"
                : $"is taken by {gate.Name}, and is neither given nor computed");
        }

        bool isWhole = false; // Of branches.
        IReadOnlyList<GraphProto> branches = gate.CheckAttributes();
        foreach (GraphProto branch in branches)
        {
            isWhole |= Check(branch, scope);
        }

        gate.CheckConstants();
        foreach ((int place, string output) in node.Output.Index().Where(one => one.Item.Length > 0))
        {
            refusal.RequireName(output, "an output of a node");
            bool isGiven = branches.Count == 0 && WholeNumbers.Gives(node, place, scope);
            Define(scope, output);
            MarkWhole(scope, output, isWhole || isGiven);
        }

        gate.KeepConstant();
    }

    private void CheckOutputs(GraphProto graph, Scope scope, bool isBranch)
    {
        if (graph.Output.Count == 0)
        {
            throw refusal.Of(graph.Name, "is a graph without outputs");
        }

        foreach (ValueInfoProto output in graph.Output)
        {
            CheckValue(output, "an output", isTyped: !isBranch);
            if (!scope.Has(output.Name))
            {
                throw refusal.Of(output.Name, "is an output, and is not computed");
            }
        }
    }

    private static void MarkWhole(Scope scope, string name, bool isWhole)
    {
        if (isWhole)
        {
            scope.MarkWhole(name);
        }
    }

    private void Define(Scope scope, string name)
    {
        if (!scope.TryAdd(name))
        {
            throw refusal.Of(name, "is the name of two values, expected one");
        }
    }

    private void CheckValue(ValueInfoProto value, string what, bool isTyped)
    {
        refusal.RequireName(value.Name, what);
        if (value.Type is null && !isTyped)
        {
            return; // The standard leaves the types of a branch's outputs to inference.
        }

        TypeProto.Types.Tensor tensor = value.Type?.TensorType ?? throw refusal.Of(value.Name, $"is {what} that is no tensor, expected a tensor");
        if (tensor.ElemType == 0 || !Enum.IsDefined((ElementType)tensor.ElemType))
        {
            throw refusal.Of(value.Name, $"has elements of type {tensor.ElemType} (TensorProto.DataType), which is not supported");
        }

        IEnumerable<long> sizes = tensor.Shape?.Dim.Where(d => d.HasDimValue).Select(d => d.DimValue) ?? [];
        if (tensor.Shape?.Dim.Count > Limits.Rank || sizes.Any(size => size is < 0 or > int.MaxValue))
        {
            throw refusal.Of(value.Name, $"is declared with more than {Limits.Rank} axes, or an axis below 0 or above {int.MaxValue}");
        }
    }
}
