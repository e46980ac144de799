using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
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

/// <summary>Runs the evaluation graph on the validation trials.</summary>
/// <remarks>
/// The likelihood is taken of hidden entries only: each entry of the validation trials is hidden in exactly one of
/// five folds, always the same ones. A likelihood of entries the network can see rewards copying; this one ranks
/// recipes nearly as the true rates would, without knowing them.
/// </remarks>
public sealed class Validation : IDisposable
{
    private const int Folds = 5;
    private const int MaxBatch = 64;

    private readonly SpikeSplit _split;
    private readonly float _foldScale;
    private readonly byte[] _fold;
    private readonly int _batch;
    private readonly OnnxSession _session;
    private readonly BoundRun _run;

    /// <summary>Makes the session.</summary>
    /// <param name="network">The network.</param>
    /// <param name="split">Held-out trials.</param>
    /// <param name="options">How visible counts are scaled, and the seed of the folds.</param>
    /// <param name="device">Where to run.</param>
    /// <param name="threads">Threads; 0 = as many as the job was given.</param>
    public Validation(SpikeNetwork network, SpikeSplit split, TrainOptions options, Device device, int threads)
    {
        _split = split;
        _foldScale = options.VisibleScale(1.0 / Folds);
        _fold = Masking.Folds(split.Counts.Values.Length, Folds, new Rng(options.Seed, "validation folds"));
        _batch = Math.Min(MaxBatch, split.Counts.Trials);
        Graph graph = EvaluationGraph.Build(network, _batch, split.Counts.Bins);
        _session = new OnnxSession(GraphWriter.ToBytes(graph), new SessionSettings { Name = "validation", Device = device, Threads = threads });
        long[] shape = [1, split.Counts.Units, split.Counts.Bins, _batch];
        List<TensorSpec> inputs =
        [
            new(EvaluationGraph.Input, ElementType.Float, shape),
            new(EvaluationGraph.Parameters, ElementType.Float, network.Parameters.Count),
        ];
        if (network.RunningStatistics.Count > 0)
        {
            inputs.Add(new(EvaluationGraph.Statistics, ElementType.Float, network.RunningStatistics.Count));
        }

        _run = new BoundRun(_session, inputs, [new(EvaluationGraph.LogRates, ElementType.Float, shape)]);
    }

    /// <summary>Scores weights.</summary>
    /// <param name="members">The weights; of several, the mean of their log-rates is scored.</param>
    /// <param name="logRates">Receives the log-rates inferred with nothing hidden, [trial, bin, unit].</param>
    public ValidationScores Score(IReadOnlyList<NetworkState> members, out TrialTensor logRates)
    {
        TrialTensor counts = _split.Counts;
        TrialTensor whileHidden = new(counts.Trials, counts.Bins, counts.Units);
        for (byte fold = 0; fold < Folds; fold++)
        {
            TrialTensor predicted = MeanLogRates(members, Visible(fold));
            for (int i = 0; i < _fold.Length; i++)
            {
                if (_fold[i] == fold)
                {
                    whileHidden.Values[i] = predicted.Values[i];
                }
            }
        }

        logRates = LogRates(members);
        double loss = PoissonLikelihood.OfLogRates(whileHidden.Values, counts.Values, withLogFactorial: false) / counts.Values.Length;
        RateScores? rates = _split.Rates is TrialTensor truth ? RateScores.Compute(truth, Exp(logRates)) : null;
        return new ValidationScores(loss, PoissonLikelihood.BitsPerSpikeOfLogRates(whileHidden, counts), rates)
        {
            UnmaskedLoss = PoissonLikelihood.OfLogRates(logRates.Values, counts.Values, withLogFactorial: false) / counts.Values.Length,
        };
    }

    /// <summary>Log-rates of the split's trials with nothing hidden, [trial, bin, unit].</summary>
    /// <param name="members">The weights; of several, the mean of their log-rates.</param>
    public TrialTensor LogRates(IReadOnlyList<NetworkState> members) => MeanLogRates(members, _split.Counts);

    /// <summary>Frees the session.</summary>
    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }

    /// <summary>rates = exp(log-rates).</summary>
    /// <param name="logRates">ln(expected spikes per bin).</param>
    public static TrialTensor Exp(TrialTensor logRates) =>
        new(logRates.Trials, logRates.Bins, logRates.Units, Array.ConvertAll(logRates.Values, MathF.Exp));

    private TrialTensor Visible(byte fold)
    {
        TrialTensor counts = _split.Counts;
        var visible = new TrialTensor(counts.Trials, counts.Bins, counts.Units);
        for (int i = 0; i < _fold.Length; i++)
        {
            visible.Values[i] = _fold[i] == fold ? 0 : counts.Values[i] * _foldScale;
        }

        return visible;
    }

    private TrialTensor MeanLogRates(IReadOnlyList<NetworkState> members, TrialTensor input)
    {
        var mean = new TrialTensor(input.Trials, input.Bins, input.Units);
        foreach (NetworkState state in members)
        {
            state.Parameters.CopyTo(_run.Input<float>(EvaluationGraph.Parameters));
            if (state.RunningStatistics.Length > 0)
            {
                state.RunningStatistics.CopyTo(_run.Input<float>(EvaluationGraph.Statistics));
            }

            float[] logRates = Infer(input).Values;
            for (int i = 0; i < logRates.Length; i++)
            {
                mean.Values[i] += logRates[i] / members.Count;
            }
        }

        return mean;
    }

    private TrialTensor Infer(TrialTensor input)
    {
        var output = new TrialTensor(input.Trials, input.Bins, input.Units);
        int[] trials = [.. Enumerable.Range(0, input.Trials)];
        for (int first = 0; first < trials.Length; first += _batch)
        {
            ReadOnlySpan<int> batch = trials.AsSpan(first, Math.Min(_batch, trials.Length - first));
            TrialBatch.Gather(input, batch, _batch, _run.Input<float>(EvaluationGraph.Input));
            _run.Run();
            TrialBatch.Scatter(_run.Output<float>(EvaluationGraph.LogRates), _batch, output, batch);
        }

        return output;
    }
}
