using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>H5Dpublic.h: datasets.</summary>
internal static partial class H5D
{
    [LibraryImport(H5.Library, EntryPoint = "H5Dcreate2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial H5Id Create(H5Id location, string name, H5Id type, H5Id space, H5Id linkCreate, H5Id create, nint access);

    [LibraryImport(H5.Library, EntryPoint = "H5Dget_space")]
    public static partial H5Id GetSpace(H5Id dataset);

    [LibraryImport(H5.Library, EntryPoint = "H5Dget_type")]
    public static partial H5Id GetElementType(H5Id dataset);

    [LibraryImport(H5.Library, EntryPoint = "H5Dget_create_plist")]
    public static partial H5Id GetCreateProperties(H5Id dataset);

    [LibraryImport(H5.Library, EntryPoint = "H5Dset_extent")]
    public static partial int SetExtent(H5Id dataset, ReadOnlySpan<ulong> shape);

    [LibraryImport(H5.Library, EntryPoint = "H5Dread")]
    public static partial int Read(H5Id dataset, H5Id memoryType, nint memorySpace, nint fileSpace, nint transfer, nint buffer);

    [LibraryImport(H5.Library, EntryPoint = "H5Dread")]
    public static partial int Read(H5Id dataset, H5Id memoryType, H5Id memorySpace, H5Id fileSpace, nint transfer, nint buffer);

    [LibraryImport(H5.Library, EntryPoint = "H5Dwrite")]
    public static partial int Write(H5Id dataset, H5Id memoryType, H5Id memorySpace, H5Id fileSpace, nint transfer, nint buffer);

    /// <summary>How many bytes the rows of variable length take in memory as this type.</summary>
    [LibraryImport(H5.Library, EntryPoint = "H5Dvlen_get_buf_size")]
    public static partial int GetRaggedSize(H5Id dataset, H5Id memoryType, H5Id space, out ulong bytes);

    /// <summary>Frees the rows of variable length that <see cref="Read(H5Id, H5Id, nint, nint, nint, nint)"/> made.</summary>
    [LibraryImport(H5.Library, EntryPoint = "H5Dvlen_reclaim")]
    public static partial int FreeRagged(H5Id memoryType, H5Id space, nint transfer, nint buffer);
}
