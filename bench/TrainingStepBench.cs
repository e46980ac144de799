using System.Diagnostics;
using System.Globalization;
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
    /// <summary>Reads a block's number of steps per line of standard input, answers with a line: the last loss, then milliseconds per step.</summary>
    /// <param name="args">FILE of weights and batch (safetensors, arrays named as PyTorch names them), then layers,channels,latent, then threads.</param>
    public static int Run(string[] args)
    {
        int[] sizes = [.. args[1].Split(',').Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
        SafetensorsFile file = Safetensors.Read(args[0]);
        SpikeNetwork network = new ModelOptions { Layers = sizes[0], Channels = sizes[1], LatentDim = sizes[2] }.Build();
        float[] parameters = network.Parameters.Flatten(file.Arrays, args[0]);
        var zeros = new OptimizerState(new float[parameters.Length], new float[parameters.Length], new float[parameters.Length]);
        var start = new NetworkState(parameters, network.RunningStatistics.Flatten(file.Arrays, args[0]), zeros);
        NamedArray input = file.Arrays["batch.input"];
        (int bins, int batch) = ((int)input.Dims[1], (int)input.Dims[2]);
        using var step = new TrainingStep(
            network, batch, bins, new TrainOptions { DataFile = "" }, start, Device.Cpu, int.Parse(args[2], CultureInfo.InvariantCulture));
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

            Console.WriteLine(loss.ToString("R", CultureInfo.InvariantCulture) + " " + string.Join(' ', times));
        }

        return 0;
    }
}
