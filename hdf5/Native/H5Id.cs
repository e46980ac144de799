using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>One reference to an HDF5 object of any kind (hid_t); released once, also when forgotten.</summary>
/// <remarks>H5Idec_ref closes files, datasets, dataspaces, types, property lists and attributes alike.</remarks>
internal sealed class H5Id : SafeHandle
{
    /// <summary>Made by the marshaller, which then fills it in.</summary>
    public H5Id()
        : base(-1, ownsHandle: true)
    {
    }

    private H5Id(nint borrowed)
        : base(borrowed, ownsHandle: false)
    {
    }

    /// <summary>Zero is "no object" (H5P_DEFAULT, H5S_ALL), negative a failure.</summary>
    public override bool IsInvalid => handle <= 0;

    /// <summary>One of the library's own ids, such as H5T_NATIVE_FLOAT; never closed.</summary>
    public static H5Id Borrow(long id)
    {
        var borrowed = new H5Id(-1);
        borrowed.SetHandle((nint)id);
        return borrowed;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        // The finalizer's thread comes through here too; the library serves one thread at a time.
        using Lock.Scope gate = Hdf5Library.Enter();
        return H5I.DecrementReference(handle) >= 0;
    }
}
