using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>H5public.h: the library as a whole.</summary>
internal static partial class H5
{
    /// <summary>The name every import uses; <see cref="Hdf5Library"/> resolves it to the file that is installed.</summary>
    public const string Library = "hdf5";

    [LibraryImport(Library, EntryPoint = "H5open")]
    public static partial int Open();

    [LibraryImport(Library, EntryPoint = "H5get_libversion")]
    public static partial int GetLibraryVersion(out uint major, out uint minor, out uint release);

    [LibraryImport(Library, EntryPoint = "H5free_memory")]
    public static partial int FreeMemory(nint memory);
}
