using UnetSpikes.Models;
using UnetSpikes.Onnx;

namespace UnetSpikes.Train;

/// <summary>What a hidden layer computed of one trial.</summary>
/// <param name="Name">The layer's name, as <see cref="ForwardPass.Observe"/> has it.</param>
/// <param name="Channels">Its channels.</param>
/// <param name="Values">[bin, channel], at the layer's resolution: padding included, halved with every level.</param>
public sealed record HiddenActivations(string Name, int Channels, float[] Values)
{
    internal static HiddenActivations For(Value output)
    {
        long[] sizes = output.KnownShape.Sizes();
        return new HiddenActivations(output.Name[EvaluationGraph.Middle.Length..], (int)sizes[1], new float[sizes[0] * sizes[1]]);
    }
}
