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
    private readonly Filling _filling;
    private readonly float _foldScale;
    private readonly byte[] _fold;
    private readonly ConstantRates _constant;
    private readonly int[][] _batches;
    private readonly int[] _places;
    private readonly bool[] _hidden;
    private readonly TrialTensor _scratch;
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
        _foldScale = options.VisibleScale(1.0 / Folds);
        _fold = Masking.Folds(split.Counts.Values.Length, Folds, new Rng(options.Seed, "validation folds"));
        _constant = ConstantRates.Of(split.Counts);

        // As few batches as there must be, then as small as they can be: a last one of few trials costs as much as a full one.
        int batches = (split.Counts.Trials + MaxBatch - 1) / MaxBatch;
        int batch = (split.Counts.Trials + batches - 1) / batches;
        _batches = [.. Enumerable.Range(0, split.Counts.Trials).Chunk(batch)];
        _places = [.. Enumerable.Range(0, batch)];
        _scratch = new TrialTensor(batch, split.Counts.Bins, split.Counts.Units);
        _hidden = new bool[_scratch.Values.Length];
        Graph = EvaluationGraph.Build(network, batch, split.Counts.Bins, withMiddle: true);
        _session = new OnnxSession(GraphWriter.ToBytes(Graph), new SessionSettings { Name = "validation", Device = device, Threads = threads });
        long[] shape = [1, split.Counts.Units, split.Counts.Bins, batch];
        List<TensorSpec> inputs =
        [
            new(EvaluationGraph.Input, ElementType.Float, 1, network.Options.InputChannels, split.Counts.Bins, batch),
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
        float[] whileHidden = LogRatesWhileHidden(members);
        (TrialTensor logRates, inferred) = Predict(members);
        double nats = PoissonLikelihood.OfLogRates(whileHidden, counts.Values, withLogFactorial: false);
        RateScores? rates = _split.Rates is TrialTensor truth ? RateScores.Compute(truth, inferred) : null;
        return new ValidationScores(nats / counts.Values.Length, _constant.BitsPerSpike(nats), rates)
        {
            UnmaskedLoss = PoissonLikelihood.OfLogRates(logRates.Values, counts.Values, withLogFactorial: false) / counts.Values.Length,
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
                TrialBatch.Gather(counts, trials, _places.Length, Feed);
                MaskFeed.Clear();
                Run(member);
                if (members.Count == 1)
                {
                    TrialBatch.Scatter(_run.Output<float>(EvaluationGraph.LogRates), _places.Length, logRates, trials);
                    TrialBatch.Scatter(_run.Output<float>(EvaluationGraph.Rates), _places.Length, rates, trials);
                }
                else
                {
                    AddShare(EntriesOf(logRates, trials), members.Count);
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

    private int PerTrial => _split.Counts.Bins * _split.Counts.Units;

    /// <summary>What the network is to see of the counts, [unit, bin, trial].</summary>
    private Span<float> Feed => _run.Input<float>(EvaluationGraph.Input)[.._scratch.Values.Length];

    /// <summary>What of them is hidden, for a network that is told; else empty.</summary>
    private Span<float> MaskFeed => _run.Input<float>(EvaluationGraph.Input)[_scratch.Values.Length..];

    /// <summary>The log-rate of every entry from the run in which it is hidden, [trial, bin, unit].</summary>
    private float[] LogRatesWhileHidden(IReadOnlyList<NetworkState> members)
    {
        var whileHidden = new TrialTensor(_split.Counts.Trials, _split.Counts.Bins, _split.Counts.Units);
        foreach (int[] trials in _batches)
        {
            Span<float> entries = EntriesOf(whileHidden, trials);
            for (byte fold = 0; fold < Folds; fold++)
            {
                Hide(trials, fold);
                foreach (NetworkState member in members)
                {
                    Run(member);
                    AddShare(entries, members.Count, _hidden.AsSpan(0, entries.Length));
                }
            }
        }

        return whileHidden.Values;
    }

    /// <summary>Feeds some trials' counts with one fold's entries replaced, and notes which they are.</summary>
    private void Hide(int[] trials, byte fold)
    {
        ReadOnlySpan<float> counts = EntriesOf(_split.Counts, trials);
        ReadOnlySpan<byte> folds = _fold.AsSpan(trials[0] * PerTrial, counts.Length);
        for (int i = 0; i < folds.Length; i++)
        {
            _hidden[i] = folds[i] == fold;
        }

        ReadOnlySpan<int> places = _places.AsSpan(0, trials.Length);
        TensorPrimitives.Multiply(counts, _foldScale, _scratch.Values);
        foreach (int place in places)
        {
            _filling.Apply(_scratch.Trial(place), _hidden.AsSpan(place * PerTrial, PerTrial));
        }

        TrialBatch.Gather(_scratch, places, _places.Length, Feed);
        if (!MaskFeed.IsEmpty)
        {
            Array.Fill(_scratch.Values, 1);
            Selection.ZeroElsewhere(_scratch.Values, _hidden);
            TrialBatch.Gather(_scratch, places, _places.Length, MaskFeed);
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

    /// <summary>Adds one of several networks' log-rates to their mean.</summary>
    /// <param name="mean">[trial, bin, unit], of the batch's trials.</param>
    /// <param name="members">How many there are.</param>
    /// <param name="only">Entries to add; all where empty.</param>
    private void AddShare(Span<float> mean, int members, ReadOnlySpan<bool> only = default)
    {
        Span<float> share = _scratch.Values.AsSpan(0, mean.Length);
        TrialBatch.Scatter(_run.Output<float>(EvaluationGraph.LogRates), _places.Length, _scratch, _places.AsSpan(0, mean.Length / PerTrial));
        if (!only.IsEmpty)
        {
            Selection.ZeroElsewhere(share, only);
        }

        TensorPrimitives.Divide(share, members, share);
        TensorPrimitives.Add(mean, share, mean);
    }

    private Span<float> EntriesOf(TrialTensor of, int[] trials) => of.Values.AsSpan(trials[0] * PerTrial, trials.Length * PerTrial);
}
