using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace UnetSpikes.Train.TensorBoard;

/// <summary>A PNG encoder for 8-bit RGB, no more (RFC 2083; chunks IHDR, IDAT, IEND; filter 0).</summary>
internal static class Png
{
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(n => Enumerable.Range(0, 8)
        .Aggregate((uint)n, (crc, _) => (crc & 1) == 1 ? 0xedb88320u ^ (crc >> 1) : crc >> 1))];

    /// <summary>Encodes a picture.</summary>
    /// <param name="rgb">Row-major from the top left, three bytes a pixel.</param>
    /// <param name="width">Pixels, at least 1.</param>
    /// <param name="height">Pixels, at least 1.</param>
    /// <exception cref="ArgumentException">There are more or fewer bytes than the size needs.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> rgb, int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (rgb.Length != (long)width * height * 3)
        {
            throw new ArgumentException($"{rgb.Length} bytes are no {width} x {height} pixels of 3 bytes", nameof(rgb));
        }

        using var png = new MemoryStream();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2); // bits per channel; RGB
        Chunk(png, "IHDR", header);
        Chunk(png, "IDAT", Compressed(rgb, width * 3));
        Chunk(png, "IEND", []);
        return png.ToArray();
    }

    private static byte[] Compressed(ReadOnlySpan<byte> rgb, int stride)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest))
        {
            for (int start = 0; start < rgb.Length; start += stride)
            {
                zlib.WriteByte(0); // The row's filter: none.
                zlib.Write(rgb.Slice(start, stride));
            }
        }

        return compressed.ToArray();
    }

    private static void Chunk(MemoryStream png, string type, byte[] content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        png.Write(number);
        byte[] body = [.. Encoding.ASCII.GetBytes(type), .. content];
        png.Write(body);
        uint crc = ~body.Aggregate(uint.MaxValue, (sum, b) => CrcTable[(byte)(sum ^ b)] ^ (sum >> 8));
        BinaryPrimitives.WriteUInt32BigEndian(number, crc);
        png.Write(number);
    }
}
