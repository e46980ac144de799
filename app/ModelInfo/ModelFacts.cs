using UnetSpikes.Core;
using UnetSpikes.Infer;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;

namespace UnetSpikes.App.ModelInfo;

/// <summary>What there is to know of an exported model without running it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Sha256">Its hash, lower-case hex.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Metadata">What it says of itself.</param>
/// <param name="Inputs">What it takes.</param>
/// <param name="Outputs">What it gives.</param>
/// <param name="Census">What its graph is made of.</param>
internal sealed record ModelFacts(
    string Path, string Sha256, long Bytes, ModelMetadata Metadata, IReadOnlyList<TensorInfo> Inputs, IReadOnlyList<TensorInfo> Outputs, GraphCensus Census)
{
    /// <summary>Reads a model.</summary>
    /// <param name="path">The <c>.onnx</c> file.</param>
    /// <exception cref="CheckpointException">Missing, not an ONNX model, or not one of ours.</exception>
    public static ModelFacts Read(string path)
    {
        using var model = SpikeModel.Open(path, device: "cpu", threads: 1);
        byte[] bytes = File.ReadAllBytes(path);
        return new ModelFacts(path, model.Sha256, bytes.LongLength, model.Metadata, model.Session.Inputs, model.Session.Outputs, GraphCensus.Of(GraphReader.Read(bytes, path)));
    }
}
