using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using UnetSpikes.Train.Masks;
using ElementType = UnetSpikes.Runtime.ElementType;

namespace UnetSpikes.Train;

/// <summary>Makes a network of averaged parameters: its normalisations' running statistics are computed anew.</summary>
/// <remarks>
/// The running statistics of training are those of the newest parameters; averaged ones give other activations. So, as
/// PyTorch's <c>torch.optim.swa_utils.update_bn</c> does, they become the plain mean over batches of training trials, masked as
/// in training. They are the run's first batches each time: the same parameters give the same statistics.
/// </remarks>
public sealed class AveragedWeights : IDisposable
{
    /// <summary>One pass of the training trials is enough, and so are this many batches: each mean is over trials × bins.</summary>
    private const int MaxBatches = 32;

    private readonly SpikeNetwork _network;
    private readonly TrialTensor _counts;
    private readonly TrainOptions _options;
    private readonly Filling _filling;
    private readonly int _batch;
    private readonly OnnxSession? _session;
    private readonly BoundRun? _run;
    private (float[] Parameters, float[] Statistics)? _newest;

    /// <summary>Makes the session; a network without normalisations needs none.</summary>
    /// <param name="network">The network.</param>
    /// <param name="counts">Training trials.</param>
    /// <param name="options">The masks and the seed.</param>
    /// <param name="filling">What hidden entries become.</param>
    /// <param name="device">Where to run.</param>
    /// <param name="threads">Threads; 0 = as many as the job was given.</param>
    public AveragedWeights(SpikeNetwork network, TrialTensor counts, TrainOptions options, Filling filling, Device device, int threads)
    {
        (_network, _counts, _options, _filling, _batch) = (network, counts, options, filling, Math.Min(options.Sizes.Largest, counts.Trials));
        if (network.RunningStatistics.Count == 0)
        {
            return;
        }

        int bins = network.Options.ObservedOf(counts).Bins;
        Graph graph = StatisticsGraph.Build(network, _batch, bins);
        _session = new OnnxSession(GraphWriter.ToBytes(graph), new SessionSettings { Name = "running statistics", Device = device, Threads = threads });
        _run = new BoundRun(
            _session,
            [
                new(EvaluationGraph.Input, ElementType.Float, 1, network.Options.InputChannels, bins, _batch),
                new(EvaluationGraph.Parameters, ElementType.Float, network.Parameters.Count),
            ],
            [new(StatisticsGraph.BatchStatistics, ElementType.Float, network.RunningStatistics.Count)]);
    }

    /// <summary>The state whose parameters are the average of another's, with running statistics to match.</summary>
    /// <param name="newest">A state with an average.</param>
    public NetworkState Of(NetworkState newest)
    {
        float[] average = newest.Average ?? throw new ArgumentException("the state has no average", nameof(newest));
        if (_newest is not { } made || !made.Parameters.AsSpan().SequenceEqual(average))
        {
            // A step that is validated and saved asks twice.
            _newest = made = (average, Statistics(average));
        }

        return newest with { Parameters = average, RunningStatistics = made.Statistics, Average = null };
    }

    /// <summary>Frees the session.</summary>
    public void Dispose()
    {
        _run?.Dispose();
        _session?.Dispose();
    }

    private float[] Statistics(float[] parameters)
    {
        if (_run is null)
        {
            return [];
        }

        var sum = new double[_network.RunningStatistics.Count];
        var batches = new TrainingBatches(_counts, _options, _filling, from: null, observed: _network.Options.ObservedOf(_counts));
        var weights = new float[_batch * _counts.Bins * _counts.Units];
        float[] weightedCounts = new float[weights.Length];
        int count = Math.Min(MaxBatches, (_counts.Trials + _batch - 1) / _batch);
        parameters.CopyTo(_run.Input<float>(EvaluationGraph.Parameters));
        for (int i = 0; i < count; i++)
        {
            batches.Next(i + 1, _run.Input<float>(EvaluationGraph.Input), weights, weightedCounts);
            _run.Run();
            ReadOnlySpan<float> ofBatch = _run.Output<float>(StatisticsGraph.BatchStatistics);
            for (int j = 0; j < sum.Length; j++)
            {
                sum[j] += ofBatch[j];
            }
        }

        return Array.ConvertAll(sum, total => (float)(total / count));
    }
}
