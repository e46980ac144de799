using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5;

/// <summary>An open HDF5 file: its groups, datasets and attributes, addressed by paths such as <c>/train_data</c>.</summary>
/// <remarks>
/// The file owns the datasets it hands out; they end with it. Every call takes the library's one lock, so a file may be
/// used from several threads, one at a time. What a file gets wrong is a <see cref="DataFormatException"/> with path and place;
/// what the disk refuses while writing is an <see cref="IOException"/>.
/// </remarks>
public sealed partial class Hdf5File : IDisposable
{
    private const int ChunkCacheSlots = 4001; // a prime, several per chunk
    private const int ChunkCacheBytes = 32 << 20;

    private readonly Dictionary<string, Hdf5Dataset> _datasets = [];
    private readonly H5Id _id;

    private Hdf5File(string path, H5Id id)
    {
        Path = path;
        _id = id;
    }

    /// <summary>The file's path, as given.</summary>
    public string Path { get; }

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">An existing HDF5 file.</param>
    /// <exception cref="DataFormatException">No such file, not an HDF5 file, or cut short.</exception>
    /// <exception cref="Hdf5LibraryException">The HDF5 library is not installed.</exception>
    public static Hdf5File OpenRead(string path)
    {
        if (!File.Exists(path))
        {
            throw new DataFormatException(path, "", Directory.Exists(path) ? "is a folder, expected an HDF5 file" : "no such file");
        }

        if (!HasSignature(path))
        {
            throw new DataFormatException(path, "", "is not an HDF5 file (no HDF5 signature)");
        }

        using Lock.Scope gate = Hdf5Library.Enter();
        // A chunk of a whole LFADS split is megabytes; in the default cache of 1 MB it would be unpacked once per trial read.
        using H5Id access = AccessProperties(isLocked: true);
        _ = H5P.SetCache(access, 0, ChunkCacheSlots, ChunkCacheBytes, 1.0);
        H5Id id = Hdf5Error.CheckRead(H5F.Open(path, H5F.ReadOnly, access), path, "", "cannot be opened, it may be damaged");
        return new Hdf5File(path, id);
    }

    /// <summary>Creates a file, or empties the one that is there.</summary>
    /// <param name="path">The new file.</param>
    /// <exception cref="IOException">The folder does not exist or may not be written.</exception>
    /// <exception cref="Hdf5LibraryException">The HDF5 library is not installed.</exception>
    public static Hdf5File Create(string path)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id access = AccessProperties(isLocked: false);
        H5Id id = H5F.Create(path, H5F.Truncate, 0, access);
        return new Hdf5File(path, Hdf5Error.CheckWrite(id, path, "", "cannot be created"));
    }

    /// <summary>Hands everything written so far to the operating system.</summary>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    public void Flush()
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        const int Global = 1; // H5F_SCOPE_GLOBAL
        Hdf5Error.CheckWrite(H5F.Flush(_id, Global), Path, "", "cannot be written");
    }

    /// <summary>Closes the datasets and the file. Call <see cref="Flush"/> before to learn of a full disk.</summary>
    public void Dispose()
    {
        foreach (Hdf5Dataset dataset in _datasets.Values)
        {
            dataset.Close();
        }

        _datasets.Clear();
        _id.Dispose();
    }

    /// <summary>Locking: a shared one for reading, where the file system has it; none for what we write.</summary>
    /// <remarks>
    /// HDF5 opens files without O_CLOEXEC: a program started meanwhile inherits the descriptor, and an exclusive lock with it, and
    /// keeps the finished file from being read. New files are ours alone (they are written under a temporary name), so none is needed.
    /// </remarks>
    private static H5Id AccessProperties(bool isLocked)
    {
        H5Id access = H5P.Create(H5T.Predefined("H5P_CLS_FILE_ACCESS_ID_g"));
        if (Hdf5Library.Exports("H5Pset_file_locking"))
        {
            _ = H5P.SetFileLocking(access, isLocked ? 1 : 0, 1);
        }

        return access;
    }

    /// <summary>Whether the eight signature bytes stand at 0, 512, 1024, 2048, … (HDF5 format specification, II.A).</summary>
    private static bool HasSignature(string path)
    {
        ReadOnlySpan<byte> signature = [0x89, (byte)'H', (byte)'D', (byte)'F', 0x0D, 0x0A, 0x1A, 0x0A];
        Span<byte> found = stackalloc byte[8];
        using FileStream stream = File.OpenRead(path);
        for (long at = 0; at + 8 <= stream.Length; at = at == 0 ? 512 : at * 2)
        {
            stream.Position = at;
            stream.ReadExactly(found);
            if (found.SequenceEqual(signature))
            {
                return true;
            }
        }

        return false;
    }
}
