using System.Buffers.Binary;
using System.Text;

namespace UnetSpikes.Train.TensorBoard;

/// <summary>Fields in protobuf's wire format: a key (field number and kind), then the value.</summary>
/// <remarks>https://protobuf.dev/programming-guides/encoding. Values are always written, also where they are the field's default.</remarks>
internal static class ProtoFields
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Bytes = 2;
    private const int Fixed32 = 5;

    /// <summary>The bytes of one message.</summary>
    /// <param name="content">Writes its fields.</param>
    public static byte[] Message(Action<MemoryStream> content)
    {
        using var message = new MemoryStream();
        content(message);
        return message.ToArray();
    }

    /// <summary>A message within a message.</summary>
    /// <param name="to">The outer message.</param>
    /// <param name="field">Its number there.</param>
    /// <param name="content">Writes the inner fields.</param>
    public static void Nested(MemoryStream to, int field, Action<MemoryStream> content) => Length(to, field, Message(content));

    /// <summary>A string, or one more of a repeated one.</summary>
    /// <param name="to">The message.</param>
    /// <param name="field">Its number.</param>
    /// <param name="text">The text.</param>
    public static void Text(MemoryStream to, int field, string text) => Length(to, field, Encoding.UTF8.GetBytes(text));

    /// <summary>Bytes: also a message, written elsewhere.</summary>
    /// <param name="to">The message.</param>
    /// <param name="field">Its number.</param>
    /// <param name="bytes">The bytes.</param>
    public static void Length(MemoryStream to, int field, byte[] bytes)
    {
        Raw(to, (ulong)((field << 3) | Bytes));
        Raw(to, (ulong)bytes.Length);
        to.Write(bytes);
    }

    /// <summary>An integer, a boolean or the number of an enumeration.</summary>
    /// <param name="to">The message.</param>
    /// <param name="field">Its number.</param>
    /// <param name="value">The value.</param>
    public static void Integer(MemoryStream to, int field, long value)
    {
        Raw(to, (ulong)((field << 3) | Varint));
        Raw(to, (ulong)value);
    }

    /// <summary>A float.</summary>
    /// <param name="to">The message.</param>
    /// <param name="field">Its number.</param>
    /// <param name="value">The value.</param>
    public static void Float(MemoryStream to, int field, float value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
        Raw(to, (ulong)((field << 3) | Fixed32));
        to.Write(bytes);
    }

    /// <summary>A double.</summary>
    /// <param name="to">The message.</param>
    /// <param name="field">Its number.</param>
    /// <param name="value">The value.</param>
    public static void Double(MemoryStream to, int field, double value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, value);
        Raw(to, (ulong)((field << 3) | Fixed64));
        to.Write(bytes);
    }

    /// <summary>Repeated doubles.</summary>
    /// <param name="to">The message.</param>
    /// <param name="field">Their number.</param>
    /// <param name="values">All of them.</param>
    public static void Packed(MemoryStream to, int field, double[] values)
    {
        var bytes = new byte[values.Length * 8];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i * 8), values[i]);
        }

        Length(to, field, bytes);
    }

    /// <summary>Repeated floats.</summary>
    /// <param name="to">The message.</param>
    /// <param name="field">Their number.</param>
    /// <param name="values">All of them.</param>
    public static void PackedFloats(MemoryStream to, int field, params ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * 4), values[i]);
        }

        Length(to, field, bytes);
    }

    /// <summary>Repeated integers.</summary>
    /// <param name="to">The message.</param>
    /// <param name="field">Their number.</param>
    /// <param name="values">All of them.</param>
    public static void PackedIntegers(MemoryStream to, int field, params ReadOnlySpan<long> values)
    {
        using var bytes = new MemoryStream();
        foreach (long value in values)
        {
            Raw(bytes, (ulong)value);
        }

        Length(to, field, bytes.ToArray());
    }

    /// <summary>A base-128 varint: seven bits a byte, lowest first.</summary>
    private static void Raw(MemoryStream to, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            to.WriteByte((byte)(value | 0x80));
        }

        to.WriteByte((byte)value);
    }
}
