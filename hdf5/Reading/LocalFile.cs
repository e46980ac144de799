using System.Text;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

namespace UnetSpikes.Hdf5.Reading;

/// <summary>A file open in this process: what reader processes serve from, and what files being written are.</summary>
/// <remarks>A damaged file can take the process down with it (SIGSEGV in 1.10.8), so only a reader process opens files it did not create.</remarks>
internal sealed partial class LocalFile : IFileReading
{
    private const int ChunkCacheSlots = 4001; // a prime, several per chunk
    private const int ChunkCacheBytes = 32 << 20;

    private readonly Dictionary<string, H5Id> _datasets = [];

    private LocalFile(string path, H5Id id)
    {
        Path = path;
        Id = id;
    }

    /// <summary>The file's path, as given.</summary>
    public string Path { get; }

    /// <summary>The library's id.</summary>
    public H5Id Id { get; }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="DataFormatException">The library cannot open it.</exception>
    public static LocalFile OpenRead(string path)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        // A chunk of a whole LFADS split is megabytes; in the default cache of 1 MB it would be unpacked once per trial read.
        using H5Id access = AccessProperties(isLocked: true);
        _ = H5P.SetCache(access, 0, ChunkCacheSlots, ChunkCacheBytes, 1.0);
        H5Id id = Hdf5Error.CheckRead(H5F.Open(path, H5F.ReadOnly, access), path, "", "cannot be opened, it may be damaged");
        return new LocalFile(path, id);
    }

    /// <summary>Creates a file, or empties the one that is there.</summary>
    /// <exception cref="IOException">The folder does not exist or may not be written.</exception>
    public static LocalFile Create(string path)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id access = AccessProperties(isLocked: false);
        H5Id id = H5F.Create(path, H5F.Truncate, 0, access);
        return new LocalFile(path, Hdf5Error.CheckWrite(id, path, "", "cannot be created"));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Keys(string group)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id id = Hdf5Error.CheckRead(H5L.OpenObject(Id, group, 0), Path, group, "is missing, expected a group");
        Hdf5Error.CheckRead(H5G.GetInfo(id, out H5G.Info info), Path, group, "is not a readable group");
        var names = new List<string>();
        for (ulong i = 0; i < info.LinkCount; i++)
        {
            names.Add(LinkName(id, group, i));
        }

        return names;
    }

    /// <inheritdoc/>
    public Hdf5ObjectKind Kind(string path)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        if (!LinkExists(path))
        {
            return Hdf5ObjectKind.Missing;
        }

        using H5Id id = H5L.OpenObject(Id, path, 0);
        if (id.IsInvalid)
        {
            return Hdf5ObjectKind.Missing;
        }

        return H5I.GetKind(id) switch
        {
            H5I.Group => Hdf5ObjectKind.Group,
            H5I.Dataset => Hdf5ObjectKind.Dataset,
            _ => Hdf5ObjectKind.Other,
        };
    }

    /// <summary>Closes the datasets and the file.</summary>
    public void Dispose()
    {
        foreach (H5Id dataset in _datasets.Values)
        {
            dataset.Dispose();
        }

        _datasets.Clear();
        Id.Dispose();
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

    /// <summary>Each part of the path has to be a link: HDF5 itself fails where a parent is missing.</summary>
    private bool LinkExists(string path)
    {
        if (path.Length == 0)
        {
            return false;
        }

        for (int end = path.IndexOf('/', 1); ; end = path.IndexOf('/', end + 1))
        {
            string part = end < 0 ? path : path[..end];
            if (part is not ("/" or "") && H5L.Exists(Id, part, 0) <= 0)
            {
                return false;
            }

            if (end < 0)
            {
                return true;
            }
        }
    }

    private string LinkName(H5Id group, string groupPath, ulong index)
    {
        const int ByName = 0; // H5_INDEX_NAME
        const int Increasing = 0; // H5_ITER_INC
        nint length = H5L.GetNameByIndex(group, ".", ByName, Increasing, index, default, 0, 0);
        Hdf5Error.CheckRead(length, Path, groupPath, "cannot be listed, it may be damaged");
        var bytes = new byte[(int)length + 1];
        length = H5L.GetNameByIndex(group, ".", ByName, Increasing, index, bytes, (nuint)bytes.Length, 0);
        Hdf5Error.CheckRead(length, Path, groupPath, "cannot be listed, it may be damaged");
        return Encoding.UTF8.GetString(bytes.AsSpan(0, bytes.Length - 1));
    }
}
