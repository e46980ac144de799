using System.Buffers.Binary;
using System.Numerics;

namespace UnetSpikes.Train.TensorBoard;

/// <summary>TensorFlow's record framing: length, its checksum, the bytes, their checksum; all little-endian.</summary>
/// <remarks>tensorflow/core/lib/io/record_writer.h: uint64 length, uint32 masked crc32c of it, data, uint32 masked crc32c of the data.</remarks>
internal static class TFRecord
{
    /// <summary>Appends one record.</summary>
    /// <param name="stream">At the end of the file.</param>
    /// <param name="record">One serialized Event.</param>
    public static void Write(Stream stream, ReadOnlySpan<byte> record)
    {
        Span<byte> frame = stackalloc byte[12];
        BinaryPrimitives.WriteUInt64LittleEndian(frame, (ulong)record.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame[8..], MaskedCrc32C(frame[..8]));
        stream.Write(frame);
        stream.Write(record);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, MaskedCrc32C(record));
        stream.Write(frame[..4]);
    }

    /// <summary>The checksum as stored: rotated and offset, since a crc of data that contains its crc is weak.</summary>
    public static uint MaskedCrc32C(ReadOnlySpan<byte> data) => BitOperations.RotateRight(Crc32C(data), 15) + 0xa282ead8u;

    /// <summary>CRC-32C (Castagnoli).</summary>
    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
