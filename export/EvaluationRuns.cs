using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;

namespace UnetSpikes.Export;

/// <summary>Log-rates of trained networks by the training-side evaluation graph: what an export is held against.</summary>
/// <param name="members">One checkpoint, or several whose log-rates are averaged.</param>
/// <param name="threads">Threads; 0 = as many as the job was given.</param>
public sealed class EvaluationRuns(IReadOnlyList<Checkpoint> members, int threads)
{
    private const int MaxBatch = 64;

    /// <summary>Computes log-rates.</summary>
    /// <param name="counts">Spikes per bin, [trial, bin, unit].</param>
    public TrialTensor LogRates(TrialTensor counts)
    {
        float[][] each = [.. members.Select(member => LogRates(member, counts).Values)];
        float[] mean = each.Length == 1 ? each[0] : [.. Enumerable.Range(0, each[0].Length).Select(i => (float)each.Average(of => (double)of[i]))];
        return new TrialTensor(counts.Trials, counts.Bins, counts.Units, mean);
    }

    private TrialTensor LogRates(Checkpoint checkpoint, TrialTensor counts)
    {
        SpikeNetwork network = checkpoint.Model.Build();
        var logRates = new TrialTensor(counts.Trials, counts.Bins, counts.Units);
        for (int first = 0; first < counts.Trials;)
        {
            // At most two sizes: the graph is of one fixed batch, and the last one is what is left.
            int batch = Math.Min(MaxBatch, counts.Trials - first);
            int runs = (counts.Trials - first) / batch;
            using var session = new OnnxSession(
                GraphWriter.ToBytes(EvaluationGraph.Build(network, batch, counts.Bins)), new SessionSettings { Name = "evaluation", Threads = threads });
            for (int i = 0; i < runs; i++, first += batch)
            {
                Run(session, checkpoint, counts, logRates, first, batch);
            }
        }

        return logRates;
    }

    private static void Run(OnnxSession session, Checkpoint checkpoint, TrialTensor counts, TrialTensor logRates, int first, int batch)
    {
        (int bins, int units) = (counts.Bins, counts.Units);
        var input = new float[units * bins * batch];
        for (int i = 0; i < input.Length; i++)
        {
            input[i] = counts[first + (i % batch), i / batch % bins, i / batch / bins];         // [1, unit, bin, trial]
        }

        var feeds = new Dictionary<string, HostTensor>
        {
            [EvaluationGraph.Input] = HostTensor.Of(input, 1, units, bins, batch),
            [EvaluationGraph.Parameters] = HostTensor.Of(checkpoint.Parameters, checkpoint.Parameters.Length),
        };
        if (checkpoint.RunningStatistics.Length > 0)
        {
            feeds.Add(EvaluationGraph.Statistics, HostTensor.Of(checkpoint.RunningStatistics, checkpoint.RunningStatistics.Length));
        }

        float[] output = session.Run(feeds)[EvaluationGraph.LogRates].Values<float>();
        for (int i = 0; i < output.Length; i++)
        {
            logRates[first + (i % batch), i / batch % bins, i / batch / bins] = output[i];
        }
    }
}
