using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using ElementType = UnetSpikes.Runtime.ElementType;

namespace UnetSpikes.Train;

/// <summary>The training graph in a session, its state in place on the device: one call is one update.</summary>
public sealed class TrainingStep : IDisposable
{
    private readonly SpikeNetwork _network;
    private readonly TrainOptions _options;
    private readonly IReadOnlyList<string> _stateNames;
    private readonly OnnxSession _session;
    private readonly StatefulSession _state;

    /// <summary>Builds the graph, makes the session and puts the state in place.</summary>
    /// <param name="network">What to train.</param>
    /// <param name="batch">Trials per step.</param>
    /// <param name="bins">Bins per trial that the network sees.</param>
    /// <param name="options">What each step does with the gradient, and which average it keeps.</param>
    /// <param name="start">Parameters, running statistics and the optimizer's memory to start from.</param>
    /// <param name="device">Where to run.</param>
    /// <param name="threads">Threads; 0 = as many as the job was given.</param>
    public TrainingStep(SpikeNetwork network, int batch, int bins, TrainOptions options, NetworkState start, Device device, int threads)
    {
        (_network, _options) = (network, options);
        Batch = batch;
        Graph graph = TrainingGraph.Build(network, batch, bins, options.UpdateRule, options.WritesHistograms);
        _session = new OnnxSession(GraphWriter.ToBytes(graph), new SessionSettings { Name = "training step", Device = device, Threads = threads });
        _stateNames = TrainingGraph.StateNames(network, options.UpdateRule);
        StatePair[] pairs = [.. _stateNames.Select(name => new StatePair(name, name + TrainingGraph.After, HostTensor.Of(start[name], start[name].Length)))];
        long[] shape = [1, network.Options.Channels, bins + network.Options.ForwardBins, batch];
        List<TensorSpec> feeds =
        [
            new(TrainingGraph.Input, ElementType.Float, 1, network.Options.InputChannels, bins, batch),
            new(TrainingGraph.Weights, ElementType.Float, shape),
            new(TrainingGraph.WeightedCounts, ElementType.Float, shape),
            new(TrainingGraph.StepSize, ElementType.Float, 1),
            new(TrainingGraph.RootCorrection, ElementType.Float, 1),
            .. network.Dropouts.Select(d => new TensorSpec(d.MaskName, ElementType.Float, graph.Inputs.Single(i => i.Name == d.MaskName).KnownShape.Sizes())),
        ];
        if (options.UpdateRule.ShrinksParameters)
        {
            feeds.Add(new(TrainingGraph.Kept, ElementType.Float, 1));
        }

        if (options.Average.IsOn)
        {
            feeds.Add(new(TrainingGraph.NewestWeight, ElementType.Float, 1));
        }

        List<TensorSpec> fetches = [new(TrainingGraph.Loss, ElementType.Float), new(TrainingGraph.GradientNorm, ElementType.Float, 1)];
        if (options.WritesHistograms)
        {
            fetches.Add(new(TrainingGraph.Gradient, ElementType.Float, network.Parameters.Count));
        }

        _state = new StatefulSession(_session, pairs, feeds, fetches);
    }

    /// <summary>Trials per step.</summary>
    public int Batch { get; }

    /// <summary>The device in use, and why it was chosen.</summary>
    public string DeviceReason => $"{_session.Device} ({_session.DeviceReason}), {_session.Threads.Count} threads ({_session.Threads.Source})";

    /// <summary>What the network sees, to be filled before <see cref="Run"/>: [unit, bin, trial]; see <see cref="TrainingGraph.Input"/>.</summary>
    public Span<float> Input => _state.Feed(TrainingGraph.Input);

    /// <summary>Weight of each entry in the loss: [unit, bin, trial].</summary>
    public Span<float> Weights => _state.Feed(TrainingGraph.Weights);

    /// <summary>What it is to predict, each count times its weight: [unit, bin, trial].</summary>
    public Span<float> WeightedCounts => _state.Feed(TrainingGraph.WeightedCounts);

    /// <summary>The last update's gradient before clipping, laid out as the parameters; empty before the first. Only where <see cref="TrainOptions.WritesHistograms"/>.</summary>
    public ReadOnlySpan<float> Gradient => _state.Steps == 0 ? [] : _state.Fetch<float>(TrainingGraph.Gradient);

    /// <summary>Draws which activations the next update hides.</summary>
    /// <param name="rng">The stream for dropout; nothing is taken from it where the network has none.</param>
    public void DrawDropout(Rng rng)
    {
        foreach (Dropout dropout in _network.Dropouts)
        {
            float kept = (float)(1 / (1 - dropout.Ratio));
            foreach (ref float factor in DropoutMask(dropout))
            {
                factor = rng.NextSingle() < dropout.Ratio ? 0 : kept;
            }
        }
    }

    /// <summary>A dropout's mask, to be filled before <see cref="Run"/>: 0 where hidden, else 1/(1 − ratio).</summary>
    /// <param name="dropout">One of the network's.</param>
    public Span<float> DropoutMask(Dropout dropout) => _state.Feed(dropout.MaskName);

    /// <summary>Makes one update.</summary>
    /// <param name="learningRate">The schedule's rate.</param>
    /// <param name="step">Number of this update, from 1.</param>
    /// <returns>The loss before the update, and the gradient's norm before clipping.</returns>
    public (double Loss, double GradientNorm) Run(double learningRate, long step)
    {
        (_state.Feed(TrainingGraph.StepSize)[0], _state.Feed(TrainingGraph.RootCorrection)[0]) = AdamGraph.StepSizes(learningRate, step);
        if (_options.UpdateRule.ShrinksParameters)
        {
            _state.Feed(TrainingGraph.Kept)[0] = AdamGraph.Kept(learningRate, _options.WeightDecay);
        }

        if (_options.Average.IsOn)
        {
            _state.Feed(TrainingGraph.NewestWeight)[0] = (float)_options.Average.NewestWeight(step, _options.Updates);
        }

        _state.Step();
        return (_state.Fetch(TrainingGraph.Loss), _state.Fetch(TrainingGraph.GradientNorm));
    }

    /// <summary>Copies the state out: parameters, running statistics, optimizer, average.</summary>
    public NetworkState ReadState() => NetworkState.FromVectors(_stateNames.ToDictionary(name => name, Read));

    /// <summary>Replaces the state.</summary>
    /// <param name="state">Of the same network under the same rule.</param>
    public void WriteState(NetworkState state)
    {
        foreach (string name in _stateNames)
        {
            _state.WriteState<float>(name, state[name]);
        }
    }

    /// <summary>Frees the session.</summary>
    public void Dispose()
    {
        _state.Dispose();
        _session.Dispose();
    }

    private float[] Read(string name)
    {
        var values = new float[name == TrainingGraph.Statistics ? _network.RunningStatistics.Count : _network.Parameters.Count];
        _state.ReadState(name, values.AsSpan());
        return values;
    }
}
