namespace UnetSpikes.Onnx.Untrusted;

/// <summary>Walks a model's bytes, field by field, before anything is made of them: two bytes can become an object of a hundred, and a hundred a nest that a parser falls into.</summary>
/// <param name="refusal">Makes the error.</param>
internal sealed class WireScan(Refusal refusal)
{
    // The wire types of Protocol Buffers; 3 and 4, groups, have no place in ONNX.
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

    private const uint HighestField = (1 << 29) - 1;

    private int _fields;

    private enum Message
    {
        Model,
        Graph,
        Node,
        Attribute,
        ValueInfo,
        Type,
        TensorType,

        /// <summary>One whose fields hold no messages, or only small ones.</summary>
        Leaf,
    }

    /// <summary>Walks over a model.</summary>
    /// <exception cref="Core.CheckpointException">Not Protocol Buffers, too many fields, or graphs too deep in graphs.</exception>
    public void Scan(ReadOnlySpan<byte> model) => Scan(model, Message.Model, depth: 0);

    private void Scan(ReadOnlySpan<byte> message, Message kind, int depth)
    {
        if (depth > Limits.BranchDepth + 1)
        {
            throw refusal.Of($"has graphs more than {Limits.BranchDepth} deep within its graph, expected fewer");
        }

        while (!message.IsEmpty)
        {
            if (++_fields > Limits.Fields)
            {
                throw refusal.Of($"has more than {Limits.Fields} fields, expected fewer");
            }

            ulong tag = ReadVarint(ref message), field = tag >> 3;
            if (field is 0 or > HighestField)
            {
                throw refusal.Damaged($"it has a field of number {field}");
            }

            ReadOnlySpan<byte> content = ReadContent(ref message, (int)(tag & 7));
            if ((tag & 7) == Delimited && ChildOf(kind, field) is { } child)
            {
                Scan(content, child, child == Message.Graph ? depth + 1 : depth);
            }
        }
    }

    private ReadOnlySpan<byte> ReadContent(ref ReadOnlySpan<byte> message, int wireType)
    {
        ulong length = wireType switch
        {
            Varint => 0,
            Fixed64 => 8,
            Delimited => ReadVarint(ref message),
            Fixed32 => 4,
            _ => throw refusal.Damaged($"it has a field of wire type {wireType}"),
        };
        if (wireType == Varint)
        {
            ReadVarint(ref message);
        }

        if (length > (ulong)message.Length)
        {
            throw refusal.Damaged("it ends within a field");
        }

        ReadOnlySpan<byte> content = message[..(int)length];
        message = message[(int)length..];
        return content;
    }

    private ulong ReadVarint(ref ReadOnlySpan<byte> message)
    {
        const int MostBytes = 10;
        ulong value = 0;
        for (int i = 0; i < MostBytes; i++)
        {
            if (message.IsEmpty)
            {
                throw refusal.Damaged("it ends within a field");
            }

            byte next = message[0];
            message = message[1..];
            value |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                return value;
            }
        }

        throw refusal.Damaged($"it has a number of more than {MostBytes} bytes");
    }

    /// <summary>What message a field of a message holds (Protobuf/onnx.proto, and onnx.proto's lists of tensors and graphs); null: none that has to be walked.</summary>
    private static Message? ChildOf(Message parent, ulong field) => (parent, field) switch
    {
        (Message.Model, 7) => Message.Graph,
        (Message.Model, 8 or 14 or 20 or 25) => Message.Leaf,
        (Message.Graph, 1) => Message.Node,
        (Message.Graph, 5 or 14 or 15) => Message.Leaf,
        (Message.Graph, 11 or 12 or 13) => Message.ValueInfo,
        (Message.Node, 5) => Message.Attribute,
        (Message.Attribute, 5 or 10) => Message.Leaf,
        (Message.Attribute, 6 or 11) => Message.Graph,
        (Message.ValueInfo, 2) => Message.Type,
        (Message.Type, 1) => Message.TensorType,
        (Message.TensorType, 2) => Message.Leaf,
        _ => null,
    };
}
