using System.Security.Cryptography;
using UnetSpikes.Core;
using UnetSpikes.Onnx.Untrusted;
using UnetSpikes.Runtime;

namespace UnetSpikes.Infer;

/// <summary>An exported model, loaded and held against what it says of itself.</summary>
/// <remarks>
/// Input <c>spikes</c> [batch, bin, channel], outputs <c>rates</c>, <c>latents</c> and, with a decoder behind the rates, <c>decoded</c>, batch and bins open (docs/formats.md). A model may come from anyone: ONNX Runtime gets it
/// only when its bytes, its metadata and its graph have been looked over (<see cref="UntrustedModel"/>).
/// </remarks>
public sealed class SpikeModel : IDisposable
{
    /// <summary>The input: spikes per bin.</summary>
    public const string Spikes = "spikes";

    /// <summary>The output: expected spikes per bin.</summary>
    public const string Rates = "rates";

    /// <summary>The output: the bottleneck.</summary>
    public const string Latents = "latents";

    /// <summary>The output of a model with a decoder behind the rates: its columns.</summary>
    public const string Decoded = DecodedOutput.Name;

    private const int NamesInAMessage = 8;

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

    /// <summary>Units whose counts go in.</summary>
    public int InputUnits => Metadata.HeldInUnits;

    /// <summary>Units whose rates come out: those that go in, then those held out.</summary>
    public int OutputUnits => Metadata.UnitIds.Count;

    /// <summary>Bins that come out behind those that went in.</summary>
    public int ForwardBins => Metadata.ForwardBins;

    /// <summary>Columns that are decoded from the rates; 0 = none.</summary>
    public int DecodedColumns => Metadata.Decoded?.Columns.Count ?? 0;

    /// <summary>Bins before an output bin that can change anything that comes out for it: the receptive field, and further where a decoder looks back over rates.</summary>
    public int ReachLeft => Metadata.ReceptiveFieldLeft + Math.Max(0, -(Metadata.Decoded?.FirstLag ?? 0));

    /// <summary>Bins after it that can.</summary>
    public int ReachRight => Metadata.ReceptiveFieldRight + Math.Max(0, Metadata.Decoded?.LastLag ?? 0);

    /// <summary>Whether units or bins are predicted that are not seen: a model of co-smoothing.</summary>
    public bool PredictsUnseen => InputUnits < OutputUnits || ForwardBins > 0;

    /// <summary>Loads a model, after looking it over.</summary>
    /// <param name="path">The <c>.onnx</c> file.</param>
    /// <param name="device">As <c>--device</c> says it.</param>
    /// <param name="threads">As <c>--threads</c> says it.</param>
    /// <exception cref="CheckpointException">Missing, not an ONNX model, without our metadata, of other inputs and outputs, or with something in it that is not run.</exception>
    /// <exception cref="SessionException">ONNX Runtime or the device refused.</exception>
    public static SpikeModel Open(string path, string device = "auto", int threads = 0)
    {
        var settings = new SessionSettings { Name = path, Device = Device.Parse(device), Threads = threads };
        byte[] bytes = ReadFile(path);
        var model = UntrustedModel.Read(bytes, path);
        RequireOurs(path, model);
        ModelMetadata metadata = ModelMetadata.FromDictionary(path, model.Metadata);
        ModelClaims.Require(path, metadata);
        RequireInterface(path, [.. model.Inputs.Select(Describe)], [.. model.Outputs.Select(Describe)], metadata);
        OnnxSession session = Load(path, model.Checked(), settings);
        try
        {
            RequireInterface(path, session.Inputs, session.Outputs, metadata); // Once more: what was declared open may be known now.
            return new SpikeModel(path, Convert.ToHexStringLower(SHA256.HashData(bytes)), session, metadata);
        }
        catch (UnetSpikesException)
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Loads any ONNX model, ours or another program's, after looking it over.</summary>
    /// <param name="path">The <c>.onnx</c> file.</param>
    /// <param name="settings">How it is to run.</param>
    /// <returns>The session, which is the caller's, and the file's bytes.</returns>
    /// <exception cref="CheckpointException">Missing, not an ONNX model, or with something in it that is not run.</exception>
    /// <exception cref="SessionException">ONNX Runtime or the device refused.</exception>
    public static (OnnxSession Session, byte[] Bytes) Load(string path, SessionSettings settings)
    {
        byte[] bytes = ReadFile(path);
        return (Load(path, UntrustedModel.Read(bytes, path).Checked(), settings), bytes);
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

    /// <summary>The file's bytes, as far as a model may have; what is named may be a pipe, and endless.</summary>
    private static byte[] ReadFile(string path)
    {
        if (!File.Exists(path))
        {
            throw new CheckpointException(path, "", "does not exist, expected a model written by 'export'");
        }

        using FileStream file = File.OpenRead(path);
        var bytes = new MemoryStream();
        var buffer = new byte[1 << 20];
        for (int read; bytes.Length <= UntrustedModel.MaxBytes && (read = file.Read(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, read);
        }

        return bytes.Length > 0 ? bytes.ToArray() : throw new CheckpointException(path, "", "is empty, expected an ONNX model");
    }

    /// <summary>Another tool's model may be as good as ours, but does not say what it takes.</summary>
    private static void RequireOurs(string path, UntrustedModel model)
    {
        if (!model.Metadata.Keys.Any(key => key.StartsWith(ModelMetadata.Prefix, StringComparison.Ordinal)))
        {
            string maker = model.Producer.Length > 0 ? $"it was made by {model.Producer}" : "it does not say who made it";
            throw new CheckpointException(
                path, "", $"says nothing of its units, the width of its bins and how far it sees ({ModelMetadata.Prefix}* is missing from the model's metadata): {maker}, expected a model exported by unet-spikes, or those keys (docs/formats.md)");
        }
    }

    private static void RequireInterface(string path, IReadOnlyList<TensorInfo> inputs, IReadOnlyList<TensorInfo> outputs, ModelMetadata metadata)
    {
        Require(path, inputs, Spikes, metadata.HeldInUnits);
        Require(path, outputs, Rates, metadata.UnitIds.Count);
        if (metadata.Decoded is { } decoded)
        {
            Require(path, outputs, Decoded, decoded.Columns.Count);
        }

        if (inputs.FirstOrDefault(input => input.Name != Spikes) is { } other)
        {
            throw new CheckpointException(path, other.Name, $"is an input, expected {Spikes} to be the only one");
        }
    }

    private static TensorInfo Describe(DeclaredTensor declared) =>
        new(declared.Name, Enum.TryParse(declared.Type.ToString(), out ElementType type) ? type : ElementType.Other, declared.Dims);

    private static OnnxSession Load(string path, byte[] bytes, SessionSettings settings)
    {
        try
        {
            return new OnnxSession(bytes, settings);
        }
        catch (SessionException e) when (e.InnerException?.Message is string words && IsModelAtFault(words))
        {
            throw new CheckpointException(path, "", $"is not an ONNX model that ONNX Runtime can run: {words[(words.IndexOf(']', StringComparison.Ordinal) + 1)..].Trim()}", e);
        }
    }

    // ONNX Runtime's error codes for bytes that are no model, as its binding puts them before the message. The device is not to blame.
    private static bool IsModelAtFault(string words) =>
        words.StartsWith("[ErrorCode:InvalidProtobuf]", StringComparison.Ordinal)
        || words.StartsWith("[ErrorCode:InvalidGraph]", StringComparison.Ordinal)
        || words.StartsWith("[ErrorCode:NoModel]", StringComparison.Ordinal)
        || words.Contains("does not have a graph", StringComparison.Ordinal);

    private static TensorInfo Require(string path, IReadOnlyList<TensorInfo> declared, string name, int? channels)
    {
        TensorInfo info = declared.FirstOrDefault(t => t.Name == name)
            ?? throw new CheckpointException(path, name, $"is missing, expected one of the model's {string.Join(", ", declared.Take(NamesInAMessage).Select(t => t.Name))} to be it");
        bool fits = info.Type == ElementType.Float && info.Dims.Count == 3 && info.Dims[0] is null && info.Dims[1] is null
            && (channels is null || info.Dims[2] is null || info.Dims[2] == channels);
        return fits ? info : throw new CheckpointException(
            path, name, $"is {info}, expected float [batch, bin, {channels?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "dimension"}] with batch and bins open");
    }
}
