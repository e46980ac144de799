using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5.Native;

/// <summary>H5Epublic.h: the error stack of the calling thread.</summary>
internal static unsafe partial class H5E
{
    /// <summary>Turns HDF5's own printing to stderr off for this thread.</summary>
    public static void SilencePrinting() => _ = SetAuto(0, 0, 0);

    /// <summary>Empties the stack, so that what is found there later is new.</summary>
    public static void Clear() => _ = ClearStack(0);

    /// <summary>What the innermost function said when the last call failed; empty when the stack is.</summary>
    public static string DeepestMessage()
    {
        string message = "";
        GCHandle target = GCHandle.Alloc(new StrongBox<string>(message));
        try
        {
            const int Upward = 0; // H5E_WALK_UPWARD begins at the innermost function.
            _ = Walk(0, Upward, &Visit, GCHandle.ToIntPtr(target));
            message = ((StrongBox<string>)target.Target!).Value!;
        }
        finally
        {
            target.Free();
        }

        return message;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Visit(uint position, ErrorRecord* record, nint target)
    {
        if (position == 0 && GCHandle.FromIntPtr(target).Target is StrongBox<string> box)
        {
            box.Value = Marshal.PtrToStringUTF8(record->Description) ?? "";
        }

        return 0;
    }

    [LibraryImport(H5.Library, EntryPoint = "H5Eset_auto2")]
    private static partial int SetAuto(nint stack, nint function, nint data);

    [LibraryImport(H5.Library, EntryPoint = "H5Eclear2")]
    private static partial int ClearStack(nint stack);

    [LibraryImport(H5.Library, EntryPoint = "H5Ewalk2")]
    private static partial int Walk(nint stack, int direction, delegate* unmanaged[Cdecl]<uint, ErrorRecord*, nint, int> visit, nint data);

    /// <summary>H5E_error2_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ErrorRecord
    {
        public long ClassId;
        public long Major;
        public long Minor;
        public uint Line;
        public nint FunctionName;
        public nint FileName;
        public nint Description;
    }
}
