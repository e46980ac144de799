using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>H5Rpublic.h: references, as files of before 1.12 hold them.</summary>
internal static partial class H5R
{
    /// <summary>The path of the object a reference leads to; returns its length.</summary>
    [LibraryImport(H5.Library, EntryPoint = "H5Rget_name")]
    public static partial nint GetName(H5Id location, int kind, in ulong reference, Span<byte> name, nuint size);

    /// <summary>Makes a reference to an object.</summary>
    [LibraryImport(H5.Library, EntryPoint = "H5Rcreate", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Create(out ulong reference, H5Id location, string name, int kind, nint space);
}
