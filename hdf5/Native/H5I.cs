using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>H5Ipublic.h: reference counts and kinds of ids.</summary>
internal static partial class H5I
{
    /// <summary>H5I_GROUP.</summary>
    public const int Group = 2;

    /// <summary>H5I_DATASET.</summary>
    public const int Dataset = 5;

    [LibraryImport(H5.Library, EntryPoint = "H5Idec_ref")]
    public static partial int DecrementReference(nint id);

    [LibraryImport(H5.Library, EntryPoint = "H5Iget_type")]
    public static partial int GetKind(H5Id id);
}
