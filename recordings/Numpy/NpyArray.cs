using System.Buffers;
using System.Globalization;
using System.Text;
using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Numpy;

/// <summary>One numpy array in a file, read by pieces.</summary>
public sealed class NpyArray : IDisposable
{
    private const int PieceBytes = 1 << 20;

    private readonly FileStream _file;

    private NpyArray(string path, string name, NpyHeader header, FileStream file) =>
        (Path, Name, Header, _file) = (path, name, header, file);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The array's name in a .npz file; "" for a .npy file's only one.</summary>
    public string Name { get; }

    /// <summary>Type, order and shape.</summary>
    public NpyHeader Header { get; }

    /// <summary>The elements' type.</summary>
    public NpyType Type => Header.Type;

    /// <summary>Sizes of the axes; empty for a single value.</summary>
    public IReadOnlyList<long> Shape => Header.Shape;

    /// <summary>Whether the first axis varies fastest in the file.</summary>
    public bool IsFortranOrder => Header.IsFortranOrder;

    /// <summary>Number of elements.</summary>
    public long Count => Header.Count;

    /// <summary>"(1248, 50, 29)", as numpy writes it.</summary>
    public string ShapeText => Header.ShapeText;

    /// <summary>Opens a .npy file.</summary>
    /// <param name="path">An existing file.</param>
    /// <exception cref="DataFormatException">No such file, or no whole numpy array.</exception>
    public static NpyArray Open(string path) => File.Exists(path)
        ? Open(path, "", new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0))
        : throw new DataFormatException(path, "", "no such file");

    /// <summary>Takes over a file that holds one array.</summary>
    internal static NpyArray Open(string path, string name, FileStream file)
    {
        try
        {
            file.Position = 0;
            return new NpyArray(path, name, NpyHeader.Read(path, name, file, file.Length), file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads consecutive elements, in the file's order.</summary>
    /// <param name="first">From 0.</param>
    /// <param name="values">Receives numbers; whole ones beyond 2^53 are rounded.</param>
    /// <exception cref="DataFormatException">The elements are no numbers, or the file has become shorter.</exception>
    public void Read(long first, Span<double> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first + values.Length, Count, nameof(first));
        RequireNumbers();
        var size = (int)Type.Bytes;
        byte[] rented = ArrayPool<byte>.Shared.Rent((int)Math.Min(PieceBytes, (long)values.Length * size));
        try
        {
            for (int done = 0; done < values.Length;)
            {
                int count = Math.Min(PieceBytes / size, values.Length - done);
                Span<byte> bytes = rented.AsSpan(0, count * size);
                ReadBytes(Header.DataOffset + ((first + done) * size), bytes);
                Type.Decode(bytes, values.Slice(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>The one number of an array with one element.</summary>
    /// <exception cref="DataFormatException">It has another number of elements, or another type.</exception>
    public double ReadNumber()
    {
        Span<double> one = stackalloc double[1];
        if (Count != 1)
        {
            throw Error($"has shape {ShapeText}, expected one number");
        }

        Read(0, one);
        return one[0];
    }

    /// <summary>Everything as texts: those of a text array, or whole numbers in decimal.</summary>
    /// <param name="atMost">Refuses more elements than this.</param>
    /// <exception cref="DataFormatException">Too many elements, or of another type.</exception>
    public string[] ReadTexts(int atMost)
    {
        const long MaxBytes = 1 << 28;
        if (Count > atMost || Count * Type.Bytes > MaxBytes || !(Type.IsText || Type.IsInteger))
        {
            throw Error($"has shape {ShapeText} of type {Type}, expected at most {atMost} texts or whole numbers");
        }

        var bytes = new byte[Count * Type.Bytes];
        ReadBytes(Header.DataOffset, bytes);
        if (Type.IsText)
        {
            Encoding encoding = new UTF32Encoding(Type.IsBigEndian, byteOrderMark: false);
            return [.. Enumerable.Range(0, (int)Count).Select(i => encoding.GetString(bytes, i * (int)Type.Bytes, (int)Type.Bytes).TrimEnd('\0'))];
        }

        var numbers = new double[Count];
        Type.Decode(bytes, numbers);
        return [.. numbers.Select(n => n.ToString("0", CultureInfo.InvariantCulture))];
    }

    /// <summary>Insists on numbers.</summary>
    /// <returns>This array.</returns>
    /// <exception cref="DataFormatException">The elements are something else.</exception>
    public NpyArray RequireNumbers() => Type.IsNumeric ? this
        : throw Error(Type.Kind == 'O' ? "holds pickled Python objects, which are never run, expected numbers" : $"is of type {Type}, expected numbers");

    /// <summary>An error about this array.</summary>
    /// <param name="problem">What is wrong and what was expected.</param>
    public DataFormatException Error(string problem) => new(Path, Name, problem);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void ReadBytes(long at, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            int got = RandomAccess.Read(_file.SafeFileHandle, bytes, at);
            bytes = got > 0 ? bytes[got..] : throw Error(string.Create(CultureInfo.InvariantCulture, $"ends at byte {at}, which was there when it was opened"));
            at += got;
        }
    }
}
