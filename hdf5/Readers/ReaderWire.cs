using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace UnetSpikes.Hdf5.Readers;

/// <summary>Numbers, texts and arrays as they go through the pipe: both ends are the same program on the same machine, so native byte order.</summary>
internal sealed class ReaderWire(Stream input, Stream output) : IDisposable
{
    private const int MostPathBytes = 1 << 20;

    private readonly BufferedStream _input = new(input, 1 << 16);
    private readonly BufferedStream _output = new(output, 1 << 16);

    /// <summary>Sends what was written.</summary>
    public void Flush() => _output.Flush();

    /// <summary>Closes both directions; what was not sent is dropped.</summary>
    public void Dispose()
    {
        input.Dispose();
        output.Dispose();
    }

    /// <summary>Writes one byte.</summary>
    public void Write(byte value) => _output.WriteByte(value);

    /// <summary>Reads one byte; null where the other end has left.</summary>
    public byte? ReadByteOrEnd() => _input.ReadByte() is int b and >= 0 ? (byte)b : null;

    /// <summary>Reads one byte.</summary>
    public byte ReadByte() => ReadByteOrEnd() ?? throw new EndOfStreamException();

    /// <summary>Writes a whole number.</summary>
    public void Write(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        _output.Write(bytes);
    }

    /// <summary>Reads a whole number.</summary>
    public long ReadLong()
    {
        Span<byte> bytes = stackalloc byte[8];
        _input.ReadExactly(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <summary>Writes a text.</summary>
    public void Write(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Write(bytes.Length);
        _output.Write(bytes);
    }

    /// <summary>Reads a text.</summary>
    public string ReadText()
    {
        var bytes = new byte[ReadCount()];
        _input.ReadExactly(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Reads a path.</summary>
    public string ReadPath() => ReadText() is { Length: <= MostPathBytes } path ? path : throw new InvalidDataException("a path of over a megabyte");

    /// <summary>Writes an array of numbers.</summary>
    public void WriteArray<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        Write(values.Length);
        _output.Write(MemoryMarshal.AsBytes(values));
    }

    /// <summary>Reads an array of numbers.</summary>
    public T[] ReadArray<T>()
        where T : unmanaged
    {
        var values = new T[ReadCount()];
        _input.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    /// <summary>Writes texts.</summary>
    public void WriteTexts(IReadOnlyCollection<string> texts)
    {
        Write(texts.Count);
        foreach (string text in texts)
        {
            Write(text);
        }
    }

    /// <summary>Reads texts.</summary>
    public string[] ReadTexts()
    {
        var texts = new string[ReadCount()];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = ReadText();
        }

        return texts;
    }

    /// <summary>Writes an element type.</summary>
    public void WriteType(Hdf5Type type)
    {
        Write((byte)type.Class);
        Write(type.Size);
        Write(type.IsSigned ? (byte)1 : (byte)0);
    }

    /// <summary>Reads an element type.</summary>
    public Hdf5Type ReadHdf5Type() => new((Hdf5Class)ReadByte(), (int)ReadLong(), ReadByte() != 0);

    /// <summary>Writes bytes whose number the other end knows.</summary>
    public void WriteRaw(ReadOnlySpan<byte> bytes) => _output.Write(bytes);

    /// <summary>Fills a buffer.</summary>
    public void ReadRaw(Span<byte> destination) => _input.ReadExactly(destination);

    /// <summary>Reads how many of something follow.</summary>
    public int ReadCount() => ReadLong() is long count and >= 0 and <= ReaderLimits.AnswerElements
        ? (int)count
        : throw new InvalidDataException("an answer of impossible size");
}
