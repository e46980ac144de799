using System.Diagnostics;

namespace UnetSpikes.Infer.Streaming;

/// <summary>Bytes as they come in, in a buffer that is made once.</summary>
/// <param name="stream">Where from.</param>
/// <param name="size">Of the buffer, in bytes: the longest line or frame.</param>
internal sealed class ByteSource(Stream stream, int size)
{
    private readonly byte[] _buffer = new byte[size];
    private int _from;
    private int _to;

    /// <summary>The longest line or frame.</summary>
    public int Size => size;

    /// <summary>When the last read returned.</summary>
    public long Arrived { get; private set; }

    /// <summary>What is in the buffer now.</summary>
    public ReadOnlySpan<byte> Waiting => _buffer.AsSpan(_from, _to - _from);

    /// <summary>Waits for more bytes.</summary>
    /// <returns>False at the end, or when the buffer is full.</returns>
    public bool Fill()
    {
        if (_from > 0)
        {
            _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
            (_from, _to) = (0, _to - _from);
        }

        int read = _to < size ? stream.Read(_buffer.AsSpan(_to)) : 0;
        Arrived = Stopwatch.GetTimestamp();
        _to += read;
        return read > 0;
    }

    /// <summary>Drops bytes that were used.</summary>
    public void Advance(int count) => _from += count;
}
