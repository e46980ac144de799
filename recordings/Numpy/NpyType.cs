using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace UnetSpikes.Recordings.Numpy;

/// <summary>The type of an array's elements, as numpy's <c>descr</c> has it: "&lt;i8", "&gt;f4", "|b1", "&lt;U5".</summary>
/// <param name="Kind">b (boolean), i, u, f, U (text), or another that is not read here: O (Python objects), c, S, V, M, m.</param>
/// <param name="Size">Bytes per element; characters per element for U.</param>
/// <param name="IsBigEndian">Whether the most significant byte is first.</param>
public readonly record struct NpyType(char Kind, int Size, bool IsBigEndian)
{
    /// <summary>Whether elements are read as numbers.</summary>
    public bool IsNumeric => (Kind, Size) is ('b', 1) or ('i' or 'u', 1 or 2 or 4 or 8) or ('f', 2 or 4 or 8);

    /// <summary>Whether elements are whole numbers.</summary>
    public bool IsInteger => IsNumeric && Kind is 'i' or 'u';

    /// <summary>Whether elements are texts.</summary>
    public bool IsText => Kind == 'U';

    /// <summary>Bytes an element takes in the file.</summary>
    public long Bytes => IsText ? 4L * Size : Size;

    /// <summary>Reads a <c>descr</c>; null where it is not one of a plain type.</summary>
    /// <param name="descr">Such as "&lt;i8".</param>
    public static NpyType? Parse(string descr)
    {
        ReadOnlySpan<char> rest = descr;
        bool isBigEndian = rest.StartsWith(">");
        rest = rest.TrimStart("<>|=");
        bool hasSize = int.TryParse(rest.Length > 1 ? rest[1..] : "0", NumberStyles.None, CultureInfo.InvariantCulture, out int size);
        return rest.Length > 0 && char.IsAsciiLetter(rest[0]) && hasSize ? new NpyType(rest[0], size, isBigEndian) : null;
    }

    /// <summary>Turns elements into numbers.</summary>
    /// <param name="bytes">As in the file; their order is changed where the machine's is another.</param>
    /// <param name="values">Receives one number per element; whole numbers beyond 2^53 are rounded.</param>
    public void Decode(Span<byte> bytes, Span<double> values)
    {
        switch ((Kind, Size))
        {
            case ('b' or 'u', 1): Convert<byte>(bytes, values); break;
            case ('u', 2): Convert<ushort>(bytes, values); break;
            case ('u', 4): Convert<uint>(bytes, values); break;
            case ('u', 8): Convert<ulong>(bytes, values); break;
            case ('i', 1): Convert<sbyte>(bytes, values); break;
            case ('i', 2): Convert<short>(bytes, values); break;
            case ('i', 4): Convert<int>(bytes, values); break;
            case ('i', 8): Convert<long>(bytes, values); break;
            case ('f', 2): Convert<Half>(bytes, values); break;
            case ('f', 4): Convert<float>(bytes, values); break;
            case ('f', 8): Convert<double>(bytes, values); break;
            default: throw new InvalidOperationException($"{this} are no numbers");
        }
    }

    /// <summary>numpy's name: "int64", "float32", "bool".</summary>
    public override string ToString() => Kind switch
    {
        'b' => "bool",
        'i' => string.Create(CultureInfo.InvariantCulture, $"int{8 * Size}"),
        'u' => string.Create(CultureInfo.InvariantCulture, $"uint{8 * Size}"),
        'f' => string.Create(CultureInfo.InvariantCulture, $"float{8 * Size}"),
        'c' => string.Create(CultureInfo.InvariantCulture, $"complex{8 * Size}"),
        'U' => "text",
        'O' => "object",
        _ => string.Create(CultureInfo.InvariantCulture, $"{Kind}{Size}"),
    };

    private void Convert<T>(Span<byte> bytes, Span<double> values)
        where T : unmanaged, INumberBase<T>
    {
        if (Size > 1 && IsBigEndian == BitConverter.IsLittleEndian)
        {
            Reverse(bytes);
        }

        ReadOnlySpan<T> elements = MemoryMarshal.Cast<byte, T>(bytes);
        for (int i = 0; i < elements.Length; i++)
        {
            values[i] = double.CreateTruncating(elements[i]);
        }
    }

    private void Reverse(Span<byte> bytes)
    {
        switch (Size)
        {
            case 2:
                Span<ushort> two = MemoryMarshal.Cast<byte, ushort>(bytes);
                BinaryPrimitives.ReverseEndianness(two, two);
                break;
            case 4:
                Span<uint> four = MemoryMarshal.Cast<byte, uint>(bytes);
                BinaryPrimitives.ReverseEndianness(four, four);
                break;
            default:
                Span<ulong> eight = MemoryMarshal.Cast<byte, ulong>(bytes);
                BinaryPrimitives.ReverseEndianness(eight, eight);
                break;
        }
    }
}
