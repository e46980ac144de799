using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>H5Lpublic.h and H5Opublic.h: links and what they lead to.</summary>
internal static partial class H5L
{
    [LibraryImport(H5.Library, EntryPoint = "H5Lexists", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Exists(H5Id location, string name, nint access);

    /// <summary>The name of link <paramref name="index"/> in alphabetical order; returns its length.</summary>
    [LibraryImport(H5.Library, EntryPoint = "H5Lget_name_by_idx", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint GetNameByIndex(
        H5Id location, string group, int indexType, int order, ulong index, Span<byte> name, nuint size, nint access);

    [LibraryImport(H5.Library, EntryPoint = "H5Oopen", StringMarshalling = StringMarshalling.Utf8)]
    public static partial H5Id OpenObject(H5Id location, string name, nint access);
}
