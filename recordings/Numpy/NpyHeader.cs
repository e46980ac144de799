using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Numpy;

/// <summary>What an array's file says before its elements (NEP 1): eight bytes of magic and version, a length, a Python dictionary as text.</summary>
/// <param name="Type">Of the elements.</param>
/// <param name="IsFortranOrder">Whether the first axis varies fastest.</param>
/// <param name="Shape">Sizes of the axes.</param>
/// <param name="DataOffset">Where the elements begin.</param>
public sealed partial record NpyHeader(NpyType Type, bool IsFortranOrder, IReadOnlyList<long> Shape, long DataOffset)
{
    /// <summary>numpy pads a header to some hundred bytes; only a table of thousands of named columns would need this many.</summary>
    private const int MaxLength = 1 << 16;

    /// <summary>Number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (product, n) => product * n);

    /// <summary>"(1248, 50, 29)", as numpy writes it.</summary>
    public string ShapeText => "(" + string.Join(", ", Shape.Select(n => n.ToString(CultureInfo.InvariantCulture))) + (Shape.Count == 1 ? ",)" : ")");

    /// <summary>Reads a header.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="place">For messages: the array's name in a zip file, or "".</param>
    /// <param name="stream">At the array's beginning.</param>
    /// <param name="length">Bytes of the array's file, the header included.</param>
    /// <exception cref="DataFormatException">It is no header, or what it says does not fit the length.</exception>
    internal static NpyHeader Read(string path, string place, Stream stream, long length)
    {
        (string text, long offset) = ReadText(path, place, stream);
        DataFormatException Error(string problem) => new(path, place, problem);

        string descr = Descr().Match(text) is { Success: true } d ? d.Groups[1].Value
            : throw Error("has columns of several types (a structured array), expected numbers");
        bool isFortran = Order().Match(text) is { Success: true } o ? o.Groups[1].Value == "True"
            : throw Error("has a damaged header: no 'fortran_order'");
        string sizes = Sizes().Match(text) is { Success: true } s ? s.Groups[1].Value
            : throw Error("has a damaged header: no 'shape'");
        NpyType type = NpyType.Parse(descr) ?? throw Error($"has a damaged header: type '{descr}'");
        long[] shape = ParseShape(sizes) ?? throw Error($"has a damaged header: shape ({sizes})");
        var header = new NpyHeader(type, isFortran, shape, offset);

        // In double: a hostile shape's product overflows.
        double claimed = shape.Aggregate((double)type.Bytes, (product, n) => product * n);
        return type.Kind == 'O' || claimed == length - offset
            ? header
            : throw Error(string.Create(CultureInfo.InvariantCulture, $"holds {length - offset} bytes of elements, expected {claimed:0} for {type} of shape ({sizes})"));
    }

    private static (string Text, long Offset) ReadText(string path, string place, Stream stream)
    {
        Span<byte> start = stackalloc byte[12];
        int got = stream.ReadAtLeast(start[..8], 8, throwOnEndOfStream: false);
        if (got < 8 || start[0] != 0x93 || !start[1..6].SequenceEqual("NUMPY"u8))
        {
            throw new DataFormatException(path, place, "is no numpy array (it does not begin with \\x93NUMPY)");
        }

        int version = start[6];
        int lengthBytes = version switch
        {
            1 => 2,
            2 or 3 => 4,
            _ => throw new DataFormatException(path, place, $"is a numpy array of format version {version}, expected 1 to 3"),
        };
        got = stream.ReadAtLeast(start[8..(8 + lengthBytes)], lengthBytes, throwOnEndOfStream: false);
        long length = lengthBytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        var text = new byte[Math.Min(length, MaxLength)];
        if (got < lengthBytes || length > MaxLength || stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < length)
        {
            throw new DataFormatException(path, place, "is a numpy array cut short within its header");
        }

        return (Encoding.UTF8.GetString(text), 8 + lengthBytes + length);
    }

    private static long[]? ParseShape(string sizes)
    {
        string[] parts = sizes.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var shape = new long[parts.Length];
        for (int axis = 0; axis < parts.Length; axis++)
        {
            // Python 2 wrote long integers as 5L.
            if (!long.TryParse(parts[axis].TrimEnd('L'), NumberStyles.None, CultureInfo.InvariantCulture, out shape[axis]))
            {
                return null;
            }
        }

        return shape;
    }

    [GeneratedRegex(@"['""]descr['""]\s*:\s*['""]([^'""]*)['""]")]
    private static partial Regex Descr();

    [GeneratedRegex(@"['""]fortran_order['""]\s*:\s*(True|False)")]
    private static partial Regex Order();

    [GeneratedRegex(@"['""]shape['""]\s*:\s*\(([0-9L,\s]*)\)")]
    private static partial Regex Sizes();
}
