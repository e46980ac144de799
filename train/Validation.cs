using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using UnetSpikes.Train.Masks;
using ElementType = UnetSpikes.Runtime.ElementType;

namespace UnetSpikes.Train;

/// <summary>Scores of one set of weights on held-out trials.</summary>
/// <param name="Loss">Mean Poisson loss of entries while hidden, in nats (see <see cref="Validation"/>); the usual ground for choosing (see <see cref="SelectBy"/>).</param>
/// <param name="BitsPerSpike">The same predictions of hidden entries in bits per spike.</param>
/// <param name="Rates">R² of the rates inferred with nothing hidden against the true ones; null where nobody knows those.</param>
public sealed record ValidationScores(double Loss, double BitsPerSpike, RateScores? Rates)
{
    /// <summary>Mean Poisson loss of all entries with nothing hidden, in nats: low for a network that copies what it sees. NaN in older checkpoints.</summary>
    public double UnmaskedLoss { get; init; } = double.NaN;
}

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

/// <summary>Runs the evaluation graph on the validation trials.</summary>
/// <remarks>
/// The likelihood is taken of hidden entries only: each entry of the validation trials is hidden in exactly one of
/// five folds, always the same ones. A likelihood of entries the network can see rewards copying; this one ranks
/// recipes nearly as the true rates would, without knowing them. It is Poisson's whatever the network's link and training
/// loss, so that the numbers of all networks can be compared.
/// </remarks>
public sealed class Validation : IDisposable
{
    private const int Folds = 5;
    private const int MaxBatch = 64;

    private readonly SpikeSplit _split;
    private readonly Filling _filling;
    private readonly float _foldScale;
    private readonly bool _seesMask;
    private readonly byte[] _fold;
    private readonly int _batch;
    private readonly HiddenActivations[] _middle;
    private readonly OnnxSession _session;
    private readonly BoundRun _run;

    /// <summary>Makes the session.</summary>
    /// <param name="network">The network.</param>
    /// <param name="split">Held-out trials.</param>
    /// <param name="options">How visible counts are scaled, and the seed of the folds.</param>
    /// <param name="filling">What hidden entries become, as in training.</param>
    /// <param name="device">Where to run.</param>
    /// <param name="threads">Threads; 0 = as many as the job was given.</param>
    public Validation(SpikeNetwork network, SpikeSplit split, TrainOptions options, Filling filling, Device device, int threads)
    {
        _split = split;
        _filling = filling;
        _seesMask = network.Options.MaskChannels;
        _foldScale = options.VisibleScale(1.0 / Folds);
        _fold = Masking.Folds(split.Counts.Values.Length, Folds, new Rng(options.Seed, "validation folds"));
        _batch = Math.Min(MaxBatch, split.Counts.Trials);
        Graph = EvaluationGraph.Build(network, _batch, split.Counts.Bins, withMiddle: true);
        _session = new OnnxSession(GraphWriter.ToBytes(Graph), new SessionSettings { Name = "validation", Device = device, Threads = threads });
        long[] shape = [1, split.Counts.Units, split.Counts.Bins, _batch];
        List<TensorSpec> inputs =
        [
            new(EvaluationGraph.Input, ElementType.Float, 1, network.Options.InputChannels, split.Counts.Bins, _batch),
            new(EvaluationGraph.Parameters, ElementType.Float, network.Parameters.Count),
        ];
        if (network.RunningStatistics.Count > 0)
        {
            inputs.Add(new(EvaluationGraph.Statistics, ElementType.Float, network.RunningStatistics.Count));
        }

        Value[] middle = [.. Graph.Outputs.Where(o => o.Name.StartsWith(EvaluationGraph.Middle, StringComparison.Ordinal))];
        _middle = [.. middle.Select(HiddenActivations.For)];
        _run = new BoundRun(
            _session,
            inputs,
            [
                new(EvaluationGraph.LogRates, ElementType.Float, shape),
                new(EvaluationGraph.Rates, ElementType.Float, shape),
                .. middle.Select(o => new TensorSpec(o.Name, ElementType.Float, o.KnownShape.Sizes())),
            ]);
    }

    /// <summary>What is run: the forward pass with the weights as inputs.</summary>
    public Graph Graph { get; }

    /// <summary>The middle layers' activations for the first validation trial with nothing hidden, as of the last <see cref="Score"/>; of several networks, the last one's.</summary>
    public IReadOnlyList<HiddenActivations> Middle => _middle;

    /// <summary>Scores weights.</summary>
    /// <param name="members">The weights; of several, the mean of their log-rates is scored.</param>
    /// <param name="inferred">Receives the rates inferred with nothing hidden, [trial, bin, unit].</param>
    public ValidationScores Score(IReadOnlyList<NetworkState> members, out TrialTensor inferred)
    {
        TrialTensor counts = _split.Counts;
        TrialTensor whileHidden = new(counts.Trials, counts.Bins, counts.Units);
        for (byte fold = 0; fold < Folds; fold++)
        {
            (TrialTensor visible, bool[] hidden) = Hide(fold);
            TrialTensor predicted = Predict(members, visible, hidden).LogRates;
            for (int i = 0; i < _fold.Length; i++)
            {
                if (_fold[i] == fold)
                {
                    whileHidden.Values[i] = predicted.Values[i];
                }
            }
        }

        (TrialTensor logRates, inferred) = Predict(members, counts, hidden: null);
        double loss = PoissonLikelihood.OfLogRates(whileHidden.Values, counts.Values, withLogFactorial: false) / counts.Values.Length;
        RateScores? rates = _split.Rates is TrialTensor truth ? RateScores.Compute(truth, inferred) : null;
        return new ValidationScores(loss, PoissonLikelihood.BitsPerSpikeOfLogRates(whileHidden, counts), rates)
        {
            UnmaskedLoss = PoissonLikelihood.OfLogRates(logRates.Values, counts.Values, withLogFactorial: false) / counts.Values.Length,
        };
    }

    /// <summary>Log-rates and rates of the split's trials with nothing hidden, each [trial, bin, unit].</summary>
    /// <param name="members">The weights; of several, the mean of their log-rates and its exp.</param>
    public (TrialTensor LogRates, TrialTensor Rates) Predict(IReadOnlyList<NetworkState> members) => Predict(members, _split.Counts, hidden: null);

    /// <summary>Frees the session.</summary>
    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }

    /// <summary>The counts with one fold's entries replaced, and which they are.</summary>
    private (TrialTensor Visible, bool[] Hidden) Hide(byte fold)
    {
        TrialTensor counts = _split.Counts;
        bool[] hidden = Array.ConvertAll(_fold, f => f == fold);
        float[] values = Array.ConvertAll(counts.Values, count => count * _foldScale);
        var visible = new TrialTensor(counts.Trials, counts.Bins, counts.Units, values);
        for (int trial = 0; trial < counts.Trials; trial++)
        {
            Span<float> entries = visible.Trial(trial);
            _filling.Apply(entries, hidden.AsSpan(trial * entries.Length, entries.Length));
        }

        return (visible, hidden);
    }

    // Of one network its own; of several the mean log-rates and their exp.
    private (TrialTensor LogRates, TrialTensor Rates) Predict(IReadOnlyList<NetworkState> members, TrialTensor input, bool[]? hidden)
    {
        if (members.Count == 1)
        {
            return Infer(members[0], input, hidden);
        }

        var mean = new TrialTensor(input.Trials, input.Bins, input.Units);
        foreach (NetworkState member in members)
        {
            float[] logRates = Infer(member, input, hidden).LogRates.Values;
            for (int i = 0; i < logRates.Length; i++)
            {
                mean.Values[i] += logRates[i] / members.Count;
            }
        }

        return (mean, new TrialTensor(input.Trials, input.Bins, input.Units, Array.ConvertAll(mean.Values, MathF.Exp)));
    }

    /// <summary>What one network gives for all trials.</summary>
    /// <param name="state">Its weights.</param>
    /// <param name="input">What it sees of the counts.</param>
    /// <param name="hidden">What of them is hidden, for a network that is told; null = nothing.</param>
    private (TrialTensor LogRates, TrialTensor Rates) Infer(NetworkState state, TrialTensor input, bool[]? hidden)
    {
        state.Parameters.CopyTo(_run.Input<float>(EvaluationGraph.Parameters));
        if (state.RunningStatistics.Length > 0)
        {
            state.RunningStatistics.CopyTo(_run.Input<float>(EvaluationGraph.Statistics));
        }

        TrialTensor Empty() => new(input.Trials, input.Bins, input.Units);
        TrialTensor logRates = Empty(), rates = Empty(), mask = Empty();
        for (int i = 0; hidden is not null && i < hidden.Length; i++)
        {
            mask.Values[i] = hidden[i] ? 1 : 0;
        }

        int[] trials = [.. Enumerable.Range(0, input.Trials)];
        int perSet = input.Units * input.Bins * _batch;
        for (int first = 0; first < trials.Length; first += _batch)
        {
            ReadOnlySpan<int> batch = trials.AsSpan(first, Math.Min(_batch, trials.Length - first));
            Span<float> feed = _run.Input<float>(EvaluationGraph.Input);
            TrialBatch.Gather(input, batch, _batch, feed[..perSet]);
            if (_seesMask)
            {
                TrialBatch.Gather(mask, batch, _batch, feed[perSet..]);
            }

            _run.Run();
            TrialBatch.Scatter(_run.Output<float>(EvaluationGraph.LogRates), _batch, logRates, batch);
            TrialBatch.Scatter(_run.Output<float>(EvaluationGraph.Rates), _batch, rates, batch);
            foreach (HiddenActivations layer in first == 0 ? _middle : [])
            {
                _run.Output<float>(EvaluationGraph.Middle + layer.Name).CopyTo(layer.Values);
            }
        }

        return (logRates, rates);
    }
}
