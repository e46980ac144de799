using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>H5Ppublic.h: property lists.</summary>
internal static partial class H5P
{
    /// <summary>H5D_CHUNKED, a dataset's layout.</summary>
    public const int Chunked = 2;

    /// <summary>H5Z_FILTER_DEFLATE (gzip).</summary>
    public const int Gzip = 1;

    /// <summary>H5Z_FILTER_SHUFFLE.</summary>
    public const int Shuffle = 2;

    [LibraryImport(H5.Library, EntryPoint = "H5Pcreate")]
    public static partial H5Id Create(H5Id kind);

    [LibraryImport(H5.Library, EntryPoint = "H5Pset_create_intermediate_group")]
    public static partial int SetCreateParents(H5Id list, uint create);

    [LibraryImport(H5.Library, EntryPoint = "H5Pset_obj_track_times")]
    public static partial int SetTrackTimes(H5Id list, byte track);

    [LibraryImport(H5.Library, EntryPoint = "H5Pset_chunk")]
    public static partial int SetChunk(H5Id list, int rank, ReadOnlySpan<ulong> shape);

    [LibraryImport(H5.Library, EntryPoint = "H5Pget_chunk")]
    public static partial int GetChunk(H5Id list, int rank, Span<ulong> shape);

    [LibraryImport(H5.Library, EntryPoint = "H5Pset_shuffle")]
    public static partial int SetShuffle(H5Id list);

    [LibraryImport(H5.Library, EntryPoint = "H5Pset_deflate")]
    public static partial int SetGzip(H5Id list, uint level);

    [LibraryImport(H5.Library, EntryPoint = "H5Pget_layout")]
    public static partial int GetLayout(H5Id list);

    [LibraryImport(H5.Library, EntryPoint = "H5Pget_nfilters")]
    public static partial int GetFilterCount(H5Id list);

    /// <summary>Sizes of the caches of every dataset of a file: chunk slots, bytes, and the preemption weight.</summary>
    [LibraryImport(H5.Library, EntryPoint = "H5Pset_cache")]
    public static partial int SetCache(H5Id list, int unused, nuint chunkSlots, nuint chunkBytes, double weight);

    /// <summary>Whether the file is locked (flock), and whether it may be opened where the file system has no locks. Since 1.10.7.</summary>
    [LibraryImport(H5.Library, EntryPoint = "H5Pset_file_locking")]
    public static partial int SetFileLocking(H5Id list, int isUsed, int isIgnoredWhereMissing);
}
