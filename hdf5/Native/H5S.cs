using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>H5Spublic.h: shapes and selections.</summary>
internal static partial class H5S
{
    /// <summary>H5S_SCALAR, for <see cref="Create"/>.</summary>
    public const int Scalar = 0;

    /// <summary>H5S_UNLIMITED: an axis that may grow for ever.</summary>
    public const ulong Unlimited = ulong.MaxValue;

    [LibraryImport(H5.Library, EntryPoint = "H5Screate")]
    public static partial H5Id Create(int kind);

    [LibraryImport(H5.Library, EntryPoint = "H5Screate_simple")]
    public static partial H5Id CreateSimple(int rank, ReadOnlySpan<ulong> shape, ReadOnlySpan<ulong> largest);

    [LibraryImport(H5.Library, EntryPoint = "H5Sget_simple_extent_ndims")]
    public static partial int GetRank(H5Id space);

    [LibraryImport(H5.Library, EntryPoint = "H5Sget_simple_extent_dims")]
    public static partial int GetShape(H5Id space, Span<ulong> shape, Span<ulong> largest);

    /// <summary>Selects a box; operation 0 replaces the selection (H5S_SELECT_SET); empty stride and block mean 1.</summary>
    [LibraryImport(H5.Library, EntryPoint = "H5Sselect_hyperslab")]
    public static partial int SelectBox(
        H5Id space, int operation, ReadOnlySpan<ulong> start, ReadOnlySpan<ulong> stride, ReadOnlySpan<ulong> count, ReadOnlySpan<ulong> block);
}
