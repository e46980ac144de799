using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using ElementType = UnetSpikes.Runtime.ElementType;

namespace UnetSpikes.Train;

/// <summary>Scores of one set of weights on held-out trials.</summary>
/// <param name="Loss">Mean Poisson loss of entries while hidden, in nats (see <see cref="Validation"/>); what is minimised.</param>
/// <param name="BitsPerSpike">The same predictions of hidden entries in bits per spike.</param>
/// <param name="Rates">R² of the rates inferred with nothing hidden against the true ones; null where nobody knows those.</param>
public sealed record ValidationScores(double Loss, double BitsPerSpike, RateScores? Rates);

/// <summary>What a hidden layer computed of one trial.</summary>
/// <param name="Name">The layer's name.</param>
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
    private readonly HiddenActivations[] _middle;
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
        Graph = EvaluationGraph.Build(network, _batch, split.Counts.Bins, withMiddle: true);
        _session = new OnnxSession(GraphWriter.ToBytes(Graph), new SessionSettings { Name = "validation", Device = device, Threads = threads });
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

        Value[] middle = [.. Graph.Outputs.Where(o => o.Name.StartsWith(EvaluationGraph.Middle, StringComparison.Ordinal))];
        _middle = [.. middle.Select(HiddenActivations.For)];
        _run = new BoundRun(
            _session,
            inputs,
            [new(EvaluationGraph.LogRates, ElementType.Float, shape), .. middle.Select(o => new TensorSpec(o.Name, ElementType.Float, o.KnownShape.Sizes()))]);
    }

    /// <summary>What is run: the forward pass with the weights as inputs.</summary>
    public Graph Graph { get; }

    /// <summary>The middle layers' activations for the first validation trial with nothing hidden, as of the last <see cref="Score"/>.</summary>
    public IReadOnlyList<HiddenActivations> Middle => _middle;

    /// <summary>Scores weights.</summary>
    /// <param name="state">The weights.</param>
    /// <param name="logRates">Receives the log-rates inferred with nothing hidden, [trial, bin, unit].</param>
    public ValidationScores Score(NetworkState state, out TrialTensor logRates)
    {
        state.Parameters.CopyTo(_run.Input<float>(EvaluationGraph.Parameters));
        if (state.RunningStatistics.Length > 0)
        {
            state.RunningStatistics.CopyTo(_run.Input<float>(EvaluationGraph.Statistics));
        }

        TrialTensor counts = _split.Counts;
        TrialTensor whileHidden = new(counts.Trials, counts.Bins, counts.Units);
        for (byte fold = 0; fold < Folds; fold++)
        {
            TrialTensor predicted = Infer(Visible(fold));
            for (int i = 0; i < _fold.Length; i++)
            {
                if (_fold[i] == fold)
                {
                    whileHidden.Values[i] = predicted.Values[i];
                }
            }
        }

        logRates = Infer(counts);
        double loss = PoissonLikelihood.OfLogRates(whileHidden.Values, counts.Values, withLogFactorial: false) / counts.Values.Length;
        RateScores? rates = _split.Rates is TrialTensor truth ? RateScores.Compute(truth, Exp(logRates)) : null;
        return new ValidationScores(loss, PoissonLikelihood.BitsPerSpikeOfLogRates(whileHidden, counts), rates);
    }

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
            foreach (HiddenActivations layer in first == 0 ? _middle : [])
            {
                _run.Output<float>(EvaluationGraph.Middle + layer.Name).CopyTo(layer.Values);
            }
        }

        return output;
    }
}
