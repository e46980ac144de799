using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Onnx;

namespace UnetSpikes.Bench;

/// <summary>Makes a model to be timed: random weights, exported by us and written for another program to export too.</summary>
public static class InferenceModel
{
    /// <summary>Declares <c>model --out FILE --weights FILE --layers N …</c>.</summary>
    public static Command Create()
    {
        var layers = new Option<int>("--layers") { Description = "Levels.", HelpName = "N", DefaultValueFactory = _ => 3 };
        var channels = new Option<int>("--channels") { Description = "Channels.", HelpName = "N", DefaultValueFactory = _ => 29 };
        var latent = new Option<int>("--latent") { Description = "Width.", HelpName = "N", DefaultValueFactory = _ => 20 };
        var form = new Option<ModelForm>("--for") { Description = "The form.", DefaultValueFactory = _ => ModelForm.Auto };
        var output = new Option<string>("--out") { Description = "The model.", HelpName = "FILE", Required = true };
        var weights = new Option<string?>("--weights") { Description = "Its weights under PyTorch's names, as safetensors.", HelpName = "FILE" };
        var command = new Command("model", "Export a UNet of random weights.") { layers, channels, latent, form, output, weights };
        command.SetAction(parsed =>
        {
            SpikeNetwork network = new ModelOptions
            {
                Channels = parsed.GetValue(channels),
                Layers = parsed.GetValue(layers),
                LatentDim = parsed.GetValue(latent),
            }.Build();
            (float[] parameters, float[] statistics) = Draw(network);
            if (parsed.GetValue(weights) is string path)
            {
                Safetensors.Write(
                    path,
                    [.. network.Parameters.Unflatten(parameters), .. network.RunningStatistics.Unflatten(statistics)],
                    new Dictionary<string, string>());
            }

            Graph graph = InferenceGraph.Build([new FoldedNetwork(network, FoldedWeights.Fold(network, parameters, statistics))], parsed.GetValue(form));
            AtomicFile.Write(parsed.GetValue(output)!, stream => stream.Write(GraphWriter.ToBytes(graph)));
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Weights as training starts with, and running statistics that are not those of no data.</summary>
    private static (float[] Parameters, float[] Statistics) Draw(SpikeNetwork network)
    {
        var rng = new Rng(1, "weights");
        float[] parameters = network.Parameters.Initialize(rng);
        float[] statistics = network.RunningStatistics.Initialize(rng);
        for (int i = 0; i < statistics.Length; i++)
        {
            statistics[i] += (float)(0.5 * (rng.NextDouble() - 0.5));
        }

        return (parameters, statistics);
    }
}
