using System.Runtime.CompilerServices;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <content>Reading. Elements are converted by HDF5 to the type asked for.</content>
public sealed partial class Hdf5Dataset
{
    /// <summary>gzip cannot shrink by more than about 1030; what claims more than this is not believed when it is large.</summary>
    private const int MaxCompression = 2000;

    private const long BelievedBytes = 64L << 20;

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
        ReadAll(values);
        return values;
    }

    /// <summary>Reads a box, row-major.</summary>
    /// <typeparam name="T">float, double, long, int or byte.</typeparam>
    /// <param name="start">First index along each axis.</param>
    /// <param name="count">Size along each axis.</param>
    /// <param name="destination">Receives the product of <paramref name="count"/> elements; not shorter than that.</param>
    /// <exception cref="ArgumentException">The box leaves the dataset, or the destination is too short.</exception>
    /// <exception cref="DataFormatException">The elements are not numbers, or the data is damaged.</exception>
    public unsafe void ReadSlice<T>(ReadOnlySpan<long> start, ReadOnlySpan<long> count, Span<T> destination)
        where T : unmanaged
    {
        RequireNumeric();
        if (RequireInside(start, count, destination.Length) == 0)
        {
            return;
        }

        if (_shape.Length == 0)
        {
            ReadAll(destination[..1]);
            return;
        }

        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id file = SelectBox(start, count);
        using H5Id memory = Hdf5Shape.ToSpace(count, canGrow: false);
        fixed (T* first = destination)
        {
            int status = H5D.Read(_id, Hdf5Type.InMemory<T>(), memory, file, 0, (nint)first);
            Hdf5Error.CheckRead(status, _file.Path, Name, "cannot be read, the file may be damaged or cut short");
        }
    }

    /// <summary>Reads everything as text.</summary>
    /// <exception cref="DataFormatException">The elements are not text, or the data is damaged.</exception>
    public string[] ReadStrings()
    {
        RequireBelievable(Math.Max(ElementType.Size, 16));
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id type = Hdf5Error.CheckRead(H5D.GetElementType(_id), _file.Path, Name, "has no type");
        return Count == 0 && ElementType.Class == Hdf5Class.String
            ? []
            : Hdf5Text.Read(type, (int)Count, _file.Path, Name, (memory, buffer) => H5D.Read(_id, memory, 0, 0, 0, buffer));
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

    private unsafe void ReadAll<T>(Span<T> destination)
        where T : unmanaged
    {
        RequireNumeric();
        if (destination.Length == 0)
        {
            return;
        }

        using Lock.Scope gate = Hdf5Library.Enter();
        fixed (T* first = destination)
        {
            int status = H5D.Read(_id, Hdf5Type.InMemory<T>(), 0, 0, 0, (nint)first);
            Hdf5Error.CheckRead(status, _file.Path, Name, "cannot be read, the file may be damaged or cut short");
        }
    }

    private void RequireNumeric()
    {
        if (!ElementType.IsNumeric)
        {
            throw Error($"is of type {ElementType}, expected numbers");
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

    private H5Id SelectBox(ReadOnlySpan<long> start, ReadOnlySpan<long> count)
    {
        H5Id space = Hdf5Error.CheckRead(H5D.GetSpace(_id), _file.Path, Name, "has no shape");
        const int Set = 0; // H5S_SELECT_SET
        int status = H5S.SelectBox(space, Set, Hdf5Shape.ToNative(start), default, Hdf5Shape.ToNative(count), default);
        if (status < 0)
        {
            space.Dispose();
        }

        Hdf5Error.CheckRead(status, _file.Path, Name, "does not hold the box asked for");
        return space;
    }
}
