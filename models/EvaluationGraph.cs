using UnetSpikes.Onnx;

namespace UnetSpikes.Models;

/// <summary>Log-rates from counts with the weights being trained: what validation runs, and what an export is held against.</summary>
public static class EvaluationGraph
{
    /// <summary>What the network sees: counts, [1, unit, bin, trial].</summary>
    public const string Input = "input";

    /// <summary>The flat parameter vector.</summary>
    public const string Parameters = "parameters";

    /// <summary>The flat vector of running means and variances; absent from networks without normalisation.</summary>
    public const string Statistics = "running_statistics";

    /// <summary>The output: ln(expected spikes per bin), [1, unit, bin, trial].</summary>
    public const string LogRates = "log_rates";

    /// <summary>Prefix of the outputs with the activations of <see cref="NetworkOutput.Middle"/>; the layer's name follows.</summary>
    public const string Middle = "middle/";

    /// <summary>Builds the graph for batches of one fixed size.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batch">Trials per run.</param>
    /// <param name="bins">Bins per trial.</param>
    /// <param name="withMiddle">Whether the activations of the middle layers are outputs: of each run's first trial, [bin, channel].</param>
    public static Graph Build(SpikeNetwork network, int batch, int bins, bool withMiddle = false)
    {
        var g = new Graph("unet_spikes_evaluation");
        Value input = g.AddInput(Input, ElementType.Float, Shape.Of(1, network.Options.Channels, bins, batch));
        Value parameters = g.AddInput(Parameters, ElementType.Float, Shape.Of(network.Parameters.Count));
        Value? statistics = network.RunningStatistics.Count == 0
            ? null
            : g.AddInput(Statistics, ElementType.Float, Shape.Of(network.RunningStatistics.Count));
        NetworkOutput output = network.Build(new EvaluationPass(g, network, parameters, statistics), input);
        g.AddOutput(output.LogRates, LogRates);
        foreach (HiddenLayer layer in withMiddle ? output.Middle : [])
        {
            g.AddOutput(FirstTrial(g, layer.Activations), Middle + layer.Name);
        }

        return g;
    }

    /// <summary>[1, channel, bin, trial] → [bin, channel].</summary>
    private static Value FirstTrial(Graph g, Value activations)
    {
        long[] sizes = activations.KnownShape.Sizes();
        return g.Reshape(g.Transpose(g.Slice(activations, 3, 0, 1), 2, 1, 0, 3), sizes[2], sizes[1]);
    }
}
