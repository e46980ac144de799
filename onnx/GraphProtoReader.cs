using System.Text;
using UnetSpikes.Core;
using UnetSpikes.Onnx.Protobuf;

namespace UnetSpikes.Onnx;

/// <summary>Fills a graph, or a branch, from its GraphProto.</summary>
/// <param name="graph">The empty graph.</param>
/// <param name="proto">Its message.</param>
/// <param name="outer">Reader of the graph around a branch, whose values it sees; null for the model's graph.</param>
internal sealed class GraphProtoReader(Graph graph, GraphProto proto, GraphProtoReader? outer)
{
    private readonly Dictionary<string, Value> _values = [];

    public void Read()
    {
        if (proto.SparseInitializer.Count > 0)
        {
            throw new GraphException("", "", "it has sparse constants, which are not supported");
        }

        ReadInputs();
        foreach (TensorProto tensor in proto.Initializer)
        {
            Tensor numbers = TensorFormat.Read(tensor, problem => new GraphException(tensor.Name, "", $"the constant cannot be read: {problem}"));
            CheckNew(tensor.Name, "the constant");
            Keep(graph.AddInitializer(numbers, tensor.Name));
        }

        ReadNodes();
        foreach (ValueInfoProto output in proto.Output)
        {
            ReadOutput(output);
        }
    }

    private void ReadInputs()
    {
        var constants = proto.Initializer.Select(t => t.Name).ToHashSet();
        foreach (ValueInfoProto input in proto.Input.Where(i => !constants.Contains(i.Name)))
        {
            if (outer is not null)
            {
                throw new GraphException(input.Name, "", "a branch has no inputs");
            }

            CheckNew(input.Name, "the input");
            Keep(graph.AddInput(input.Name, TypeOf(input), ShapeOf(input) ?? throw new GraphException(input.Name, "", "the input does not say how many axes it has")));
        }
    }

    private void ReadNodes()
    {
        var producers = new Dictionary<string, NodeProto>();
        var names = new HashSet<string>();
        foreach (NodeProto node in proto.Node)
        {
            if (node.Name.Length > 0 && !names.Add(node.Name))
            {
                throw new GraphException(node.Name, node.OpType, "two nodes have this name");
            }

            foreach (string output in node.Output.Where(o => o.Length > 0))
            {
                CheckNew(output, $"output of {node.OpType} '{node.Name}'", node);
                if (!producers.TryAdd(output, node))
                {
                    throw new GraphException(node.Name, node.OpType, $"its output '{output}' is also the output of {producers[output].OpType} '{producers[output].Name}'");
                }
            }
        }

        foreach (NodeProto node in proto.Node)
        {
            ReadNode(node, producers);
        }
    }

    private void ReadNode(NodeProto node, Dictionary<string, NodeProto> producers)
    {
        var inputs = new Value?[node.Input.Count];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = node.Input[i].Length == 0 ? null : Find(node.Input[i]) ?? throw Dangling(node, i, producers);
        }

        Attributes attributes = [];
        foreach (AttributeProto attribute in node.Attribute)
        {
            attributes.Add(attribute.Name, AttributeValue(node, attribute));
        }

        string domain = node.Domain == "ai.onnx" ? "" : node.Domain;
        Node added = graph.AddNode(
            node.OpType, inputs, node.Output.Count, attributes, domain, node.Name.Length == 0 ? null : node.Name, node.Output);
        foreach (Value output in added.Outputs.Where(v => v.Name.Length > 0))
        {
            Keep(output);
        }
    }

    private object AttributeValue(NodeProto node, AttributeProto attribute)
    {
        if (attribute.RefAttrName.Length > 0)
        {
            throw new GraphException(node.Name, node.OpType, $"attribute '{attribute.Name}' refers to a function's, and there is none");
        }

        switch (attribute.Type)
        {
            case AttributeProto.Types.AttributeType.Int:
                return attribute.I;
            case AttributeProto.Types.AttributeType.Float:
                return attribute.F;
            case AttributeProto.Types.AttributeType.String:
                return Encoding.UTF8.GetString(attribute.S.Span);
            case AttributeProto.Types.AttributeType.Ints:
                return attribute.Ints.ToArray();
            case AttributeProto.Types.AttributeType.Floats:
                return attribute.Floats.ToArray();
            case AttributeProto.Types.AttributeType.Tensor when attribute.T is not null:
                return TensorFormat.Read(attribute.T, problem => new GraphException(node.Name, node.OpType, $"attribute '{attribute.Name}' cannot be read: {problem}"));
            case AttributeProto.Types.AttributeType.Graph when attribute.G is not null:
                var branch = Graph.Branch(graph, attribute.G.Name);
                new GraphProtoReader(branch, attribute.G, this).Read();
                return branch;
            default:
                throw new GraphException(node.Name, node.OpType, $"attribute '{attribute.Name}' is {attribute.Type} and has no such value, or is of a kind that is not supported");
        }
    }

    private void ReadOutput(ValueInfoProto output)
    {
        Value value = _values.GetValueOrDefault(output.Name)
            ?? throw new GraphException(output.Name, "", "the output is not computed in the graph");
        if (graph.Outputs.Contains(value))
        {
            throw new GraphException(output.Name, "", "the output is declared twice");
        }

        graph.DeclareOutput(value);
        if (output.Type is null && outer is not null)
        {
            return; // the standard lets a branch leave the types of its outputs to inference
        }

        ElementType declared = TypeOf(output);
        if (declared != value.Type)
        {
            throw new GraphException(output.Name, value.Producer?.OpType ?? "", $"the output is declared {declared}, and is {value.Type}");
        }

        value.Shape = Refined(output.Name, value.Shape, ShapeOf(output));
    }

    /// <summary>What is inferred, and where that is unknown what the file declares; the two may not contradict each other.</summary>
    private static Shape? Refined(string name, Shape? inferred, Shape? declared)
    {
        if (inferred is null || declared is null)
        {
            return inferred ?? declared;
        }

        bool agree = inferred.Rank == declared.Rank && inferred.Zip(declared).All(p => p.First.Size is not { } a || p.Second.Size is not { } b || a == b);
        return agree
            ? new Shape([.. inferred.Zip(declared, (a, b) => a == Dim.Unknown ? b : a)])
            : throw new GraphException(name, "", $"the output is declared {declared}, and is {inferred}");
    }

    private Value? Find(string name)
    {
        for (GraphProtoReader? reader = this; reader is not null; reader = reader.Outer)
        {
            if (reader._values.TryGetValue(name, out Value? value))
            {
                return value;
            }
        }

        return null;
    }

    private GraphProtoReader? Outer => outer;

    private void Keep(Value value) => _values.Add(value.Name, value);

    private void CheckNew(string name, string what, NodeProto? node = null)
    {
        if (name.Length == 0)
        {
            throw new GraphException("", "", $"{what} has no name");
        }

        if (Find(name) is not null)
        {
            throw node is null
                ? new GraphException(name, "", $"{what} has a name that is used twice in the graph")
                : new GraphException(node.Name, node.OpType, $"its output '{name}' has a name that is used twice in the graph");
        }
    }

    private static GraphException Dangling(NodeProto node, int input, Dictionary<string, NodeProto> producers)
    {
        string name = node.Input[input];
        if (!producers.TryGetValue(name, out NodeProto? producer))
        {
            return new GraphException(node.Name, node.OpType, $"input {input} '{name}' is neither an input, a constant nor the output of any node");
        }

        string problem = DependsOn(producer, node, producers)
            ? $"is computed from this node's own output: the graph has a cycle"
            : $"is computed by {producer.OpType} '{producer.Name}' further on: the nodes are not in an order that can be run";
        return new GraphException(node.Name, node.OpType, $"input {input} '{name}' {problem}");
    }

    private static bool DependsOn(NodeProto node, NodeProto sought, Dictionary<string, NodeProto> producers)
    {
        var seen = new HashSet<NodeProto>(ReferenceEqualityComparer.Instance) { node };
        var open = new Stack<NodeProto>(seen);
        while (open.TryPop(out NodeProto? next))
        {
            if (ReferenceEquals(next, sought))
            {
                return true;
            }

            foreach (string input in next.Input)
            {
                if (producers.TryGetValue(input, out NodeProto? producer) && seen.Add(producer))
                {
                    open.Push(producer);
                }
            }
        }

        return false;
    }

    private static ElementType TypeOf(ValueInfoProto info)
    {
        int type = info.Type?.TensorType?.ElemType ?? throw new GraphException(info.Name, "", "its type is missing, or not a tensor's");
        return Enum.IsDefined((ElementType)type) && type != 0
            ? (ElementType)type
            : throw new GraphException(info.Name, "", $"elements of type {type} (TensorProto.DataType) are not supported");
    }

    private static Shape? ShapeOf(ValueInfoProto info) => info.Type.TensorType.Shape is { } shape ? new Shape([.. shape.Dim.Select(d => ToDim(info, d))]) : null;

    private static Dim ToDim(ValueInfoProto info, TensorShapeProto.Types.Dimension d) => d switch
    {
        { HasDimValue: true, DimValue: < 0 } => throw new GraphException(info.Name, "", $"an axis has size {d.DimValue}"),
        { HasDimValue: true } => d.DimValue,
        { HasDimParam: true, DimParam.Length: > 0 } => d.DimParam,
        _ => Dim.Unknown,
    };
}
