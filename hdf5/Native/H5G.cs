using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>H5Gpublic.h: groups.</summary>
internal static partial class H5G
{
    [LibraryImport(H5.Library, EntryPoint = "H5Gcreate2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial H5Id Create(H5Id location, string name, H5Id linkCreate, nint groupCreate, nint access);

    [LibraryImport(H5.Library, EntryPoint = "H5Gget_info")]
    public static partial int GetInfo(H5Id group, out Info info);

    /// <summary>H5G_info_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Info
    {
        public int StorageType;
        public ulong LinkCount;
        public long MaxCreationOrder;
        public byte IsMounted;
    }
}
