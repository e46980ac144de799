using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>H5Fpublic.h: files.</summary>
internal static partial class H5F
{
    /// <summary>H5F_ACC_RDONLY.</summary>
    public const uint ReadOnly = 0;

    /// <summary>H5F_ACC_TRUNC: an existing file is emptied.</summary>
    public const uint Truncate = 2;

    [LibraryImport(H5.Library, EntryPoint = "H5Fopen", StringMarshalling = StringMarshalling.Utf8)]
    public static partial H5Id Open(string path, uint flags, H5Id access);

    [LibraryImport(H5.Library, EntryPoint = "H5Fcreate", StringMarshalling = StringMarshalling.Utf8)]
    public static partial H5Id Create(string path, uint flags, nint create, H5Id access);

    [LibraryImport(H5.Library, EntryPoint = "H5Fflush")]
    public static partial int Flush(H5Id file, int scope);
}
