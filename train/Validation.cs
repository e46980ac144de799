using System.Numerics.Tensors;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using UnetSpikes.Train.Masks;
using ElementType = UnetSpikes.Runtime.ElementType;

namespace UnetSpikes.Train;

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
    private readonly ObservedPart _observed;
    private readonly ObservedCounts _seen;
    private readonly PredictionScores _predicted;
    private readonly Filling _filling;
    private readonly float _foldScale;
    private readonly byte[] _fold;
    private readonly int[][] _batches;
    private readonly int[] _places;
    private readonly bool[] _hidden;
    private readonly TrialTensor _input;
    private readonly TrialTensor _output;
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
        _observed = network.Options.ObservedOf(split.Counts);
        _seen = ObservedCounts.Of(_observed.Of(split.Counts));
        _predicted = new PredictionScores(split.Counts, _observed);
        _filling = filling;
        _foldScale = options.VisibleScale(1.0 / Folds);
        _fold = Masking.Folds(_seen.Shown.Values.Length, Folds, new Rng(options.Seed, "validation folds"));

        // As few batches as there must be, then as small as they can be: a last one of few trials costs as much as a full one.
        int batches = (split.Counts.Trials + MaxBatch - 1) / MaxBatch;
        int batch = (split.Counts.Trials + batches - 1) / batches;
        _batches = [.. Enumerable.Range(0, split.Counts.Trials).Chunk(batch)];
        _places = [.. Enumerable.Range(0, batch)];
        _input = new TrialTensor(batch, _observed.Bins, _observed.Units);
        _output = new TrialTensor(batch, split.Counts.Bins, split.Counts.Units);
        _hidden = new bool[_input.Values.Length];
        Graph = EvaluationGraph.Build(network, batch, _observed.Bins, withMiddle: true);
        _session = new OnnxSession(GraphWriter.ToBytes(Graph), new SessionSettings { Name = "validation", Device = device, Threads = threads });
        long[] shape = [1, split.Counts.Units, split.Counts.Bins, batch];
        List<TensorSpec> inputs =
        [
            new(EvaluationGraph.Input, ElementType.Float, 1, network.Options.InputChannels, _observed.Bins, batch),
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
        TrialTensor whileHidden = LogRatesWhileHidden(members);
        (TrialTensor logRates, inferred) = Predict(members);
        double nats = _seen.Nats(whileHidden);
        RateScores? rates = _split.Rates is TrialTensor truth ? RateScores.Compute(_observed.Of(truth), _observed.Of(inferred)) : null;
        return new ValidationScores(nats / _seen.Recorded, _seen.Constant.BitsPerSpike(nats), rates)
        {
            UnmaskedLoss = _seen.Nats(_observed.Of(logRates)) / _seen.Recorded,
            CoBps = _predicted.CoBps(logRates),
            FpBps = _predicted.FpBps(logRates),
        };
    }

    /// <summary>Log-rates and rates of the split's trials with nothing hidden, each [trial, bin, unit].</summary>
    /// <param name="members">The weights; of several, the mean of their log-rates and its exp.</param>
    public (TrialTensor LogRates, TrialTensor Rates) Predict(IReadOnlyList<NetworkState> members)
    {
        TrialTensor counts = _split.Counts;
        TrialTensor logRates = new(counts.Trials, counts.Bins, counts.Units), rates = new(counts.Trials, counts.Bins, counts.Units);
        foreach (NetworkState member in members)
        {
            foreach (int[] trials in _batches)
            {
                TrialBatch.Gather(_seen.Shown, trials, _places.Length, Feed);
                MaskFeed.Clear();
                Run(member);
                if (members.Count == 1)
                {
                    TrialBatch.Scatter(_run.Output<float>(EvaluationGraph.LogRates), _places.Length, logRates, trials);
                    TrialBatch.Scatter(_run.Output<float>(EvaluationGraph.Rates), _places.Length, rates, trials);
                }
                else
                {
                    AddShare(Of(logRates, trials), Outputs(trials.Length).Values, members.Count);
                }

                foreach (HiddenActivations layer in trials[0] == 0 ? _middle : [])
                {
                    _run.Output<float>(EvaluationGraph.Middle + layer.Name).CopyTo(layer.Values);
                }
            }
        }

        if (members.Count > 1)
        {
            rates = new TrialTensor(counts.Trials, counts.Bins, counts.Units, Array.ConvertAll(logRates.Values, MathF.Exp));
        }

        return (logRates, rates);
    }

    /// <summary>Frees the session.</summary>
    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }

    /// <summary>What the network is to see of the counts, [unit, bin, trial].</summary>
    private Span<float> Feed => _run.Input<float>(EvaluationGraph.Input)[.._input.Values.Length];

    /// <summary>What of them is hidden, for a network that is told; else empty.</summary>
    private Span<float> MaskFeed => _run.Input<float>(EvaluationGraph.Input)[_input.Values.Length..];

    /// <summary>The log-rate of every entry seen from the run in which it is hidden, [trial, bin, unit].</summary>
    private TrialTensor LogRatesWhileHidden(IReadOnlyList<NetworkState> members)
    {
        var whileHidden = new TrialTensor(_split.Counts.Trials, _observed.Bins, _observed.Units);
        foreach (int[] trials in _batches)
        {
            Span<float> entries = Of(whileHidden, trials);
            for (byte fold = 0; fold < Folds; fold++)
            {
                Hide(trials, fold);
                foreach (NetworkState member in members)
                {
                    Run(member);
                    Span<float> share = _observed.Of(Outputs(trials.Length)).Values.AsSpan(0, entries.Length);
                    Selection.ZeroElsewhere(share, _hidden.AsSpan(0, entries.Length));
                    AddShare(entries, share, members.Count);
                }
            }
        }

        return whileHidden;
    }

    /// <summary>Feeds some trials' counts with one fold's entries replaced, and notes which they are.</summary>
    private void Hide(int[] trials, byte fold)
    {
        ReadOnlySpan<float> counts = Of(_seen.Shown, trials), recorded = Of(_seen.Counts, trials);
        int perTrial = counts.Length / trials.Length;
        ReadOnlySpan<byte> folds = _fold.AsSpan(trials[0] * perTrial, counts.Length);
        for (int i = 0; i < folds.Length; i++)
        {
            _hidden[i] = folds[i] == fold;
        }

        ReadOnlySpan<int> places = _places.AsSpan(0, trials.Length);
        TensorPrimitives.Multiply(counts, _foldScale, _input.Values);
        foreach (int place in places)
        {
            Range trial = (place * perTrial)..((place + 1) * perTrial);
            if (_seen.HasGaps)
            {
                Gaps.Hide(recorded[trial], _hidden.AsSpan(trial), _hidden.AsSpan(trial));
            }

            _filling.Apply(_input.Trial(place), _hidden.AsSpan(trial));
            if (_seen.HasGaps)
            {
                Gaps.Silence(recorded[trial], _input.Trial(place), _hidden.AsSpan(trial));
            }
        }

        TrialBatch.Gather(_input, places, _places.Length, Feed);
        if (!MaskFeed.IsEmpty)
        {
            Array.Fill(_input.Values, 1);
            Selection.ZeroElsewhere(_input.Values, _hidden);
            TrialBatch.Gather(_input, places, _places.Length, MaskFeed);
        }
    }

    private void Run(NetworkState state)
    {
        state.Parameters.CopyTo(_run.Input<float>(EvaluationGraph.Parameters));
        if (state.RunningStatistics.Length > 0)
        {
            state.RunningStatistics.CopyTo(_run.Input<float>(EvaluationGraph.Statistics));
        }

        _run.Run();
    }

    /// <summary>The log-rates of the last run's first trials, [trial, bin, unit]; further trials are left over from runs before.</summary>
    private TrialTensor Outputs(int trials)
    {
        TrialBatch.Scatter(_run.Output<float>(EvaluationGraph.LogRates), _places.Length, _output, _places.AsSpan(0, trials));
        return _output;
    }

    /// <summary>Adds one of several networks' log-rates to their mean.</summary>
    private static void AddShare(Span<float> mean, Span<float> logRates, int members)
    {
        Span<float> share = logRates[..mean.Length];
        TensorPrimitives.Divide(share, members, share);
        TensorPrimitives.Add(mean, share, mean);
    }

    private static Span<float> Of(TrialTensor tensor, int[] trials)
    {
        int perTrial = tensor.Bins * tensor.Units;
        return tensor.Values.AsSpan(trials[0] * perTrial, trials.Length * perTrial);
    }
}
