using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>H5Apublic.h: attributes.</summary>
internal static partial class H5A
{
    [LibraryImport(H5.Library, EntryPoint = "H5Aexists", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Exists(H5Id owner, string name);

    [LibraryImport(H5.Library, EntryPoint = "H5Aopen", StringMarshalling = StringMarshalling.Utf8)]
    public static partial H5Id Open(H5Id owner, string name, nint access);

    [LibraryImport(H5.Library, EntryPoint = "H5Acreate2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial H5Id Create(H5Id owner, string name, H5Id type, H5Id space, nint create, nint access);

    [LibraryImport(H5.Library, EntryPoint = "H5Aget_space")]
    public static partial H5Id GetSpace(H5Id attribute);

    [LibraryImport(H5.Library, EntryPoint = "H5Aget_type")]
    public static partial H5Id GetElementType(H5Id attribute);

    [LibraryImport(H5.Library, EntryPoint = "H5Aread")]
    public static partial int Read(H5Id attribute, H5Id memoryType, nint buffer);

    [LibraryImport(H5.Library, EntryPoint = "H5Awrite")]
    public static partial int Write(H5Id attribute, H5Id memoryType, nint buffer);
}
