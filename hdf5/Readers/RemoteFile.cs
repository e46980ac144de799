using UnetSpikes.Hdf5.Reading;

namespace UnetSpikes.Hdf5.Readers;

/// <summary>A file open in a reader process.</summary>
internal sealed class RemoteFile : IFileReading
{
    private readonly Lock _gate = new();
    private readonly string _path;
    private ReaderProcess? _reader;

    private RemoteFile(string path, ReaderProcess reader)
    {
        _path = path;
        _reader = reader;
    }

    /// <summary>The number of the process that reads it; for tests.</summary>
    internal int ReaderId => (_reader ?? throw new ObjectDisposedException(_path)).Id;

    /// <summary>Opens a file in a reader of its own.</summary>
    /// <exception cref="Core.DataFormatException">The library cannot open it.</exception>
    public static RemoteFile Open(string path)
    {
        ReaderProcess reader = ReaderProcess.Rent();
        try
        {
            reader.Ask(path, "", Question(ReaderCall.Open, Path.GetFullPath(path)), _ => true);
            return new RemoteFile(path, reader);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Keys(string group) => Ask(group, ReaderCall.Keys, wire => wire.ReadTexts());

    /// <inheritdoc/>
    public Hdf5ObjectKind Kind(string path) => Ask(path, ReaderCall.Kind, wire => (Hdf5ObjectKind)wire.ReadByte());

    /// <inheritdoc/>
    public DatasetDescription Describe(string path) => Ask(path, ReaderCall.Describe, wire =>
    {
        Hdf5Type type = wire.ReadHdf5Type();
        long[] shape = wire.ReadArray<long>();
        bool isChunked = wire.ReadByte() != 0;
        long[] chunk = wire.ReadArray<long>();
        return new DatasetDescription(type, shape, isChunked ? chunk : null, wire.ReadByte() != 0);
    });

    /// <inheritdoc/>
    public bool HasAttribute(string owner, string name) => AskAttribute(owner, name, ReaderCall.HasAttribute, wire => wire.ReadByte() != 0);

    /// <inheritdoc/>
    public Hdf5AttributeValue ReadAttribute(string owner, string name) => AskAttribute(owner, name, ReaderCall.Attribute, wire =>
        new Hdf5AttributeValue(wire.ReadHdf5Type(), wire.ReadArray<long>(), wire.ReadArray<double>(), wire.ReadTexts()));

    /// <inheritdoc/>
    public unsafe void ReadNumbers(string path, ReadOnlySpan<long> start, ReadOnlySpan<long> count, MemoryType memory, Span<byte> destination)
    {
        long[] starts = [.. start], counts = [.. count];
        // A lambda cannot hold a span; the caller's stays where it is until we return.
        fixed (byte* first = destination)
        {
            (nint address, int length) = ((nint)first, destination.Length);
            Ask(
                path,
                wire =>
                {
                    Question(ReaderCall.Numbers, path)(wire);
                    wire.WriteArray<long>(starts);
                    wire.WriteArray<long>(counts);
                    wire.Write((byte)memory);
                },
                wire =>
                {
                    wire.ReadRaw(new Span<byte>((void*)address, length));
                    return true;
                });
        }
    }

    /// <inheritdoc/>
    public string[] ReadTexts(string path) => Ask(path, ReaderCall.Texts, wire => wire.ReadTexts());

    /// <inheritdoc/>
    public string[] ReadReferences(string path) => Ask(path, ReaderCall.References, wire => wire.ReadTexts());

    /// <inheritdoc/>
    public int[][] ReadRagged(string path) => Ask(path, ReaderCall.Ragged, wire =>
    {
        var lists = new int[wire.ReadCount()][];
        for (int i = 0; i < lists.Length; i++)
        {
            lists[i] = wire.ReadArray<int>();
        }

        return lists;
    });

    /// <summary>Closes the file and lets its reader go.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_reader is { } reader)
            {
                _reader = null;
                Close(reader);
                reader.Dispose();
            }
        }
    }

    /// <summary>A reader that dies of closing its file has nothing more to say about it.</summary>
    private void Close(ReaderProcess reader)
    {
        try
        {
            reader.Ask(_path, "", wire => wire.Write((byte)ReaderCall.Close), _ => true);
        }
        catch (Core.DataFormatException)
        {
            // Everything that was asked for has been read.
        }
    }

    private static Action<ReaderWire> Question(ReaderCall call, string path) => wire =>
    {
        wire.Write((byte)call);
        wire.Write(path);
    };

    private T Ask<T>(string path, ReaderCall call, Func<ReaderWire, T> read) => Ask(path, Question(call, path), read);

    private T AskAttribute<T>(string owner, string name, ReaderCall call, Func<ReaderWire, T> read) => Ask(
        owner + "@" + name,
        wire =>
        {
            Question(call, owner)(wire);
            wire.Write(name);
        },
        read);

    private T Ask<T>(string place, Action<ReaderWire> ask, Func<ReaderWire, T> read)
    {
        lock (_gate)
        {
            ReaderProcess reader = _reader ?? throw new ObjectDisposedException(_path);
            return reader.Ask(_path, place, ask, read);
        }
    }
}
