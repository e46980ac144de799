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

    /// <summary>Builds the graph for batches of one fixed size.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">Trials per run.</param>
    /// <param name="bins">Bins per trial.</param>
    public static Graph Build(SpikeNetwork network, int batch, int bins)
    {
        var g = new Graph("unet_spikes_evaluation");
        PredictedRates predicted = AddNetwork(g, network, batch, bins, (parameters, statistics) => new EvaluationPass(g, network, parameters, statistics));
        g.AddOutput(predicted.LogRates, LogRates);
        g.AddOutput(predicted.Rates, Rates);
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
}
