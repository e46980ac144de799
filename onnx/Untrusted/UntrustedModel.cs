using Google.Protobuf;
using UnetSpikes.Core;
using UnetSpikes.Onnx.Protobuf;

namespace UnetSpikes.Onnx.Untrusted;

/// <summary>An input or output as a model declares it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its elements.</param>
/// <param name="Dims">Its axes, null where open; none where not even their number is declared.</param>
public sealed record DeclaredTensor(string Name, ElementType Type, IReadOnlyList<long?> Dims);

/// <summary>A model from anyone, looked over before ONNX Runtime sees a byte of it (docs/infer.md, "Models from strangers").</summary>
/// <remarks>
/// ONNX Runtime is a large program in C++ that trusts what it loads: it opens files that a model names, runs operators of any library, and allocates what shapes
/// claim. Here the bytes are walked, parsed and looked over first, and <see cref="Checked"/> writes anew what was looked at: nothing that this program does not read
/// reaches the runtime, and no file can be one thing here and another there.
/// </remarks>
public sealed class UntrustedModel
{
    private readonly ModelProto _model;
    private readonly Refusal _refusal;
    private readonly string _path;

    private UntrustedModel(ModelProto model, string path)
    {
        (_model, _refusal, _path) = (model, new Refusal(path), path);
        Producer = Refusal.Short($"{model.ProducerName} {model.ProducerVersion}".Trim());
        Metadata = ReadMetadata();
    }

    /// <summary>The largest file that is looked at.</summary>
    public static int MaxBytes => Limits.Bytes;

    /// <summary>The program that says it wrote the model, with its version; empty where none says so.</summary>
    public string Producer { get; }

    /// <summary>The model's metadata_props.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>What has to be fed.</summary>
    public IReadOnlyList<DeclaredTensor> Inputs => [.. _model.Graph.Input.ExceptBy(_model.Graph.Initializer.Select(c => c.Name), i => i.Name).Select(Declared)];

    /// <summary>What comes out.</summary>
    public IReadOnlyList<DeclaredTensor> Outputs => [.. _model.Graph.Output.Select(Declared)];

    /// <summary>Reads a model as far as who made it and what it says of itself.</summary>
    /// <param name="bytes">The content of the <c>.onnx</c> file.</param>
    /// <param name="path">The file, for errors.</param>
    /// <exception cref="CheckpointException">No ONNX model, damaged, of a version that is not supported, or too large in some respect.</exception>
    public static UntrustedModel Read(ReadOnlySpan<byte> bytes, string path)
    {
        var refusal = new Refusal(path);
        if (bytes.Length > Limits.Bytes)
        {
            throw refusal.Of($"has more than {Limits.Bytes} bytes, expected fewer");
        }

        new WireScan(refusal).Scan(bytes);
        try
        {
            ModelProto model = ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
            GraphReader.CheckVersions(model, path);
            return new UntrustedModel(model, path);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw refusal.Damaged(Refusal.Short(e.Message), e);
        }
    }

    /// <summary>Looks over all of the graph.</summary>
    /// <returns>The model, written anew from what was looked at: what may be run.</returns>
    /// <exception cref="CheckpointException">Something in it may not be.</exception>
    public byte[] Checked()
    {
        foreach (OperatorSetIdProto imported in _model.OpsetImport.Where(o => o.Domain is not ("" or "ai.onnx")))
        {
            throw _refusal.Of("opset_import", $"names the domain '{Refusal.Short(imported.Domain)}', expected ONNX's own operators alone");
        }

        GraphReader.Opset(_model, _path);
        new GraphGate(_refusal).Check(_model.Graph);

        // A producer called "ORTM" would put the mark of ONNX Runtime's own format where it looks for it, and the bytes would be read as that.
        _model.ClearProducerName();
        _model.ClearProducerVersion();
        return _model.ToByteArray();
    }

    private Dictionary<string, string> ReadMetadata()
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (StringStringEntryProto entry in _model.MetadataProps)
        {
            _refusal.RequireName(entry.Key, "a key of metadata");
            if (!metadata.TryAdd(entry.Key, entry.Value))
            {
                throw _refusal.Of(entry.Key, "stands twice in the model's metadata, expected once");
            }

            if (entry.Value.Length > Limits.MetadataValue || entry.Value.Any(c => char.IsControl(c) && c is not ('\n' or '\t')))
            {
                throw _refusal.Of(entry.Key, $"is metadata of over {Limits.MetadataValue} characters, or with some that cannot be printed");
            }
        }

        return metadata;
    }

    private static DeclaredTensor Declared(ValueInfoProto value) => new(
        value.Name,
        (ElementType)(value.Type?.TensorType?.ElemType ?? 0),
        [.. (value.Type?.TensorType?.Shape?.Dim ?? []).Select(d => d.HasDimValue ? d.DimValue : (long?)null)]);
}
