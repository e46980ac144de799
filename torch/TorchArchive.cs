using System.Globalization;
using System.IO.Compression;
using UnetSpikes.Core;

namespace UnetSpikes.Torch;

/// <summary>The zip file that <c>torch.save</c> writes since PyTorch 1.6: <c>NAME/data.pkl</c>, and each storage as <c>NAME/data/KEY</c>.</summary>
/// <remarks>
/// Format: PyTorch's caffe2/serialize/inline_container.h and its notes on serialization semantics. What the directory claims is
/// held against the file's size before anything is unpacked, so that a zip bomb is refused unread.
/// </remarks>
internal sealed class TorchArchive : IDisposable
{
    /// <summary>One entry per storage and a handful of others: some twenty times what the largest published models have.</summary>
    private const int MaxEntries = 100_000;

    /// <summary>PyTorch does not compress; who packs a checkpoint anew saves a few per cent, or a factor where much of it is zero.</summary>
    private const int MaxExpansion = 100;

    /// <summary>The longest array there is.</summary>
    private const long MaxEntryBytes = 0x7FFF_FFC7;

    private const string PickleName = "data.pkl";

    private readonly string _path;
    private readonly ZipArchive _zip;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = [];
    private readonly Dictionary<string, byte[]> _storages = [];
    private readonly string _root;
    private readonly bool _isBigEndian;

    private TorchArchive(string path, ZipArchive zip)
    {
        (_path, _zip) = (path, zip);
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            if (!_entries.TryAdd(entry.FullName, entry))
            {
                throw Bad($"has two entries of one name, '{Printable.Text(entry.FullName)}'");
            }
        }

        string[] pickles = [.. _entries.Keys.Where(name => name.EndsWith("/" + PickleName, StringComparison.Ordinal) && name.Count(c => c == '/') == 1)];
        _root = pickles.Length == 1 ? pickles[0][..^PickleName.Length] : throw Bad("is a zip file, but not one of torch.save: it has no NAME/data.pkl");
        if (_entries.ContainsKey(_root + "constants.pkl") || _entries.Keys.Any(name => name.StartsWith(_root + "code/", StringComparison.Ordinal)))
        {
            throw Bad("is a TorchScript archive, whose code is not run here; expected a state_dict: torch.save(model.state_dict(), FILE)");
        }

        _isBigEndian = _entries.ContainsKey(_root + "byteorder") && ReadByteOrder();
    }

    /// <summary>Opens a file and looks at its directory.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="stream">It; closed with this.</param>
    /// <exception cref="CheckpointException">Not an archive of <c>torch.save</c>, or one that claims too much.</exception>
    public static TorchArchive Open(string path, FileStream stream) => Guarded(path, "", () =>
    {
        var zip = new ZipArchive(stream, ZipArchiveMode.Read);
        RequireBelievable(path, zip, stream.Length);
        return new TorchArchive(path, zip);
    });

    /// <summary>The pickle that describes everything.</summary>
    public byte[] ReadPickle() => Read(PickleName, MaxEntryBytes);

    /// <summary>The bytes of a storage, the least significant of each element first. They are kept: many tensors may be views of one.</summary>
    /// <param name="storage">Its key, type and number of elements.</param>
    /// <exception cref="CheckpointException">It is missing, damaged, or of another size.</exception>
    public byte[] ReadStorage(TorchStorage storage)
    {
        string name = "data/" + storage.Key;
        int size = storage.Type.Size();
        if (!_storages.TryGetValue(name, out byte[]? bytes))
        {
            bytes = Read(name, MaxEntryBytes);
            for (int i = 0; _isBigEndian && i + size <= bytes.Length; i += size)
            {
                bytes.AsSpan(i, size).Reverse();
            }

            _storages.Add(name, bytes);
        }

        return bytes.Length == (Int128)storage.Count * size
            ? bytes
            : throw Bad($"has {bytes.Length} bytes, expected {(Int128)storage.Count * size} for {storage.Count} elements of {storage.Type}", Printable.Text(name));
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _zip.Dispose();

    private static void RequireBelievable(string path, ZipArchive zip, long fileBytes)
    {
        if (zip.Entries.Count > MaxEntries)
        {
            throw new CheckpointException(path, "", $"has {zip.Entries.Count} entries, expected at most {MaxEntries}");
        }

        // Entries that overlap count as often as they are claimed.
        Int128 unpacked = zip.Entries.Aggregate((Int128)0, (sum, entry) => sum + entry.Length);
        if (zip.Entries.Any(entry => entry.Length < 0) || unpacked > (Int128)fileBytes * MaxExpansion)
        {
            throw new CheckpointException(path, "", $"claims to unpack to {unpacked} bytes from {fileBytes}, expected at most {MaxExpansion} times as many");
        }
    }

    private bool ReadByteOrder() => System.Text.Encoding.ASCII.GetString(Read("byteorder", 16)) switch
    {
        "little" => false,
        "big" => true,
        string other => throw Bad($"is '{Printable.Text(other)}', expected little or big", "byteorder"),
    };

    private byte[] Read(string name, long most)
    {
        string shown = Printable.Text(name);
        if (!_entries.TryGetValue(_root + name, out ZipArchiveEntry? entry))
        {
            throw Bad("is missing from the archive", shown);
        }

        if (entry.Length > most)
        {
            throw Bad($"has {entry.Length} bytes, expected at most {most}", shown);
        }

        return Guarded(_path, shown, () =>
        {
            var bytes = new byte[entry.Length];
            using Stream stream = entry.Open();
            int got = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var checksum = default(Crc32);
            checksum.Add(bytes.AsSpan(0, got));
            return got == bytes.Length && stream.ReadByte() < 0 && checksum.Value == entry.Crc32
                ? bytes
                : throw Bad(string.Create(CultureInfo.InvariantCulture, $"is damaged: its checksum is {checksum.Value:x8}, expected {entry.Crc32:x8} over {entry.Length} bytes"), shown);
        });
    }

    private CheckpointException Bad(string problem, string key = "") => new(_path, key, problem);

    private static T Guarded<T>(string path, string key, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException or ArgumentException)
        {
            throw new CheckpointException(path, key, "is a damaged zip file: " + e.Message.ReplaceLineEndings(" "), e);
        }
    }
}
