using UnetSpikes.Core;
using UnetSpikes.Torch.Pickle;

namespace UnetSpikes.Torch;

/// <summary>A checkpoint of PyTorch: <c>torch.save(model.state_dict(), FILE)</c>, a dictionary with a state_dict in it, or PyTorch Lightning's <c>.ckpt</c>.</summary>
/// <remarks>
/// It is read as data. Nothing in it is executed or instantiated; what cannot be understood without doing so is refused. Numbers stay
/// in the file until <see cref="Read"/> is asked for them.
/// </remarks>
public sealed class TorchFile : IDisposable
{
    private static readonly byte[] ZipMagic = "PK\x03\x04"u8.ToArray();

    /// <summary>The number that PyTorch wrote first until 1.6, as a pickle has it: 0x1950a86a20f9469cfc6c.</summary>
    private static readonly byte[] LegacyMagic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

    private readonly TorchArchive _archive;

    private TorchFile(string path, TorchArchive archive)
    {
        (Path, _archive) = (path, archive);
        var content = CheckpointContent.Of(path, Unpickler.Read(path, archive.ReadPickle()));
        content.RequireBelievable(path, new FileInfo(path).Length);
        (States, Settings) = (content.States, content.Settings);
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The network's state_dict, and behind it whatever else in the file holds tensors by name: beside it, and in Lightning's callbacks.</summary>
    public IReadOnlyList<TorchState> States { get; }

    /// <summary>The tensors of the network's state_dict by name, in its order.</summary>
    public IReadOnlyList<KeyValuePair<string, TorchTensor>> Tensors => States[0].Tensors;

    /// <summary>Hyper-parameters (Lightning's <c>hyper_parameters</c>, NDT's <c>config</c>): the plain ones as text, those within others with dots between, such as <c>MODEL.NUM_HEADS</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>Plain values beside the network's state_dict: <c>epoch</c>, <c>global_step</c>, <c>pytorch-lightning_version</c>.</summary>
    public IReadOnlyDictionary<string, string> Facts => States[0].Facts;

    /// <summary>Whether a file begins as PyTorch's do, old and new.</summary>
    /// <param name="path">An existing file.</param>
    public static bool IsOne(string path)
    {
        Span<byte> start = stackalloc byte[32];
        using FileStream stream = OpenStream(path);
        return Kind(start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]) != FileKind.Other;
    }

    /// <summary>Opens a checkpoint and reads what is in it, but for the numbers.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">Not such a file, a damaged or hostile one, or one that holds no tensors by name.</exception>
    public static TorchFile Open(string path)
    {
        FileStream stream = OpenStream(path);
        try
        {
            RequireZip(path, stream);
            return new TorchFile(path, TorchArchive.Open(path, stream));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>A tensor's numbers, row-major, to the nearest float32.</summary>
    /// <param name="tensor">One of <see cref="States"/>.</param>
    /// <exception cref="CheckpointException">Its storage is missing, damaged or of another size.</exception>
    public float[] Read(TorchTensor tensor)
    {
        byte[] storage = _archive.ReadStorage(tensor.Storage);
        TorchType type = tensor.Type;
        int size = type.Size();
        var values = new float[tensor.Count];
        var index = new long[tensor.Dims.Count];
        long at = tensor.Offset;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = type.Decode(storage.AsSpan((int)(at * size)));
            for (int axis = index.Length - 1; axis >= 0; axis--)
            {
                at += tensor.Strides[axis];
                if (++index[axis] < tensor.Dims[axis])
                {
                    break;
                }

                at -= tensor.Strides[axis] * index[axis];
                index[axis] = 0;
            }
        }

        return values;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _archive.Dispose();

    private static FileStream OpenStream(string path)
    {
        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointException(path, "", File.Exists(path) ? $"cannot be read: {e.Message}" : "does not exist", e);
        }
    }

    private static void RequireZip(string path, FileStream stream)
    {
        Span<byte> start = stackalloc byte[32];
        FileKind kind = Kind(start[..stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]);
        stream.Position = 0;
        string? problem = kind switch
        {
            FileKind.Zip => null,
            FileKind.Legacy => "is in the format that PyTorch wrote until 1.6; save it anew: torch.save(torch.load(FILE), NEW, _use_new_zipfile_serialization=True)",
            FileKind.Pickle => "is a plain pickle of Python, expected a file of torch.save",
            _ => "is not a file of torch.save, expected one, or safetensors",
        };
        if (problem is not null)
        {
            throw new CheckpointException(path, "", problem);
        }
    }

    private static FileKind Kind(ReadOnlySpan<byte> start) =>
        start.StartsWith(ZipMagic) ? FileKind.Zip
        : start.Length < 2 || start[0] != 0x80 || start[1] is < 2 or > 5 ? FileKind.Other
        : start.IndexOf(LegacyMagic) >= 0 ? FileKind.Legacy
        : FileKind.Pickle;

    private enum FileKind
    {
        Other,
        Zip,
        Legacy,
        Pickle,
    }
}
