using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;

namespace UnetSpikes.Export;

/// <summary>Rates and log-rates of trained networks by the training-side evaluation graph: what an export is held against.</summary>
/// <param name="members">One checkpoint, or several whose log-rates are averaged.</param>
/// <param name="threads">Threads; 0 = as many as the job was given.</param>
public sealed class EvaluationRuns(IReadOnlyList<Checkpoint> members, int threads)
{
    private const int MaxBatch = 64;

    /// <summary>Computes rates and log-rates.</summary>
    /// <param name="counts">Spikes per bin, [trial, bin, unit], of what the networks see.</param>
    public EvaluatedRates Of(TrialTensor counts)
    {
        EvaluatedRates[] each = [.. members.Select(member => Of(member, counts))];
        if (each.Length == 1)
        {
            return each[0];
        }

        TrialTensor first = each[0].LogRates;
        float[] mean = [.. Enumerable.Range(0, first.Values.Length).Select(i => (float)each.Average(of => (double)of.LogRates.Values[i]))];
        TrialTensor Shaped(float[] values) => new(first.Trials, first.Bins, first.Units, values);
        return new EvaluatedRates(Shaped(mean), Shaped(Array.ConvertAll(mean, MathF.Exp)));
    }

    private EvaluatedRates Of(Checkpoint checkpoint, TrialTensor counts)
    {
        SpikeNetwork network = checkpoint.Model.Build();
        TrialTensor Empty() => new(counts.Trials, counts.Bins + network.Options.ForwardBins, network.Options.Channels);
        var results = new EvaluatedRates(Empty(), Empty());
        for (int first = 0; first < counts.Trials;)
        {
            // At most two sizes: the graph is of one fixed batch, and the last one is what is left.
            int batch = Math.Min(MaxBatch, counts.Trials - first);
            int runs = (counts.Trials - first) / batch;
            using var session = new OnnxSession(
                GraphWriter.ToBytes(EvaluationGraph.Build(network, batch, counts.Bins)), new SessionSettings { Name = "evaluation", Threads = threads });
            for (int i = 0; i < runs; i++, first += batch)
            {
                Run(session, checkpoint, counts, results, first, batch);
            }
        }

        return results;
    }

    private static void Run(OnnxSession session, Checkpoint checkpoint, TrialTensor counts, EvaluatedRates results, int first, int batch)
    {
        (int bins, int units) = (counts.Bins, counts.Units);
        int channels = checkpoint.Model.InputChannels;
        var input = new float[channels * bins * batch];
        // Channels of a mask, if there are any, stay zero: nothing is hidden.
        for (int i = 0; i < units * bins * batch; i++)
        {
            input[i] = counts[first + (i % batch), i / batch % bins, i / batch / bins];         // [1, unit, bin, trial]
        }

        var feeds = new Dictionary<string, HostTensor>
        {
            [EvaluationGraph.Input] = HostTensor.Of(input, 1, channels, bins, batch),
            [EvaluationGraph.Parameters] = HostTensor.Of(checkpoint.Parameters, checkpoint.Parameters.Length),
        };
        if (checkpoint.RunningStatistics.Length > 0)
        {
            feeds.Add(EvaluationGraph.Statistics, HostTensor.Of(checkpoint.RunningStatistics, checkpoint.RunningStatistics.Length));
        }

        IReadOnlyDictionary<string, HostTensor> outputs = session.Run(feeds);
        foreach ((string name, TrialTensor result) in new[] { (EvaluationGraph.LogRates, results.LogRates), (EvaluationGraph.Rates, results.Rates) })
        {
            float[] output = outputs[name].Values<float>();
            for (int i = 0; i < output.Length; i++)
            {
                result[first + (i % batch), i / batch % result.Bins, i / batch / result.Bins] = output[i];
            }
        }
    }
}

/// <summary>What trained networks predict for counts, [trial, bin, unit], held-out units and forward bins included.</summary>
/// <param name="LogRates">ln(expected spikes per bin).</param>
/// <param name="Rates">Expected spikes per bin.</param>
public sealed record EvaluatedRates(TrialTensor LogRates, TrialTensor Rates);
