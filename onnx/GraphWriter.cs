using System.Reflection;
using Google.Protobuf;
using UnetSpikes.Core;
using UnetSpikes.Onnx.Protobuf;

namespace UnetSpikes.Onnx;

/// <summary>Writes a graph as an ONNX model (ModelProto). The same graph always gives the same bytes.</summary>
public static class GraphWriter
{
    /// <summary>The producer declared.</summary>
    public const string Producer = "UnetSpikes";

    /// <summary>The model's bytes: the content of an <c>.onnx</c> file, and what a session takes.</summary>
    /// <param name="graph">A whole graph, not a branch.</param>
    /// <exception cref="GraphException">An output has no type, or the model is over 2 GiB, the most Protocol Buffers hold.</exception>
    public static byte[] ToBytes(Graph graph)
    {
        if (graph.Outer is not null)
        {
            throw new ArgumentException("a branch is written with the graph around it", nameof(graph));
        }

        var model = new ModelProto
        {
            IrVersion = IrVersion(graph.Opset),
            ProducerName = Producer,
            ProducerVersion = typeof(GraphWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0],
            Graph = ToProto(graph),
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = graph.Opset });
        if (UsesMicrosoftDomain(graph))
        {
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = Graph.MicrosoftDomain, Version = 1 });
        }

        foreach ((string key, string value) in graph.Metadata)
        {
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        try
        {
            return model.ToByteArray();
        }
        catch (OverflowException e)
        {
            throw new GraphException("", "", "the model is over 2 GiB, the most an ONNX file holds", e);
        }
    }

    /// <summary>The IR version of the first onnx release with the opset (onnx's Versioning.md), so that runtimes of that time take the file; none after 8 adds what is used here.</summary>
    private static int IrVersion(int opset) => opset < 15 ? 7 : 8;

    private static bool UsesMicrosoftDomain(Graph graph) =>
        graph.Nodes.Any(n => n.Domain == Graph.MicrosoftDomain || n.Branches.Any(UsesMicrosoftDomain));

    private static GraphProto ToProto(Graph graph)
    {
        var proto = new GraphProto { Name = graph.Name };
        proto.Node.AddRange(graph.Nodes.Select(ToProto));
        proto.Initializer.AddRange(graph.Initializers.Select(v => TensorFormat.Write(v.Constant!, v.Name)));
        proto.Input.AddRange(graph.Inputs.Select(ToProto));
        proto.Output.AddRange(graph.Outputs.Select(ToProto));
        return proto;
    }

    private static NodeProto ToProto(Node node)
    {
        var proto = new NodeProto { Name = node.Name, OpType = node.OpType };
        if (node.Domain.Length > 0)
        {
            proto.Domain = node.Domain;
        }

        proto.Input.AddRange(node.Inputs.Select(v => v?.Name ?? ""));
        proto.Output.AddRange(node.Outputs.Select(v => v.Name));
        proto.Attribute.AddRange(node.Attributes.Select(a => ToProto(a.Key, a.Value)));
        return proto;
    }

    private static AttributeProto ToProto(string name, object value)
    {
        var proto = new AttributeProto { Name = name };
        switch (value)
        {
            case long i:
                (proto.Type, proto.I) = (AttributeProto.Types.AttributeType.Int, i);
                break;
            case float f:
                (proto.Type, proto.F) = (AttributeProto.Types.AttributeType.Float, f);
                break;
            case string s:
                (proto.Type, proto.S) = (AttributeProto.Types.AttributeType.String, ByteString.CopyFromUtf8(s));
                break;
            case long[] ints:
                proto.Type = AttributeProto.Types.AttributeType.Ints;
                proto.Ints.AddRange(ints);
                break;
            case float[] floats:
                proto.Type = AttributeProto.Types.AttributeType.Floats;
                proto.Floats.AddRange(floats);
                break;
            case Tensor tensor:
                (proto.Type, proto.T) = (AttributeProto.Types.AttributeType.Tensor, TensorFormat.Write(tensor, null));
                break;
            default:
                (proto.Type, proto.G) = (AttributeProto.Types.AttributeType.Graph, ToProto((Graph)value));
                break;
        }

        return proto;
    }

    private static ValueInfoProto ToProto(Value value)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)value.Type };
        if (value.Shape is { } shape)
        {
            tensor.Shape = new TensorShapeProto();
            tensor.Shape.Dim.AddRange(shape.Select(ToProto));
        }

        return new ValueInfoProto { Name = value.Name, Type = new TypeProto { TensorType = tensor } };
    }

    /// <summary>An axis nothing is known of is a Dimension with neither a size nor a name.</summary>
    private static TensorShapeProto.Types.Dimension ToProto(Dim dim)
    {
        var proto = new TensorShapeProto.Types.Dimension();
        if (dim.Size is { } size)
        {
            proto.DimValue = size;
        }
        else if (dim.Symbol is { } symbol)
        {
            proto.DimParam = symbol;
        }

        return proto;
    }
}
