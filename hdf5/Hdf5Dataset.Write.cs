using UnetSpikes.Hdf5.Native;
using UnetSpikes.Hdf5.Reading;

namespace UnetSpikes.Hdf5;

/// <content>Writing.</content>
public sealed partial class Hdf5Dataset
{
    /// <summary>Writes everything, row-major.</summary>
    /// <typeparam name="T">float, double, long, int or byte; converted by HDF5 to the dataset's type.</typeparam>
    /// <param name="values">As many elements as the dataset has.</param>
    /// <exception cref="ArgumentException">Another number of elements.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Write<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (values.Length != Count)
        {
            throw new ArgumentException($"{values.Length} values for {Name} of shape {ShapeText}", nameof(values));
        }

        WriteSlice(new long[_shape.Length], _shape, values);
    }

    /// <summary>Writes a box, row-major.</summary>
    /// <typeparam name="T">float, double, long, int or byte; converted by HDF5 to the dataset's type.</typeparam>
    /// <param name="start">First index along each axis.</param>
    /// <param name="count">Size along each axis.</param>
    /// <param name="values">At least the product of <paramref name="count"/> elements.</param>
    /// <exception cref="ArgumentException">The box leaves the dataset, or there are too few values.</exception>
    /// <exception cref="IOException">The disk refuses.</exception>
    public unsafe void WriteSlice<T>(ReadOnlySpan<long> start, ReadOnlySpan<long> count, ReadOnlySpan<T> values)
        where T : unmanaged
    {
        if (RequireInside(start, count, values.Length) == 0)
        {
            return;
        }

        using Lock.Scope gate = Hdf5Library.Enter();
        H5Id dataset = _file.Created.Dataset(Name);
        using H5Id file = _file.Created.Select(dataset, Name, start, count);
        using H5Id memory = Hdf5Shape.ToSpace(count, canGrow: false);
        fixed (T* first = values)
        {
            int status = H5D.Write(dataset, MemoryTypes.Of<T>().ToNative(), memory, file, 0, (nint)first);
            Hdf5Error.CheckWrite(status, _file.Path, Name, "cannot be written");
        }
    }

    /// <summary>Makes the first axis longer; the dataset must have been created so that it can grow.</summary>
    /// <param name="rows">The first axis's new size.</param>
    /// <exception cref="IOException">The dataset cannot grow, or the disk refuses.</exception>
    public void Extend(long rows)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        long[] shape = [rows, .. _shape.Skip(1)];
        Hdf5Error.CheckWrite(H5D.SetExtent(_file.Created.Dataset(Name), Hdf5Shape.ToNative(shape)), _file.Path, Name, "cannot grow");
        _shape = shape;
    }

    /// <summary>Writes everything from memory laid out as <paramref name="memoryType"/> says.</summary>
    internal void WriteRaw(H5Id memoryType, nint buffer)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        if (Count > 0)
        {
            H5Id dataset = _file.Created.Dataset(Name);
            using H5Id space = H5D.GetSpace(dataset);
            Hdf5Error.CheckWrite(H5D.Write(dataset, memoryType, space, space, 0, buffer), _file.Path, Name, "cannot be written");
        }
    }
}
