using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <summary>Shapes between HDF5's unsigned and our signed 64-bit sizes.</summary>
internal static class Hdf5Shape
{
    /// <summary>The shape of a dataspace; empty for a scalar.</summary>
    /// <exception cref="DataFormatException">The shape claims more than 2^63 elements.</exception>
    public static long[] Of(H5Id space, string path, string place)
    {
        int rank = H5S.GetRank(space);
        Hdf5Error.CheckRead(rank, path, place, "has no shape");
        Span<ulong> sizes = stackalloc ulong[rank];
        Hdf5Error.CheckRead(H5S.GetShape(space, sizes, default), path, place, "has no shape");
        var shape = new long[rank];
        var product = UInt128.One;
        for (int axis = 0; axis < rank; axis++)
        {
            product *= Math.Max(sizes[axis], 1);
            if (product > long.MaxValue)
            {
                throw new DataFormatException(path, place, $"claims an impossible size (axis {axis} has {sizes[axis]} elements)");
            }

            shape[axis] = (long)sizes[axis];
        }

        return shape;
    }

    /// <summary>A dataspace of this shape whose first axis may grow, if so wished.</summary>
    public static H5Id ToSpace(ReadOnlySpan<long> shape, bool canGrow)
    {
        if (shape.Length == 0)
        {
            return H5S.Create(H5S.Scalar);
        }

        ulong[] sizes = ToNative(shape);
        ulong[] largest = [.. sizes];
        if (canGrow)
        {
            largest[0] = H5S.Unlimited;
        }

        return H5S.CreateSimple(sizes.Length, sizes, largest);
    }

    /// <summary>The same sizes, unsigned.</summary>
    public static ulong[] ToNative(ReadOnlySpan<long> shape)
    {
        var sizes = new ulong[shape.Length];
        for (int axis = 0; axis < sizes.Length; axis++)
        {
            sizes[axis] = checked((ulong)shape[axis]);
        }

        return sizes;
    }
}
