using UnetSpikes.Core;
using UnetSpikes.Models;

namespace UnetSpikes.Train;

/// <summary>Everything a training step changes, as flat vectors.</summary>
/// <param name="Parameters">The network's parameters.</param>
/// <param name="RunningStatistics">Its running means and variances.</param>
/// <param name="Optimizer">Adam's memory.</param>
public sealed record NetworkState(float[] Parameters, float[] RunningStatistics, OptimizerState Optimizer)
{
    /// <summary>The parameters' average over the steps; null where none is kept.</summary>
    public float[]? Average { get; init; }

    /// <summary>An untrained network that predicts the mean rate everywhere.</summary>
    /// <param name="network">The network.</param>
    /// <param name="counts">The training data. Without a single spike in it, the rate is one in a thousand bins, so that its log exists.</param>
    /// <param name="seed">The run's seed.</param>
    public static NetworkState Untrained(SpikeNetwork network, TrialTensor counts, ulong seed)
    {
        var rng = new Rng(seed, "weights");
        double baselineRate = Math.Max(1e-3, counts.Values.Where(c => !float.IsNaN(c)).Select(c => (double)c).DefaultIfEmpty().Average());
        float[] parameters = network.Parameters.Initialize(rng);
        network.SetBaselineRate(parameters, baselineRate);
        var optimizer = new OptimizerState(new float[parameters.Length], new float[parameters.Length], new float[parameters.Length]);
        return new NetworkState(parameters, network.RunningStatistics.Initialize(rng), optimizer);
    }

    /// <summary>The state a checkpoint holds.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    public static NetworkState Of(Checkpoint checkpoint) =>
        new(checkpoint.Parameters, checkpoint.RunningStatistics, checkpoint.Optimizer) { Average = checkpoint.Average };

    /// <summary>A vector by its name in <see cref="TrainingGraph"/>. What was not kept so far starts from what it is made of: the average from the parameters, v̂ from v.</summary>
    internal float[] this[string name] => name switch
    {
        TrainingGraph.Parameters => Parameters,
        TrainingGraph.FirstMoment => Optimizer.FirstMoment,
        TrainingGraph.SecondMoment => Optimizer.SecondMoment,
        TrainingGraph.LargestSecondMoment => Optimizer.MaxSecondMoment ?? Optimizer.SecondMoment,
        TrainingGraph.Average => Average ?? Parameters,
        TrainingGraph.Statistics => RunningStatistics,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "is no state of the training graph"),
    };

    internal static NetworkState FromVectors(IReadOnlyDictionary<string, float[]> vectors) => new(
        vectors[TrainingGraph.Parameters],
        vectors.GetValueOrDefault(TrainingGraph.Statistics, []),
        new OptimizerState(vectors[TrainingGraph.FirstMoment], vectors[TrainingGraph.SecondMoment], vectors.GetValueOrDefault(TrainingGraph.LargestSecondMoment)))
    {
        Average = vectors.GetValueOrDefault(TrainingGraph.Average),
    };
}
