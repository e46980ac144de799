using UnetSpikes.Core;
using UnetSpikes.Models;

namespace UnetSpikes.Train;

/// <summary>Everything a training step changes, as flat vectors.</summary>
/// <param name="Parameters">The network's parameters.</param>
/// <param name="RunningStatistics">Its running means and variances.</param>
/// <param name="Optimizer">Adam's memory.</param>
public sealed record NetworkState(float[] Parameters, float[] RunningStatistics, OptimizerState Optimizer)
{
    /// <summary>An untrained network that predicts a given rate everywhere.</summary>
    /// <param name="network">The network.</param>
    /// <param name="baselineRate">Mean spikes per bin of the training data.</param>
    /// <param name="rng">The stream for initial weights.</param>
    public static NetworkState Untrained(SpikeNetwork network, double baselineRate, Rng rng)
    {
        float[] parameters = network.Parameters.Initialize(rng);
        network.SetBaselineRate(parameters, baselineRate);
        var optimizer = new OptimizerState(new float[parameters.Length], new float[parameters.Length], new float[parameters.Length]);
        return new NetworkState(parameters, network.RunningStatistics.Initialize(rng), optimizer);
    }

    internal float[][] InOrderOf(SpikeNetwork network)
    {
        float[][] vectors = [Parameters, Optimizer.FirstMoment, Optimizer.SecondMoment, Optimizer.MaxSecondMoment, RunningStatistics];
        return vectors[..TrainingGraph.StateNames(network).Count];
    }

    internal static NetworkState FromOrder(SpikeNetwork network, float[][] vectors) =>
        new(vectors[0], network.RunningStatistics.Count > 0 ? vectors[4] : [], new OptimizerState(vectors[1], vectors[2], vectors[3]));
}
