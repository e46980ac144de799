using System.Runtime.InteropServices;

namespace UnetSpikes.Hdf5;

/// <summary>Where the HDF5 C library may be on each system, and what to say when it is nowhere.</summary>
internal static class Hdf5LibraryNames
{
    /// <summary>An environment variable that names the library's file and goes before everything else.</summary>
    public const string Variable = "UNETSPIKES_HDF5_LIBRARY";

    /// <summary>Loads the first library that is there.</summary>
    /// <exception cref="Hdf5LibraryException">None is.</exception>
    public static (nint Handle, string Name) Find() => Find(Candidates());

    /// <summary>Loads the first of <paramref name="candidates"/> that is there.</summary>
    /// <exception cref="Hdf5LibraryException">None is.</exception>
    internal static (nint Handle, string Name) Find(IReadOnlyList<string> candidates)
    {
        foreach (string name in candidates)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
            {
                return (handle, name);
            }
        }

        throw new Hdf5LibraryException(
            $"not found (looked for {string.Join(", ", candidates)}); install it with: {InstallCommand()}, or set {Variable} to its path");
    }

    private static List<string> Candidates()
    {
        var names = new List<string>();
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen)
        {
            names.Add(chosen);
        }

        string? conda = Environment.GetEnvironmentVariable("CONDA_PREFIX");
        if (OperatingSystem.IsWindows())
        {
            names.Add("hdf5.dll");
            AddUnder(names, conda, "Library", "bin", "hdf5.dll");
        }
        else if (OperatingSystem.IsMacOS())
        {
            names.AddRange(["libhdf5.dylib", "/opt/homebrew/lib/libhdf5.dylib", "/usr/local/lib/libhdf5.dylib"]);
            AddUnder(names, conda, "lib", "libhdf5.dylib");
        }
        else
        {
            // .103 = 1.10, .200 = 1.12, .310 and .320 = 1.14 and 2.0; Debian's serial build carries the word in its name.
            names.AddRange([
                "libhdf5_serial.so.103", "libhdf5.so.103", "libhdf5_serial.so.310", "libhdf5.so.310", "libhdf5_serial.so.200",
                "libhdf5.so.200", "libhdf5.so.320", "libhdf5_serial.so", "libhdf5.so"]);
            AddUnder(names, conda, "lib", "libhdf5.so");
        }

        return names;
    }

    private static void AddUnder(List<string> names, string? root, params string[] parts)
    {
        if (!string.IsNullOrEmpty(root))
        {
            names.Add(Path.Combine([root, .. parts]));
        }
    }

    private static string InstallCommand() =>
        OperatingSystem.IsWindows() ? "conda install hdf5"
        : OperatingSystem.IsMacOS() ? "brew install hdf5"
        : "sudo apt-get install libhdf5-103-1";
}
