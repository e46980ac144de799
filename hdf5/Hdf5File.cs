using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;
using UnetSpikes.Hdf5.Readers;
using UnetSpikes.Hdf5.Reading;

namespace UnetSpikes.Hdf5;

/// <summary>An open HDF5 file: its groups, datasets and attributes, addressed by paths such as <c>/train_data</c>.</summary>
/// <remarks>
/// A file opened for reading is opened in a process of its own (<see cref="ReaderProgram"/>): a damaged one can crash or hang the HDF5
/// library, which then is one line about that file. Files read side by side are read in parallel for the same reason. The file owns the datasets it
/// hands out; they end with it. It may be used from several threads, one at a time. What a file gets wrong is a
/// <see cref="DataFormatException"/> with path and place; what the disk refuses while writing is an <see cref="IOException"/>.
/// </remarks>
public sealed partial class Hdf5File : IDisposable
{
    private readonly Dictionary<string, Hdf5Dataset> _datasets = [];
    private readonly LocalFile? _created;

    private Hdf5File(string path, IFileReading reading)
    {
        Path = path;
        Reading = reading;
        _created = reading as LocalFile;
    }

    /// <summary>The file's path, as given.</summary>
    public string Path { get; }

    /// <summary>What answers questions about the file.</summary>
    internal IFileReading Reading { get; }

    /// <summary>The file as one being written.</summary>
    internal LocalFile Created => _created ?? throw new InvalidOperationException($"{Path} was opened for reading");

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

        return HasSignature(path)
            ? new Hdf5File(path, RemoteFile.Open(path))
            : throw new DataFormatException(path, "", "is not an HDF5 file (no HDF5 signature)");
    }

    /// <summary>Creates a file, or empties the one that is there.</summary>
    /// <param name="path">The new file.</param>
    /// <exception cref="IOException">The folder does not exist or may not be written.</exception>
    /// <exception cref="Hdf5LibraryException">The HDF5 library is not installed.</exception>
    public static Hdf5File Create(string path) => new(path, LocalFile.Create(path));

    /// <summary>Whether a file begins as HDF5 files do: the eight signature bytes at 0, 512, 1024, 2048, … (HDF5 format specification, II.A).</summary>
    /// <param name="path">An existing file.</param>
    public static bool HasSignature(string path)
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

    /// <summary>Hands everything written so far to the operating system.</summary>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    public void Flush()
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        const int Global = 1; // H5F_SCOPE_GLOBAL
        Hdf5Error.CheckWrite(H5F.Flush(Created.Id, Global), Path, "", "cannot be written");
    }

    /// <summary>Closes the datasets and the file. Call <see cref="Flush"/> before to learn of a full disk.</summary>
    public void Dispose()
    {
        _datasets.Clear();
        Reading.Dispose();
    }
}
