using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Train;

namespace UnetSpikes.Bench;

/// <summary>Times the training step: forward, loss, backward, AMSGrad, running statistics.</summary>
/// <remarks>
/// Why: the product's claim is that one ONNX graph trains faster than PyTorch on the same cores. What: the whole step,
/// its batch in place already; not the drawing of masks and trials, which PyTorch's side leaves out too. It is driven
/// from outside (vs_pytorch.py), a block of steps at a time, so that both sides alternate within one run.
/// </remarks>
internal static class TrainingStepBench
{
    /// <summary>Declares <c>training-step CASE --layers N … --threads N</c>.</summary>
    public static Command Create()
    {
        var path = new Argument<string>("CASE") { Description = "Weights under PyTorch's names and the batch (batch.input, .weights, .weighted_counts), safetensors." };
        var layers = new Option<int>("--layers") { Description = "Levels.", HelpName = "N", DefaultValueFactory = _ => 3 };
        var channels = new Option<int>("--channels") { Description = "Channels.", HelpName = "N", DefaultValueFactory = _ => 29 };
        var latent = new Option<int>("--latent") { Description = "Width.", HelpName = "N", DefaultValueFactory = _ => 20 };
        Option<int> threads = CommonOptions.Threads();
        var command = new Command("training-step", "Time training steps: a number of steps per line of stdin; answers with the last loss and milliseconds per step.")
        {
            path, layers, channels, latent, threads,
        };
        command.SetAction(parsed => Serve(
            parsed.GetValue(path)!,
            new ModelOptions { Layers = parsed.GetValue(layers), Channels = parsed.GetValue(channels), LatentDim = parsed.GetValue(latent) },
            parsed.GetValue(threads),
            parsed.InvocationConfiguration.Output));
        return command;
    }

    private static int Serve(string path, ModelOptions options, int threads, TextWriter output)
    {
        SafetensorsFile file = Safetensors.Read(path);
        SpikeNetwork network = options.Build();
        float[] parameters = network.Parameters.Flatten(file.Arrays, path);
        var zeros = new OptimizerState(new float[parameters.Length], new float[parameters.Length], new float[parameters.Length]);
        var start = new NetworkState(parameters, network.RunningStatistics.Flatten(file.Arrays, path), zeros);
        NamedArray input = file.Arrays["batch.input"];
        (int bins, int batch) = ((int)input.Dims[1], (int)input.Dims[2]);
        using var step = new TrainingStep(
            network, batch, bins, new TrainOptions { DataFile = "" }, start, Device.Cpu, threads);
        input.Values.CopyTo(step.Input);
        file.Arrays["batch.weights"].Values.CopyTo(step.Weights);
        file.Arrays["batch.weighted_counts"].Values.CopyTo(step.WeightedCounts);

        long number = 0;
        while (Console.ReadLine() is string line)
        {
            double loss = 0;
            var times = new List<string>();
            for (int i = int.Parse(line, CultureInfo.InvariantCulture); i > 0; i--)
            {
                long began = Stopwatch.GetTimestamp();
                (loss, _) = step.Run(learningRate: 1e-3, ++number);
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds.ToString("F4", CultureInfo.InvariantCulture));
            }

            output.WriteLine(loss.ToString("R", CultureInfo.InvariantCulture) + " " + string.Join(' ', times));
        }

        return 0;
    }
}
