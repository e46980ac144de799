using UnetSpikes.Models.Links;
using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>Rates and log-rates from counts with the weights being trained: what validation runs, and what an export is held against.</summary>
public static class EvaluationGraph
{
    /// <summary>What the network sees: counts, [1, unit, bin, trial]; with mask channels followed by the mask, as many units more.</summary>
    public const string Input = "input";

    /// <summary>The flat parameter vector.</summary>
    public const string Parameters = "parameters";

    /// <summary>The flat vector of running means and variances; absent from networks without normalisation.</summary>
    public const string Statistics = "running_statistics";

    /// <summary>Output: ln(expected spikes per bin), [1, unit, bin, trial].</summary>
    public const string LogRates = "log_rates";

    /// <summary>Output: expected spikes per bin, [1, unit, bin, trial].</summary>
    public const string Rates = "rates";

    /// <summary>Prefix of the outputs with the activations of the middle layers; what <see cref="ForwardPass.Observe"/> calls them follows.</summary>
    public const string Middle = "middle/";

    /// <summary>Builds the graph for batches of one fixed size.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">Trials per run.</param>
    /// <param name="bins">Bins per trial that the network sees.</param>
    /// <param name="withMiddle">Whether the activations of the middle layers, those observed at the lowest resolution, are outputs: of each run's first trial, [bin, channel].</param>
    public static Graph Build(SpikeNetwork network, int batch, int bins, bool withMiddle = false)
    {
        var g = new Graph("unet_spikes_evaluation");
        List<(string Name, Value Activations)> observed = [];
        PredictedRates predicted = AddNetwork(
            g, network, batch, bins, (parameters, statistics) => new ObservingPass(g, network, parameters, statistics, observed));
        g.AddOutput(predicted.LogRates, LogRates);
        g.AddOutput(predicted.Rates, Rates);
        foreach ((string name, Value activations) in withMiddle ? WithFewestBins(observed) : [])
        {
            g.AddOutput(FirstTrial(g, activations), Middle + name);
        }

        return g;
    }

    /// <summary>Adds the inputs and, by a pass of the caller's, the network.</summary>
    internal static PredictedRates AddNetwork(Graph g, SpikeNetwork network, int batch, int bins, Func<Value, Value?, EvaluationPass> passOver)
    {
        Value input = g.AddInput(Input, ElementType.Float, Shape.Of(1, network.Options.InputChannels, bins, batch));
        Value parameters = g.AddInput(Parameters, ElementType.Float, Shape.Of(network.Parameters.Count));
        Value? statistics = network.RunningStatistics.Count == 0
            ? null
            : g.AddInput(Statistics, ElementType.Float, Shape.Of(network.RunningStatistics.Count));
        return network.Predict(passOver(parameters, statistics), input);
    }

    private static IEnumerable<(string Name, Value Activations)> WithFewestBins(List<(string Name, Value Activations)> observed)
    {
        long fewest = observed.Count == 0 ? 0 : observed.Min(o => Bins(o.Activations));
        return observed.Where(o => Bins(o.Activations) == fewest);

        static long Bins(Value activations) => activations.KnownShape.Sizes()[2];
    }

    /// <summary>[1, channel, bin, trial] → [bin, channel].</summary>
    private static Value FirstTrial(Graph g, Value activations)
    {
        long[] sizes = activations.KnownShape.Sizes();
        return g.Reshape(g.Transpose(g.Slice(activations, 3, 0, 1), 2, 1, 0, 3), sizes[2], sizes[1]);
    }

    /// <summary>Remembers what it passes on.</summary>
    private sealed class ObservingPass(
        Graph graph, SpikeNetwork network, Value parameters, Value? runningStatistics, List<(string Name, Value Activations)> observed)
        : EvaluationPass(graph, network, parameters, runningStatistics)
    {
        public override Value Observe(string name, Value x)
        {
            observed.Add((name, x));
            return x;
        }
    }
}
