using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Passes;

namespace UnetSpikes.Models;

/// <summary>The statistics that normalisations see in one training batch: what running statistics are means of.</summary>
/// <remarks>Without dropout, which the network that uses the statistics has none of either.</remarks>
public static class StatisticsGraph
{
    /// <summary>The output: means and unbiased variances of one batch, laid out as <see cref="SpikeNetwork.RunningStatistics"/>.</summary>
    public const string BatchStatistics = "batch_statistics";

    /// <summary>Builds the graph; its inputs are <see cref="EvaluationGraph.Input"/> and <see cref="EvaluationGraph.Parameters"/>.</summary>
    /// <param name="network">A network with normalisations.</param>
    /// <param name="batch">Trials per run.</param>
    /// <param name="bins">Bins per trial that the network sees.</param>
    public static Graph Build(SpikeNetwork network, int batch, int bins)
    {
        var g = new Graph("unet_spikes_statistics");
        Value input = g.AddInput(EvaluationGraph.Input, ElementType.Float, Shape.Of(1, network.Options.InputChannels, bins, batch));
        Value parameters = g.AddInput(EvaluationGraph.Parameters, ElementType.Float, Shape.Of(network.Parameters.Count));
        var pass = new TrainingPass(g, network, parameters, runningStatistics: null) { HasDropout = false };
        network.Build(pass, input);
        g.AddOutput(pass.BatchStatistics(), BatchStatistics);
        // What follows the last normalisation.
        DeadCode.Remove(g);
        return g;
    }
}
