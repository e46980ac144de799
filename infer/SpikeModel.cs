using System.Security.Cryptography;
using UnetSpikes.Core;
using UnetSpikes.Runtime;

namespace UnetSpikes.Infer;

/// <summary>An exported model, loaded and held against what it says of itself.</summary>
/// <remarks>Input <c>spikes</c> [batch, bin, channel], outputs <c>rates</c> and <c>latents</c>, batch and bins open (docs/formats.md).</remarks>
public sealed class SpikeModel : IDisposable
{
    /// <summary>The input: spikes per bin.</summary>
    public const string Spikes = "spikes";

    /// <summary>The output: expected spikes per bin.</summary>
    public const string Rates = "rates";

    /// <summary>The output: the bottleneck.</summary>
    public const string Latents = "latents";

    private SpikeModel(string path, string sha256, OnnxSession session, ModelMetadata metadata)
    {
        Path = path;
        Sha256 = sha256;
        Session = session;
        Metadata = metadata;
    }

    /// <summary>The file, as given.</summary>
    public string Path { get; }

    /// <summary>The file's hash, lower-case hex.</summary>
    public string Sha256 { get; }

    /// <summary>Ready to run.</summary>
    public OnnxSession Session { get; }

    /// <summary>What the model says of itself.</summary>
    public ModelMetadata Metadata { get; }

    /// <summary>Channels out; in, unless units are held out.</summary>
    public int Channels => Metadata.UnitIds.Count;

    /// <summary>Loads a model.</summary>
    /// <param name="path">The <c>.onnx</c> file.</param>
    /// <param name="device">As <c>--device</c> says it.</param>
    /// <param name="threads">As <c>--threads</c> says it.</param>
    /// <exception cref="CheckpointException">Missing, not an ONNX model, without our metadata, or of other inputs and outputs.</exception>
    /// <exception cref="SessionException">ONNX Runtime or the device refused.</exception>
    public static SpikeModel Open(string path, string device = "auto", int threads = 0)
    {
        (OnnxSession session, byte[] bytes) = Load(path, new SessionSettings { Name = path, Device = Device.Parse(device), Threads = threads });
        try
        {
            ModelMetadata metadata = ModelMetadata.FromDictionary(path, session.Metadata);
            Require(path, session.Inputs, Spikes, metadata.HeldInUnits);
            Require(path, session.Outputs, Rates, metadata.UnitIds.Count);
            return new SpikeModel(path, Convert.ToHexStringLower(SHA256.HashData(bytes)), session, metadata);
        }
        catch (UnetSpikesException)
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Loads any ONNX model, ours or another program's.</summary>
    /// <param name="path">The <c>.onnx</c> file.</param>
    /// <param name="settings">How it is to run.</param>
    /// <returns>The session, which is the caller's, and the file's bytes.</returns>
    /// <exception cref="CheckpointException">Missing, or not an ONNX model.</exception>
    /// <exception cref="SessionException">ONNX Runtime or the device refused.</exception>
    public static (OnnxSession Session, byte[] Bytes) Load(string path, SessionSettings settings)
    {
        byte[] bytes = File.Exists(path) ? File.ReadAllBytes(path) : throw new CheckpointException(path, "", "does not exist, expected a model written by 'export'");
        if (bytes.Length == 0)
        {
            throw new CheckpointException(path, "", "is empty, expected an ONNX model");
        }

        try
        {
            return (new OnnxSession(bytes, settings), bytes);
        }
        catch (SessionException e) when (e.InnerException?.Message is string words && IsModelAtFault(words))
        {
            throw new CheckpointException(path, "", $"is not an ONNX model that ONNX Runtime can run: {words[(words.IndexOf(']', StringComparison.Ordinal) + 1)..].Trim()}", e);
        }
    }

    /// <summary>Insists that the model sees all that it predicts.</summary>
    /// <exception cref="CheckpointException">It does not.</exception>
    public void RequireAllSeen()
    {
        if (Metadata.HeldInUnits < Channels || Metadata.ForwardBins > 0)
        {
            throw new CheckpointException(
                Path, "unet_spikes.held_in_units", $"is {Metadata.HeldInUnits} of {Channels}, with {Metadata.ForwardBins} forward bins: it is a model of co-smoothing, expected 'infer --nlb' with a file of the benchmark's tensors");
        }
    }

    /// <summary>Dimensions of the bottleneck.</summary>
    /// <exception cref="CheckpointException">The model gives none, or does not say how many.</exception>
    public int LatentDimensions()
    {
        TensorInfo latents = Require(Path, Session.Outputs, Latents, channels: null);
        return (int)(latents.Dims[2] ?? throw new CheckpointException(Path, Latents, "leaves the number of its dimensions open, expected a number"));
    }

    /// <summary>Frees the session.</summary>
    public void Dispose() => Session.Dispose();

    // ONNX Runtime's error codes for bytes that are no model, as its binding puts them before the message. The device is not to blame.
    private static bool IsModelAtFault(string words) =>
        words.StartsWith("[ErrorCode:InvalidProtobuf]", StringComparison.Ordinal)
        || words.StartsWith("[ErrorCode:InvalidGraph]", StringComparison.Ordinal)
        || words.StartsWith("[ErrorCode:NoModel]", StringComparison.Ordinal)
        || words.Contains("does not have a graph", StringComparison.Ordinal);

    private static TensorInfo Require(string path, IReadOnlyList<TensorInfo> declared, string name, int? channels)
    {
        TensorInfo info = declared.FirstOrDefault(t => t.Name == name)
            ?? throw new CheckpointException(path, name, $"is missing, expected one of the model's {string.Join(", ", declared.Select(t => t.Name))} to be it");
        bool fits = info.Type == ElementType.Float && info.Dims.Count == 3 && info.Dims[0] is null && info.Dims[1] is null
            && (channels is null || info.Dims[2] is null || info.Dims[2] == channels);
        return fits ? info : throw new CheckpointException(
            path, name, $"is {info}, expected float [batch, bin, {channels?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "dimension"}] with batch and bins open");
    }
}
