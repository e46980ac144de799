using Google.Protobuf;
using UnetSpikes.Core;
using UnetSpikes.Onnx.Protobuf;

namespace UnetSpikes.Onnx;

/// <summary>Reads an ONNX model (ModelProto) strictly, inferring every type and shape anew.</summary>
/// <remarks>
/// Constants also listed as inputs (which the standard allows, as defaults) are read as constants. Documentation strings and
/// the declared types of values inside the graph are skipped.
/// </remarks>
public static class GraphReader
{
    private const int OldestIr = 3;
    private const int NewestIr = 10;

    /// <summary>Reads a model.</summary>
    /// <param name="bytes">The content of the <c>.onnx</c> file.</param>
    /// <param name="path">The file, for errors.</param>
    /// <exception cref="CheckpointException">Not an ONNX model, or of a version or with contents that are not supported.</exception>
    /// <exception cref="GraphException">The graph is not valid: the node, the operator and the problem.</exception>
    public static Graph Read(ReadOnlySpan<byte> bytes, string path)
    {
        ModelProto model = Parse(bytes, path);
        CheckVersions(model, path);
        try
        {
            Graph graph = new(model.Graph.Name) { Opset = Opset(model, path) };
            new GraphProtoReader(graph, model.Graph, null).Read();
            foreach (StringStringEntryProto entry in model.MetadataProps)
            {
                if (!graph.Metadata.TryAdd(entry.Key, entry.Value))
                {
                    throw new CheckpointException(path, entry.Key, "stands twice in metadata_props");
                }
            }

            return graph;
        }
        catch (GraphException e)
        {
            string where = new GraphException(e.Node, e.Operator, "").Message;
            throw new GraphException(e.Node, e.Operator, $"{e.Message[where.Length..]} (in {path})", e);
        }
    }

    private static ModelProto Parse(ReadOnlySpan<byte> bytes, string path)
    {
        try
        {
            return ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new CheckpointException(path, "", $"is not an ONNX model, or is damaged: {e.Message}", e);
        }
    }

    /// <summary>Insists on a graph, without functions, of a version of the format that is read.</summary>
    internal static void CheckVersions(ModelProto model, string path)
    {
        if (model.Graph is null)
        {
            throw new CheckpointException(path, "", "is not an ONNX model: it has no graph");
        }

        if (model.IrVersion is < OldestIr or > NewestIr)
        {
            throw new CheckpointException(path, "ir_version", $"is {model.IrVersion}, expected {OldestIr} to {NewestIr}");
        }

        if (model.Functions.Count > 0)
        {
            throw new CheckpointException(path, Untrusted.Refusal.Short(model.Functions[0].Name), "is a function of the model's own, which is not supported");
        }
    }

    /// <summary>The opset of ONNX's own domain.</summary>
    internal static int Opset(ModelProto model, string path)
    {
        long[] versions = [.. model.OpsetImport.Where(o => o.Domain is "" or "ai.onnx").Select(o => o.Version)];
        return versions switch
        {
            [] => throw new CheckpointException(path, "opset_import", "does not say which opset the graph is written in"),
            [>= Operators.OldestOpset and <= Operators.NewestOpset] => (int)versions[0],
            [var version] => throw new CheckpointException(path, "opset_import", $"is {version}, expected {Operators.OldestOpset} to {Operators.NewestOpset}"),
            _ => throw new CheckpointException(path, "opset_import", "names the default domain twice"),
        };
    }
}
