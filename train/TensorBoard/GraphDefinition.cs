using System.Text;
using UnetSpikes.Onnx;
using static UnetSpikes.Train.TensorBoard.ProtoFields;

namespace UnetSpikes.Train.TensorBoard;

/// <summary>An ONNX graph as TensorFlow's GraphDef, which TensorBoard's Graphs page draws.</summary>
/// <remarks>
/// GraphDef has nodes only: inputs become placeholders, constants become nodes, and each output a node that takes it. A name's part
/// before the slash is the box it is drawn in, and our scopes are named so. ONNX's operators keep their names: the page draws what
/// it does not know. Field numbers from tensorflow/core/framework/graph.proto, node_def.proto, attr_value.proto, tensor_shape.proto.
/// </remarks>
internal sealed class GraphDefinition
{
    private readonly MemoryStream _nodes;
    private readonly Dictionary<Value, string> _sources = [];
    private readonly HashSet<string> _taken = [];

    private GraphDefinition(MemoryStream nodes) => _nodes = nodes;

    /// <summary>The bytes of the GraphDef message.</summary>
    /// <param name="graph">A whole graph; branches of <c>If</c> are one node with what they capture as inputs.</param>
    public static byte[] Of(Graph graph) => Message(nodes => new GraphDefinition(nodes).AddAll(graph));

    private void AddAll(Graph graph)
    {
        foreach (Value input in graph.Inputs)
        {
            Add(input.Name, "Placeholder", [], [input], Attributes.None);
        }

        foreach (Value constant in graph.Initializers)
        {
            Add(constant.Name, "Const", [], [constant], Attributes.None);
        }

        foreach (Node node in graph.Nodes)
        {
            Add(node.Name, node.OpType, node.Uses(), node.Outputs, node.Attributes);
        }

        foreach (Value output in graph.Outputs)
        {
            Add(output.Name, "Output", [output], [], Attributes.None);
        }
    }

    private void Add(string name, string operation, IEnumerable<Value> inputs, IReadOnlyList<Value> outputs, Attributes attributes)
    {
        string unique = Unique(name);
        for (int i = 0; i < outputs.Count; i++)
        {
            _sources.Add(outputs[i], i == 0 ? unique : $"{unique}:{i}");
        }

        Nested(_nodes, 1, node =>
        {
            Text(node, 1, unique);
            Text(node, 2, operation);
            foreach (Value input in inputs)
            {
                Text(node, 3, _sources[input]);
            }

            if (outputs.Count > 0)
            {
                Attribute(node, "_output_shapes", value => Nested(value, 1, list =>
                {
                    foreach (Value output in outputs)
                    {
                        Nested(list, 7, shape => WriteShape(shape, output.Shape));
                    }
                }));
                Attribute(node, "dtype", value => Integer(value, 6, DataType(outputs[0].Type)));
            }

            foreach ((string key, object value) in attributes)
            {
                Attribute(node, key, to => AttributeValue(to, value));
            }
        });
    }

    private static void Attribute(MemoryStream node, string key, Action<MemoryStream> value) => Nested(node, 5, entry =>
    {
        Text(entry, 1, key);
        Nested(entry, 2, value);
    });

    private static void AttributeValue(MemoryStream to, object value)
    {
        switch (value)
        {
            case long number:
                Integer(to, 3, number);
                break;
            case float number:
                Float(to, 4, number);
                break;
            case string text:
                Text(to, 2, text);
                break;
            case long[] numbers:
                Nested(to, 1, list => PackedIntegers(list, 3, numbers));
                break;
            case float[] numbers:
                Nested(to, 1, list => PackedFloats(list, 4, numbers));
                break;
            default: // A tensor or a branch: its numbers are no picture's business.
                Text(to, 2, value.GetType().Name);
                break;
        }
    }

    private static void WriteShape(MemoryStream to, Shape? shape)
    {
        if (shape is null)
        {
            Integer(to, 3, 1); // unknown_rank
            return;
        }

        foreach (Dim dim in shape)
        {
            Nested(to, 2, axis =>
            {
                Integer(axis, 1, dim.Size ?? -1);
                if (dim.Symbol is string symbol)
                {
                    Text(axis, 2, symbol);
                }
            });
        }
    }

    /// <summary>A name GraphDef allows, <c>[A-Za-z0-9.][A-Za-z0-9_>./]*</c>, that no other node has: ONNX names values and nodes apart.</summary>
    private string Unique(string name)
    {
        var allowed = new StringBuilder(name.Length);
        foreach (char c in name)
        {
            allowed.Append(char.IsAsciiLetterOrDigit(c) || c is '_' or '>' or '.' or '/' ? c : '_');
        }

        if (allowed.Length == 0 || allowed[0] is '_' or '>' or '/')
        {
            allowed.Insert(0, '.');
        }

        string stem = allowed.ToString();
        string unique = stem;
        for (int i = 1; !_taken.Add(unique); i++)
        {
            unique = $"{stem}_{i}";
        }

        return unique;
    }

    /// <summary>The number in tensorflow/core/framework/types.proto, which is not ONNX's.</summary>
    private static int DataType(ElementType type) => type switch
    {
        ElementType.Float => 1,
        ElementType.Double => 2,
        ElementType.Int32 => 3,
        ElementType.UInt8 => 4,
        ElementType.Int8 => 6,
        ElementType.Int64 => 9,
        ElementType.Bool => 10,
        ElementType.Float16 => 19,
        _ => 0,
    };
}
