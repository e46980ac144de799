using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using UnetSpikes.Train;
using ElementType = UnetSpikes.Onnx.ElementType;

namespace UnetSpikes.Tests.Models;

/// <summary>The product's graphs run once, with one thread.</summary>
internal static class ModelRuns
{
    private static readonly SessionSettings Quiet = new() { Threads = 1, Spinning = false };

    /// <summary>Log-rates of the evaluation graph.</summary>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Flat.</param>
    /// <param name="statistics">Flat; empty where there are none.</param>
    /// <param name="input">[unit, bin, trial]; with mask channels also those.</param>
    /// <param name="trials">Trials of the input.</param>
    public static float[] Evaluate(SpikeNetwork network, float[] parameters, float[] statistics, float[] input, int trials)
    {
        int bins = input.Length / trials / network.Options.InputChannels;
        return Run(EvaluationGraph.Build(network, trials, bins), network, parameters, statistics, input, trials);
    }

    /// <summary>Log-rates of the training pass, which no training graph gives out.</summary>
    public static float[] EvaluateInTrainingMode(SpikeNetwork network, float[] parameters, float[] statistics, float[] input, int trials)
    {
        var g = new Graph("training_mode");
        int bins = input.Length / trials / network.Options.Channels;
        Value x = g.AddInput(EvaluationGraph.Input, ElementType.Float, Shape.Of(1, network.Options.Channels, bins, trials));
        Value p = g.AddInput(EvaluationGraph.Parameters, ElementType.Float, Shape.Of(parameters.Length));
        Value s = g.AddInput(EvaluationGraph.Statistics, ElementType.Float, Shape.Of(statistics.Length));
        g.AddOutput(network.Predict(new TrainingPass(g, network, p, s), x).LogRates, EvaluationGraph.LogRates);
        return Run(g, network, parameters, statistics, input, trials);
    }

    /// <summary>A training step over a batch as PyTorch has it, whose masked entries are hidden.</summary>
    public static TrainingStep Step(SpikeNetwork network, NetworkState start, TrainOptions options, float[] counts, bool[] mask, int trials)
    {
        int bins = counts.Length / trials / network.Options.Channels;
        var step = new TrainingStep(network, trials, bins, options, start, Device.Cpu, threads: 1);
        float weight = 1f / mask.Count(hidden => hidden);
        for (int i = 0; i < counts.Length; i++)
        {
            step.Input[i] = mask[i] ? 0 : counts[i];
            step.Weights[i] = mask[i] ? weight : 0;
            step.WeightedCounts[i] = mask[i] ? weight * counts[i] : 0;
        }

        return step;
    }

    /// <summary>An optimizer that has seen nothing.</summary>
    public static NetworkState AtStart(SpikeNetwork network, float[] parameters, float[] statistics) => new(
        parameters, statistics, new OptimizerState(new float[parameters.Length], new float[parameters.Length], new float[parameters.Length]));

    /// <summary>The gradient of the first step: Adam's first moment is a tenth of it.</summary>
    public static double[] GradientOfFirstStep(NetworkState afterOneStep) =>
        Array.ConvertAll(afterOneStep.Optimizer.FirstMoment, m => m / (1 - AdamGraph.Beta1));

    public static double Distance(IEnumerable<double> a, IEnumerable<double> b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    public static double Distance(float[] a, float[] b) => Distance(a.Select(x => (double)x), b.Select(x => (double)x));

    private static float[] Run(Graph g, SpikeNetwork network, float[] parameters, float[] statistics, float[] input, int trials)
    {
        var feeds = new Dictionary<string, HostTensor>();
        foreach (Value value in g.Inputs)
        {
            float[] numbers = value.Name switch
            {
                EvaluationGraph.Input => input,
                EvaluationGraph.Parameters => parameters,
                _ => statistics,
            };
            feeds.Add(value.Name, HostTensor.Of(numbers, value.KnownShape.Sizes()));
        }

        using var session = new OnnxSession(GraphWriter.ToBytes(g), Quiet with { Name = network.Options.Architecture.ToString() });
        return session.Run(feeds)[EvaluationGraph.LogRates].Values<float>();
    }
}
