using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <summary>The HDF5 C library of this machine: found once, entered by one thread at a time.</summary>
/// <remarks>
/// HDF5 serialises (or, built without thread safety, corrupts) concurrent calls; one lock around every call costs nothing
/// beside the input and output it guards, and makes both builds of the library equal.
/// </remarks>
public static class Hdf5Library
{
    private static readonly Lock Gate = new();
    private static readonly Lazy<(nint Handle, string Name)> Loaded = new(Load);

    [ThreadStatic]
    private static bool _isQuiet;

    /// <summary>The library's version, such as "1.10.8".</summary>
    /// <exception cref="Hdf5LibraryException">The library is not installed.</exception>
    public static string Version
    {
        get
        {
            using Lock.Scope gate = Enter();
            _ = H5.GetLibraryVersion(out uint major, out uint minor, out uint release);
            return string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}.{release}");
        }
    }

    /// <summary>The file the library was loaded from, or the name the system's loader knows it by.</summary>
    /// <exception cref="Hdf5LibraryException">The library is not installed.</exception>
    public static string Path
    {
        get
        {
            string name = Loaded.Value.Name;
            using var process = Process.GetCurrentProcess();
            foreach (ProcessModule module in process.Modules)
            {
                if (module.FileName is string file && file.Contains("hdf5", StringComparison.OrdinalIgnoreCase)
                    && !file.EndsWith("UnetSpikes.Hdf5.dll", StringComparison.OrdinalIgnoreCase)
                    && System.IO.Path.GetFileName(file).Contains("hdf5", StringComparison.OrdinalIgnoreCase))
                {
                    return file;
                }
            }

            return name;
        }
    }

    /// <summary>Waits for the library to be free, loads it on first use, and starts from an empty error stack.</summary>
    /// <exception cref="Hdf5LibraryException">The library is not installed.</exception>
    internal static Lock.Scope Enter()
    {
        _ = Loaded.Value;
        Lock.Scope scope = Gate.EnterScope();
        if (!_isQuiet)
        {
            // A thread-safe build keeps one error stack, with its own printing, per thread.
            H5E.SilencePrinting();
            _isQuiet = true;
        }

        H5E.Clear();
        return scope;
    }

    /// <summary>Whether this version of the library has a function.</summary>
    internal static bool Exports(string function) => NativeLibrary.TryGetExport(Loaded.Value.Handle, function, out _);

    /// <summary>Reads one of the exported hid_t variables, such as <c>H5T_NATIVE_INT64_g</c>, set by H5open.</summary>
    internal static long ReadIdVariable(string symbol)
    {
        if (!NativeLibrary.TryGetExport(Loaded.Value.Handle, symbol, out nint address))
        {
            throw new Hdf5LibraryException($"{Loaded.Value.Name} does not export {symbol}; version 1.8 or later is needed");
        }

        return Marshal.ReadInt64(address);
    }

    private static (nint Handle, string Name) Load()
    {
        (nint handle, string name) = Hdf5LibraryNames.Find();
        NativeLibrary.SetDllImportResolver(typeof(H5).Assembly, (library, _, _) => library == H5.Library ? handle : 0);
        if (H5.Open() < 0)
        {
            throw new Hdf5LibraryException($"{name} does not start (H5open failed)");
        }

        return (handle, name);
    }
}
