using UnetSpikes.Models;

namespace UnetSpikes.Export;

/// <summary>A network and its folded weights.</summary>
/// <param name="Network">The network.</param>
/// <param name="Weights">From <see cref="FoldedWeights.Fold"/>.</param>
public sealed record FoldedNetwork(SpikeNetwork Network, IReadOnlyDictionary<string, NamedArray> Weights)
{
    /// <summary>Folds a checkpoint's weights.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    public static FoldedNetwork Of(Checkpoint checkpoint)
    {
        SpikeNetwork network = checkpoint.Model.Build();
        return new FoldedNetwork(network, FoldedWeights.Fold(network, checkpoint.Parameters, checkpoint.RunningStatistics));
    }
}

/// <summary>Weights with every batch normalisation that has a convolution to itself folded into it: what an exported model computes with.</summary>
/// <remarks>
/// With s = γ/√(running variance + ε):  W ← s·W per output channel,  b ← s·(b − running mean) + β.
/// Computed in double and rounded once.
/// </remarks>
public static class FoldedWeights
{
    /// <summary>Folds.</summary>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Its flat parameter vector.</param>
    /// <param name="runningStatistics">Its flat vector of running statistics.</param>
    /// <returns>Weights and biases by name, in PyTorch's shapes; of a folded normalisation nothing is left, of another its statistics are there too.</returns>
    public static IReadOnlyDictionary<string, NamedArray> Fold(SpikeNetwork network, float[] parameters, float[] runningStatistics)
    {
        Dictionary<string, NamedArray> arrays = network.Parameters.Unflatten(parameters);
        Dictionary<string, NamedArray> statistics = network.RunningStatistics.Unflatten(runningStatistics);
        foreach (BatchNorm norm in network.Normalizations)
        {
            if (norm.Bias is null)
            {
                arrays.Add(norm.Name + ".running_mean", statistics[norm.Name + ".running_mean"]);
                arrays.Add(norm.Name + ".running_var", statistics[norm.Name + ".running_var"]);
                continue;
            }

            float[] gamma = arrays[norm.Name + ".weight"].Values;
            float[] beta = arrays[norm.Name + ".bias"].Values;
            float[] mean = statistics[norm.Name + ".running_mean"].Values;
            float[] variance = statistics[norm.Name + ".running_var"].Values;
            double[] scale = [.. gamma.Zip(variance, (g, v) => g / Math.Sqrt(v + BatchNorm.Epsilon))];

            string weightName = norm.Bias[..^".bias".Length] + ".weight";
            ScaleOutputs(arrays[weightName], scale, norm.OutputAxis);
            float[] bias = arrays[norm.Bias].Values;
            for (int c = 0; c < bias.Length; c++)
            {
                bias[c] = (float)((scale[c] * ((double)bias[c] - mean[c])) + beta[c]);
            }

            arrays.Remove(norm.Name + ".weight");
            arrays.Remove(norm.Name + ".bias");
        }

        return arrays;
    }

    /// <summary>Multiplies each output channel's weights, in place.</summary>
    private static void ScaleOutputs(NamedArray weight, double[] scale, int outputAxis)
    {
        long inner = weight.Dims.Skip(outputAxis + 1).Aggregate(1L, (product, size) => product * size);
        for (int i = 0; i < weight.Values.Length; i++)
        {
            weight.Values[i] = (float)(weight.Values[i] * scale[i / inner % scale.Length]);
        }
    }
}
