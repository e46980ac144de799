using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using UnetSpikes.Core;

namespace UnetSpikes.Torch.Pickle;

/// <summary>The bytes of a pickle, taken from the front; running out of them, and lengths beyond them, are errors that say where.</summary>
internal sealed class PickleReader(string path, byte[] bytes)
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private int _position;
    private int _instruction;

    /// <summary>The next instruction's code.</summary>
    public byte Instruction()
    {
        _instruction = _position;
        return Take(1)[0];
    }

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>The only number of a pickle with its most significant byte first.</summary>
    public double Double() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public byte[] Binary(ulong length) => Take(Limited(length, PickleLimits.Text)).ToArray();

    public string Text(ulong length)
    {
        ReadOnlySpan<byte> text = Take(Limited(length, PickleLimits.Text));
        try
        {
            return Utf8.GetString(text);
        }
        catch (DecoderFallbackException e)
        {
            throw Bad("is a text that is not UTF-8", e);
        }
    }

    /// <summary>The rest of a line, for the one instruction that has names on lines.</summary>
    public string Line()
    {
        int length = bytes.AsSpan(_position).IndexOf((byte)'\n');
        string line = Text((ulong)(length >= 0 ? length : throw Bad("has no end of line")));
        Take(1);
        return line;
    }

    /// <summary>A whole number, the least significant byte first, of two's complement; as text where it is beyond 64 bits, for nothing here computes with such.</summary>
    public object Integer(ulong length)
    {
        var value = new System.Numerics.BigInteger(Take(Limited(length, PickleLimits.Integer)));
        return value >= long.MinValue && value <= long.MaxValue ? (long)value : value.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A problem of the instruction that is being followed.</summary>
    public CheckpointException Bad(string problem, Exception? inner = null) =>
        new(path, "data.pkl", string.Create(CultureInfo.InvariantCulture, $"at byte {_instruction} {problem}"), inner);

    private int Limited(ulong length, int most) =>
        length <= (ulong)most ? (int)length : throw Bad(string.Create(CultureInfo.InvariantCulture, $"claims {length} bytes, expected at most {most}"));

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length > bytes.Length - _position)
        {
            throw Bad("ends too early");
        }

        _position += length;
        return bytes.AsSpan(_position - length, length);
    }
}
