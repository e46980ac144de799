using System.Buffers.Binary;
using UnetSpikes.Core;

namespace UnetSpikes.Infer.Streaming;

/// <summary>Little-endian numbers: a header each way, then one frame of fixed size per bin (docs/streaming.md, "Binary").</summary>
internal sealed class BinaryFraming : IStreamFraming
{
    /// <summary>The first byte of a client's header; no text framing begins with it.</summary>
    public const byte FirstByte = (byte)'U';

    /// <summary>Bytes of a client's header.</summary>
    public const int ClientHeader = 16;

    /// <summary>Of this framing.</summary>
    public const ushort Version = 1;

    private const int ServerHeader = 32;
    private const ushort NotRecorded = ushort.MaxValue;

    private readonly ByteSource _input;
    private readonly Stream _output;
    private readonly string _client;
    private readonly byte[] _frame;
    private readonly bool _isSingle;
    private readonly int _frameBytes;
    private long _bins;

    /// <summary>Reads the client's header and answers it.</summary>
    /// <param name="input">What the client sends.</param>
    /// <param name="output">What it gets.</param>
    /// <param name="client">Its name, for messages.</param>
    /// <param name="header">What it is told.</param>
    /// <exception cref="DataFormatException">No header, or not for this model.</exception>
    public BinaryFraming(ByteSource input, Stream output, string client, StreamHeader header)
    {
        (_input, _output, _client) = (input, output, client);
        ReadOnlySpan<byte> asked = Take(ClientHeader, "header");
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(asked[4..]), type = BinaryPrimitives.ReadUInt16LittleEndian(asked[6..]);
        uint units = BinaryPrimitives.ReadUInt32LittleEndian(asked[8..]);
        if (!asked.StartsWith("USPK"u8) || version != Version || type is not (1 or 2))
        {
            throw new DataFormatException(client, "header", $"is not 'USPK', version {Version}, type 1 (uint16) or 2 (float32)");
        }

        if (units != header.Units)
        {
            throw new DataFormatException(client, "header", $"announces {units} units, expected the model's {header.Units}");
        }

        _isSingle = type == 2;
        _frameBytes = header.Units * (_isSingle ? sizeof(float) : sizeof(ushort));
        _frame = new byte[header.Columns * sizeof(float)];
        Answer(header);
    }

    /// <inheritdoc/>
    public long Arrived => _input.Arrived;

    /// <summary>The buffer that a source needs.</summary>
    public static int BufferBytes(int units) => Math.Max(units * sizeof(float), ClientHeader);

    /// <inheritdoc/>
    public bool ReadBin(Span<float> counts)
    {
        if (_input.Waiting.IsEmpty && !_input.Fill())
        {
            return false;
        }

        ReadOnlySpan<byte> frame = Take(_frameBytes, "bin");
        for (int unit = 0; unit < counts.Length; unit++)
        {
            ushort whole = _isSingle ? (ushort)0 : BinaryPrimitives.ReadUInt16LittleEndian(frame[(unit * sizeof(ushort))..]);
            float count = _isSingle ? BinaryPrimitives.ReadSingleLittleEndian(frame[(unit * sizeof(float))..]) : whole == NotRecorded ? float.NaN : whole;
            counts[unit] = StreamedCount.IsValid(count) ? count : throw StreamedCount.Error(_client, _bins, unit, count);
        }

        _bins++;
        return true;
    }

    /// <inheritdoc/>
    public void WriteRates(ReadOnlySpan<float> rates)
    {
        for (int unit = 0; unit < rates.Length; unit++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(_frame.AsSpan(unit * sizeof(float)), rates[unit]);
        }

        _output.Write(_frame);
        _output.Flush();
    }

    private void Answer(StreamHeader header)
    {
        Span<byte> answer = stackalloc byte[ServerHeader];
        answer.Clear();
        "USPR"u8.CopyTo(answer);
        BinaryPrimitives.WriteUInt16LittleEndian(answer[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(answer[6..], (ushort)(header.Decoded is not null ? 3 : header.IsHz ? 2 : 1));
        BinaryPrimitives.WriteUInt32LittleEndian(answer[8..], (uint)header.Columns);
        BinaryPrimitives.WriteUInt32LittleEndian(answer[12..], (uint)header.Lag);
        BinaryPrimitives.WriteDoubleLittleEndian(answer[16..], header.BinWidthMs);
        _output.Write(answer);
        _output.Flush();
    }

    private ReadOnlySpan<byte> Take(int bytes, string what)
    {
        while (_input.Waiting.Length < bytes)
        {
            if (!_input.Fill())
            {
                string place = what == "bin" ? $"bin {_bins}" : what;
                throw new DataFormatException(_client, place, $"ends after {_input.Waiting.Length} bytes, expected {bytes}");
            }
        }

        ReadOnlySpan<byte> taken = _input.Waiting[..bytes]; // Stays until the next Fill.
        _input.Advance(bytes);
        return taken;
    }
}
