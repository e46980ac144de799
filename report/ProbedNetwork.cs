using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;

namespace UnetSpikes.Report;

/// <summary>A trained network that can be run whole, run with a level taken away, and looked into.</summary>
public sealed class ProbedNetwork : IDisposable
{
    private const int MaxBatch = 64;

    private readonly Checkpoint _checkpoint;
    private readonly int _bins;
    private readonly int _batch;
    private readonly OnnxSession _session;

    /// <summary>Makes the session.</summary>
    /// <param name="checkpoint">The weights.</param>
    /// <param name="trials">Trials there are; at most 64 are run at a time.</param>
    /// <param name="bins">Bins per trial, the forward bins included.</param>
    /// <param name="threads">Threads; 0 = as many as the job was given.</param>
    public ProbedNetwork(Checkpoint checkpoint, int trials, int bins, int threads)
    {
        _checkpoint = checkpoint;
        _bins = bins - checkpoint.Model.ForwardBins;
        _batch = Math.Clamp(trials, 1, MaxBatch);
        var evaluation = ProbedEvaluation.Build(checkpoint.Model.Build(), _batch, _bins);
        Probes = evaluation.Probes;
        _session = new OnnxSession(GraphWriter.ToBytes(evaluation.Graph), new SessionSettings { Name = "probed evaluation", Threads = threads });
    }

    /// <summary>What can be looked at and taken away.</summary>
    public IReadOnlyList<Probe> Probes { get; }

    /// <summary>Infers log-rates with nothing hidden.</summary>
    /// <param name="counts">Spikes per bin of whole trials, [trial, bin, unit]; what the network may not see it does not.</param>
    /// <param name="without">The level whose contribution is set to zero; null = none.</param>
    /// <param name="cancel">Looked at before every batch.</param>
    /// <returns>ln(expected spikes per bin), [trial, bin, unit].</returns>
    public TrialTensor LogRates(TrialTensor counts, Probe? without, CancellationToken cancel)
    {
        var logRates = new TrialTensor(counts.Trials, counts.Bins, counts.Units);
        for (int first = 0; first < counts.Trials; first += _batch)
        {
            cancel.ThrowIfCancellationRequested();
            int[] trials = [.. Enumerable.Range(first, Math.Min(_batch, counts.Trials - first))];
            float[] values = Run(counts, trials, without, [EvaluationGraph.LogRates])[EvaluationGraph.LogRates].Values<float>();
            TrialBatch.Scatter(values, _batch, logRates, trials);
        }

        return logRates;
    }

    /// <summary>What a few trials bring about inside.</summary>
    /// <param name="counts">Spikes per bin, [trial, bin, unit].</param>
    /// <param name="trials">Which trials, no more than fit one batch.</param>
    /// <returns>For each probe, [trial, bin, channel] at the probe's own resolution.</returns>
    public IReadOnlyList<TrialTensor> Activations(TrialTensor counts, IReadOnlyList<int> trials)
    {
        if (Probes.Count == 0)
        {
            return [];
        }

        IReadOnlyDictionary<string, HostTensor> outputs = Run(counts, [.. trials], null, [.. Probes.Select(probe => probe.Output)]);
        return [.. Probes.Select(probe =>
        {
            var activations = new TrialTensor(trials.Count, probe.Bins, probe.Channels);
            TrialBatch.Scatter(outputs[probe.Output].Values<float>(), _batch, activations, [.. Enumerable.Range(0, trials.Count)]);
            return activations;
        })];
    }

    /// <summary>Frees the session.</summary>
    public void Dispose() => _session.Dispose();

    private IReadOnlyDictionary<string, HostTensor> Run(TrialTensor counts, int[] trials, Probe? without, string[] fetches)
    {
        // Channels of a mask, if the network has them, stay zero: nothing is hidden.
        int channels = _checkpoint.Model.InputChannels;
        var input = new float[channels * _bins * _batch];
        TrialTensor seen = _checkpoint.Model.ObservedOf(counts).Of(counts).WithZerosForGaps();
        TrialBatch.Gather(seen, trials, _batch, input.AsSpan(0, seen.Units * _bins * _batch));
        var feeds = new Dictionary<string, HostTensor>
        {
            [EvaluationGraph.Input] = HostTensor.Of(input, 1, channels, _bins, _batch),
            [EvaluationGraph.Parameters] = HostTensor.Of(_checkpoint.Parameters, _checkpoint.Parameters.Length),
        };
        if (_checkpoint.RunningStatistics.Length > 0)
        {
            feeds.Add(EvaluationGraph.Statistics, HostTensor.Of(_checkpoint.RunningStatistics, _checkpoint.RunningStatistics.Length));
        }

        foreach (Probe probe in Probes)
        {
            feeds.Add(probe.Gate, HostTensor.Of([probe == without ? 0f : 1f], 1));
        }

        return _session.Run(feeds, fetches);
    }
}
