using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Reading;

namespace UnetSpikes.Hdf5;

/// <content>Reading. Elements are converted by HDF5 to the type asked for.</content>
public sealed partial class Hdf5Dataset
{
    /// <summary>gzip cannot shrink by more than about 1030; what claims more than this is not believed when it is large.</summary>
    private const int MaxCompression = 2000;

    private const long BelievedBytes = 64L << 20;

    private const int PieceBytes = 32 << 20;

    /// <summary>Reads everything, row-major.</summary>
    /// <typeparam name="T">float, double, long, int or byte; values that do not fit are clamped, fractions cut (HDF5's rules).</typeparam>
    /// <exception cref="DataFormatException">
    /// The elements are not numbers, the data is damaged, or its claimed size is beyond memory or belief.
    /// </exception>
    public T[] Read<T>()
        where T : unmanaged
    {
        RequireBelievable(Unsafe.SizeOf<T>());
        var values = new T[Count];
        ReadSlice<T>(new long[_shape.Length], _shape, values);
        return values;
    }

    /// <summary>Reads a box, row-major.</summary>
    /// <typeparam name="T">float, double, long, int or byte.</typeparam>
    /// <param name="start">First index along each axis.</param>
    /// <param name="count">Size along each axis.</param>
    /// <param name="destination">Receives the product of <paramref name="count"/> elements; not shorter than that.</param>
    /// <exception cref="ArgumentException">The box leaves the dataset, or the destination is too short.</exception>
    /// <exception cref="DataFormatException">The elements are not numbers, or the data is damaged.</exception>
    public void ReadSlice<T>(ReadOnlySpan<long> start, ReadOnlySpan<long> count, Span<T> destination)
        where T : unmanaged
    {
        if (!ElementType.IsNumeric)
        {
            throw Error($"is of type {ElementType}, expected numbers");
        }

        long elements = RequireInside(start, count, destination.Length);
        if (elements > 0)
        {
            ReadPieces(start, count, destination[..(int)elements]);
        }
    }

    /// <summary>Reads everything as text.</summary>
    /// <exception cref="DataFormatException">The elements are not text, or the data is damaged.</exception>
    public string[] ReadStrings()
    {
        Require(Hdf5Class.String, "text");
        RequireBelievable(Math.Max(ElementType.Size, 16));
        return Count == 0 ? [] : _file.Reading.ReadTexts(Name);
    }

    /// <summary>Reads everything as references to objects.</summary>
    /// <returns>The path of each object; "" for a null reference or one whose object is gone.</returns>
    /// <exception cref="DataFormatException">The elements are not references, or the data is damaged.</exception>
    public string[] ReadReferences()
    {
        Require(Hdf5Class.Reference, "references to objects");
        RequireBelievable(ElementType.Size);
        return Count == 0 ? [] : _file.Reading.ReadReferences(Name);
    }

    /// <summary>Reads rows of whole numbers: a 1-D dataset of variable-length integers, or a plain 2-D one, whose rows are equally long.</summary>
    /// <returns>[row][element]; rows may be empty. Values that do not fit 32 bits are clamped (HDF5's rule).</returns>
    /// <exception cref="DataFormatException">It is neither, the data is damaged, or its claimed size is beyond belief.</exception>
    public int[][] ReadRaggedIntegers()
    {
        const int RowSize = 16;
        if (ElementType.Class == Hdf5Class.Ragged && _shape.Length == 1)
        {
            RequireBelievable(RowSize);
            return Count == 0 ? [] : _file.Reading.ReadRagged(Name);
        }

        if (ElementType.Class == Hdf5Class.Integer && _shape.Length == 2)
        {
            int[] values = Read<int>();
            int width = (int)_shape[1];
            return [.. Enumerable.Range(0, (int)_shape[0]).Select(row => values[(row * width)..((row + 1) * width)])];
        }

        throw Error($"has shape {ShapeText} of type {ElementType}, expected rows of integers (variable-length, or a 2-D array)");
    }

    /// <summary>Refuses to set memory aside for a size that the file only claims.</summary>
    /// <param name="bytesPerElement">What one element takes in memory.</param>
    /// <exception cref="DataFormatException">More than an array holds, or large and out of all proportion to the file.</exception>
    public void RequireBelievable(int bytesPerElement)
    {
        double claimed = (double)Count * bytesPerElement;
        long stored = new FileInfo(_file.Path).Length;
        if (claimed > BelievedBytes && claimed / MaxCompression > stored)
        {
            throw Error($"claims shape {ShapeText}, impossible in a file of {stored} bytes");
        }

        if (Count > Array.MaxLength || (ElementType.Class == Hdf5Class.String && claimed > Array.MaxLength))
        {
            throw Error($"has shape {ShapeText}, more than fits one array");
        }
    }

    /// <summary>Halves a large box along its first axis until the pieces are of a size that is read within one time limit; they stay contiguous.</summary>
    private void ReadPieces<T>(ReadOnlySpan<long> start, ReadOnlySpan<long> count, Span<T> destination)
        where T : unmanaged
    {
        int axis = 0;
        while (axis < count.Length - 1 && count[axis] == 1)
        {
            axis++;
        }

        if ((long)destination.Length * Unsafe.SizeOf<T>() <= PieceBytes || count.Length == 0 || count[axis] == 1)
        {
            _file.Reading.ReadNumbers(Name, start, count, MemoryTypes.Of<T>(), MemoryMarshal.AsBytes(destination));
            return;
        }

        long half = count[axis] / 2;
        long[] head = [.. count], tail = [.. count], tailStart = [.. start];
        head[axis] = half;
        tail[axis] -= half;
        tailStart[axis] += half;
        int headLength = (int)(destination.Length / count[axis] * half);
        ReadPieces(start, head, destination[..headLength]);
        ReadPieces(tailStart, tail, destination[headLength..]);
    }

    private void Require(Hdf5Class expected, string name)
    {
        if (ElementType.Class != expected)
        {
            throw Error($"is of type {ElementType}, expected {name}");
        }
    }

    /// <summary>Checks a box against the shape and returns how many elements it has.</summary>
    private long RequireInside(ReadOnlySpan<long> start, ReadOnlySpan<long> count, long available)
    {
        if (start.Length != _shape.Length || count.Length != _shape.Length)
        {
            throw new ArgumentException($"a box in {Name} has {_shape.Length} axes", nameof(start));
        }

        long elements = 1;
        for (int axis = 0; axis < _shape.Length; axis++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(start[axis], nameof(start));
            ArgumentOutOfRangeException.ThrowIfNegative(count[axis], nameof(count));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(start[axis], _shape[axis] - count[axis], nameof(start));
            elements *= count[axis];
        }

        return elements <= available
            ? elements
            : throw new ArgumentException($"a box of {elements} elements does not fit {available}", nameof(available));
    }
}
