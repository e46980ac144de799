using System.Buffers.Binary;
using System.Text;

namespace UnetSpikes.Runtime.Native;

/// <summary>Reads which libraries a 64-bit little-endian ELF file needs (its DT_NEEDED entries), without loading it.</summary>
/// <remarks>System V ABI, "Program Header" and "Dynamic Section". It lets a missing library be named before ONNX Runtime stumbles over it.</remarks>
internal static class ElfImports
{
    private const uint LoadSegment = 1;
    private const uint DynamicSegment = 2;
    private const long NeededTag = 1;
    private const long StringTableTag = 5;
    private const int MaximumEntries = 4096;

    /// <summary>The names in the file's order; empty when the file is not of that kind.</summary>
    /// <param name="path">A shared library.</param>
    public static IReadOnlyList<string> Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        byte[] header = ReadAt(file, 0, 64);
        if (header.Length < 64 || !header.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8))
        {
            return [];
        }

        List<(uint Type, long Offset, long Address, long Size)> segments = Segments(file, header);
        var needed = new List<long>();
        long strings = -1;
        foreach ((uint type, long offset, _, long size) in segments.Where(s => s.Type == DynamicSegment))
        {
            byte[] entries = ReadAt(file, offset, (int)Math.Clamp(size, 0, 16 * MaximumEntries));
            for (int at = 0; at + 16 <= entries.Length; at += 16)
            {
                long tag = BinaryPrimitives.ReadInt64LittleEndian(entries.AsSpan(at));
                long value = BinaryPrimitives.ReadInt64LittleEndian(entries.AsSpan(at + 8));
                if (tag == NeededTag)
                {
                    needed.Add(value);
                }
                else if (tag == StringTableTag)
                {
                    strings = value;
                }
            }
        }

        // The string table is given by its address in memory; a PT_LOAD segment says where that lies in the file.
        var home = segments.FirstOrDefault(s => s.Type == LoadSegment && strings >= s.Address && strings < s.Address + s.Size);
        return home.Type == LoadSegment
            ? [.. needed.Select(n => ReadString(file, home.Offset + strings - home.Address + n))]
            : [];
    }

    private static List<(uint Type, long Offset, long Address, long Size)> Segments(FileStream file, byte[] header)
    {
        long table = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(32));
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(54));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(56));
        byte[] bytes = ReadAt(file, table, entrySize * count);
        var segments = new List<(uint Type, long Offset, long Address, long Size)>();
        for (int at = 0; entrySize >= 56 && at + 56 <= bytes.Length; at += entrySize)
        {
            segments.Add((
                BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)),
                BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + 8)),
                BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + 16)),
                BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at + 32))));
        }

        return segments;
    }

    private static string ReadString(FileStream file, long offset)
    {
        byte[] bytes = ReadAt(file, offset, 256);
        int end = Array.IndexOf(bytes, (byte)0);
        return Encoding.ASCII.GetString(bytes, 0, end < 0 ? bytes.Length : end);
    }

    private static byte[] ReadAt(FileStream file, long offset, int count)
    {
        if (offset < 0 || offset >= file.Length)
        {
            return [];
        }

        byte[] bytes = new byte[(int)Math.Min(count, file.Length - offset)];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }
}
