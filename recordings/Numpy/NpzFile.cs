using System.Globalization;
using System.IO.Compression;
using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Numpy;

/// <summary>Several numpy arrays in a zip file, as <c>numpy.savez</c> and <c>savez_compressed</c> write them.</summary>
public sealed class NpzFile : IDisposable
{
    private const string Extension = ".npy";

    private readonly ZipArchive _zip;
    private readonly List<NpyArray> _open = [];
    private readonly Dictionary<string, (ZipArchiveEntry Entry, NpyHeader Header)> _arrays = [];

    private NpzFile(string path, ZipArchive zip) => (Path, _zip) = (path, zip);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The arrays' names, in alphabetical order.</summary>
    public IReadOnlyList<string> Names => [.. _arrays.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Opens a file and reads what its arrays are.</summary>
    /// <param name="path">An existing file.</param>
    /// <exception cref="DataFormatException">No whole zip file of numpy arrays.</exception>
    public static NpzFile Open(string path)
    {
        FileStream stream = File.Exists(path) ? File.OpenRead(path) : throw new DataFormatException(path, "", "no such file");
        try
        {
            return Guarded(path, "", () =>
            {
                var npz = new NpzFile(path, new ZipArchive(stream, ZipArchiveMode.Read));
                npz.ReadHeaders();
                return npz;
            });
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Whether there is an array of a name.</summary>
    /// <param name="name">Without ".npy".</param>
    public bool Has(string name) => _arrays.ContainsKey(name);

    /// <summary>An array's type, order and shape, before it is unpacked.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    public NpyHeader Header(string name) => _arrays[name].Header;

    /// <summary>Unpacks an array into a file that is gone when this one is closed: zip files are read from their beginning only, counts by pieces.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <exception cref="DataFormatException">It is damaged.</exception>
    public NpyArray Array(string name)
    {
        ZipArchiveEntry entry = _arrays[name].Entry;
        string temporary = System.IO.Path.Combine(System.IO.Path.GetTempPath(), System.IO.Path.GetRandomFileName());
        var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, bufferSize: 0);
        File.Delete(temporary); // lives on while it is open, and never longer
        try
        {
            NpyArray array = Guarded(Path, name, () =>
            {
                Unpack(entry, name, file);
                return NpyArray.Open(Path, name, file);
            });
            _open.Add(array);
            return array;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Closes the arrays and the file.</summary>
    public void Dispose()
    {
        _open.ForEach(array => array.Dispose());
        _zip.Dispose();
    }

    private void ReadHeaders()
    {
        foreach (ZipArchiveEntry entry in _zip.Entries)
        {
            if (entry.FullName.EndsWith(Extension, StringComparison.Ordinal))
            {
                string name = entry.FullName[..^Extension.Length];
                using Stream stream = entry.Open();
                _arrays[name] = (entry, NpyHeader.Read(Path, name, stream, entry.Length));
            }
        }

        if (_arrays.Count == 0)
        {
            throw new DataFormatException(Path, "", "is a zip file without .npy members, expected numpy arrays");
        }
    }

    private void Unpack(ZipArchiveEntry entry, string name, FileStream file)
    {
        using Stream stream = entry.Open();
        var buffer = new byte[1 << 16];
        var checksum = default(Crc32);
        for (int got; (got = stream.Read(buffer)) > 0;)
        {
            file.Write(buffer, 0, got);
            checksum.Add(buffer.AsSpan(0, got));
            if (file.Length > entry.Length)
            {
                break; // claims less than it holds
            }
        }

        if (file.Length != entry.Length || checksum.Value != entry.Crc32)
        {
            throw new DataFormatException(Path, name, string.Create(
                CultureInfo.InvariantCulture, $"is damaged: {file.Length} bytes with checksum {checksum.Value:x8}, expected {entry.Length} with {entry.Crc32:x8}"));
        }
    }

    private static T Guarded<T>(string path, string place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException)
        {
            throw new DataFormatException(path, place, "is a damaged zip file: " + e.Message.ReplaceLineEndings(" "), e);
        }
    }
}
