using System.Globalization;
using System.Text;
using UnetSpikes.Core;

namespace UnetSpikes.Infer.Streaming;

/// <summary>One line per bin, counts separated by spaces, tabs or commas; rates likewise (docs/streaming.md, "Text").</summary>
internal sealed class TextFraming : IStreamFraming
{
    private const int BytesPerNumber = 32;
    private const int OtherBytes = 4096;

    private readonly ByteSource _input;
    private readonly Stream _output;
    private readonly string _client;
    private readonly byte[] _line;
    private long _bins;

    /// <summary>Begins the answer with a comment that says what it is.</summary>
    /// <param name="input">What the client sends.</param>
    /// <param name="output">What it gets.</param>
    /// <param name="client">Its name, for messages.</param>
    /// <param name="header">What it is told.</param>
    public TextFraming(ByteSource input, Stream output, string client, StreamHeader header)
    {
        (_input, _output, _client) = (input, output, client);
        _line = new byte[BufferBytes(header.Columns)];
        output.Write(Encoding.UTF8.GetBytes($"# {header}\n"));
        output.Flush();
    }

    /// <inheritdoc/>
    public long Arrived => _input.Arrived;

    /// <summary>The buffer that a source needs: a line of the longest numbers.</summary>
    public static int BufferBytes(int units) => (units * BytesPerNumber) + OtherBytes;

    /// <inheritdoc/>
    public bool ReadBin(Span<float> counts)
    {
        while (TryReadLine(out ReadOnlySpan<byte> line))
        {
            ReadOnlySpan<byte> numbers = line.Trim(" \t\r"u8);
            if (!numbers.IsEmpty && numbers[0] != (byte)'#')
            {
                Parse(numbers, counts);
                _bins++;
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void WriteRates(ReadOnlySpan<float> rates)
    {
        int length = 0;
        foreach (float rate in rates)
        {
            rate.TryFormat(_line.AsSpan(length), out int written, default, CultureInfo.InvariantCulture); // Shortest form that reads back the same.
            length += written;
            _line[length++] = (byte)' ';
        }

        _line[length - 1] = (byte)'\n';
        _output.Write(_line.AsSpan(0, length));
        _output.Flush();
    }

    private bool TryReadLine(out ReadOnlySpan<byte> line)
    {
        int end;
        while ((end = _input.Waiting.IndexOf((byte)'\n')) < 0)
        {
            if (!_input.Fill())
            {
                line = _input.Waiting.Length < _input.Size ? _input.Waiting : throw Error($"is longer than {_input.Size} bytes");
                _input.Advance(line.Length); // The last line may end without a newline.
                return line.Length > 0;
            }
        }

        line = _input.Waiting[..end];
        _input.Advance(end + 1);
        return true;
    }

    private void Parse(ReadOnlySpan<byte> line, Span<float> counts)
    {
        int unit = 0;
        while (!line.IsEmpty)
        {
            int end = line.IndexOfAny(" \t,"u8);
            ReadOnlySpan<byte> number = end < 0 ? line : line[..end];
            if (!float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out float count))
            {
                throw Error($"has '{Encoding.UTF8.GetString(number)}', expected a spike count");
            }

            if (unit < counts.Length)
            {
                counts[unit] = StreamedCount.IsValid(count) ? count : throw StreamedCount.Error(_client, _bins, unit, count);
            }

            unit++;
            line = end < 0 ? [] : AfterSeparator(line[end..]);
        }

        if (unit != counts.Length)
        {
            throw Error($"has {unit} counts, expected the model's {counts.Length} units");
        }
    }

    /// <summary>Drops blanks and at most one comma: between two commas a number is missing.</summary>
    private static ReadOnlySpan<byte> AfterSeparator(ReadOnlySpan<byte> rest)
    {
        rest = rest.TrimStart(" \t"u8);
        return rest.StartsWith(","u8) ? rest[1..].TrimStart(" \t"u8) : rest;
    }

    private DataFormatException Error(string problem) => new(_client, $"bin {_bins}", problem);
}
