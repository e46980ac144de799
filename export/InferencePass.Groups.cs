using UnetSpikes.Onnx;

namespace UnetSpikes.Export;

/// <content>
/// Groups of a convolution, several made one. ONNX Runtime has no fast kernel for a group of two inputs and one output, such as each layer up
/// begins with, but has one for groups of whole blocks of channels: 8 in a processor's AVX registers, 16 in those of AVX-512 and of ARM's kernels.
/// Zeros between what were groups then cost less than small groups do: 10 to 18 % of a run of one trial (docs/export.md).
/// </content>
public sealed partial class InferencePass
{
    /// <summary>Blocks that are fast everywhere, then those that are with AVX.</summary>
    private static readonly int[] Blocks = [16, 8];

    /// <summary>Up to here a convolution without a block in its groups is made dense.</summary>
    private const int MostDense = 32;

    /// <summary>How many groups become one.</summary>
    private static int MergedGroups(int groups) =>
        Array.Find(Blocks, block => groups % block == 0) is > 0 and int block ? block
        : groups is > 1 and <= MostDense ? groups
        : 1;

    /// <summary>The weights of fewer and wider groups, zero where an output and an input were of different ones.</summary>
    /// <param name="weight">[out, in/groups, kernel].</param>
    /// <param name="groups">Groups there are.</param>
    /// <param name="merged">How many become one.</param>
    /// <returns>[out, merged · in/groups, kernel].</returns>
    private Value Merged(Value weight, int groups, int merged)
    {
        long[] dims = weight.KnownShape.Sizes();
        float[] source = Numbers(weight);
        long row = dims[1] * dims[2];
        var values = new float[source.Length * merged];
        for (long output = 0; output < dims[0]; output++)
        {
            long group = output / (dims[0] / groups);
            Array.Copy(source, output * row, values, ((output * merged) + (group % merged)) * row, row);
        }

        return Graph.AddInitializer(Tensor.Of(values, dims[0], dims[1] * merged, dims[2]), $"{weight.Name}.merged");
    }
}
