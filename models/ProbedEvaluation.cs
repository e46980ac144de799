using UnetSpikes.Models.Links;
using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>A value inside the network that can be looked at and taken away.</summary>
/// <param name="Name">What the network calls it, such as "level 2 across".</param>
/// <param name="Gate">The input it is multiplied by, [1]: 1 leaves it, 0 takes it away.</param>
/// <param name="Output">The output that shows it before the gate, [1, channel, bin, trial].</param>
/// <param name="Channels">Its channels.</param>
/// <param name="Bins">Its bins, at its own resolution and with padding.</param>
public sealed record Probe(string Name, string Gate, string Output, int Channels, int Bins);

/// <summary>The evaluation graph with a gate and an output at everything the network lets a pass observe.</summary>
/// <param name="Graph">Inputs and <c>log_rates</c> as <see cref="EvaluationGraph"/> has them, beside the probes'.</param>
/// <param name="Probes">In the order the network computes them.</param>
public sealed record ProbedEvaluation(Graph Graph, IReadOnlyList<Probe> Probes)
{
    /// <summary>Builds the graph for batches of one fixed size.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">Trials per run.</param>
    /// <param name="bins">Bins per trial.</param>
    public static ProbedEvaluation Build(SpikeNetwork network, int batch, int bins)
    {
        var g = new Graph("unet_spikes_probed_evaluation");
        List<Probe> probes = [];
        PredictedRates predicted = EvaluationGraph.AddNetwork(
            g, network, batch, bins, (parameters, statistics) => new ProbedPass(g, network, parameters, statistics, probes));
        g.AddOutput(predicted.LogRates, EvaluationGraph.LogRates);
        return new ProbedEvaluation(g, probes);
    }

    private sealed class ProbedPass(Graph graph, SpikeNetwork network, Value parameters, Value? runningStatistics, List<Probe> probes)
        : EvaluationPass(graph, network, parameters, runningStatistics)
    {
        public override Value Observe(string name, Value x)
        {
            long[] sizes = x.KnownShape.Sizes();           // [1, C, T, B]
            var probe = new Probe(name, $"gate {probes.Count}", $"probe {probes.Count}", (int)sizes[1], (int)sizes[2]);
            probes.Add(probe);
            Value gated = Graph.Mul(x, Graph.AddInput(probe.Gate, ElementType.Float, Shape.Of(1)));
            Graph.AddOutput(x, probe.Output);
            return gated;
        }
    }
}
