using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Grad;
using UnetSpikes.Onnx.Passes;

namespace UnetSpikes.Train;

/// <summary>One training step as one ONNX graph: forward, loss, backward, clipping, optimizer, running statistics.</summary>
/// <remarks>
/// Inputs: the batch (<see cref="Input"/>, <see cref="Weights"/>, <see cref="WeightedCounts"/>, each [1, unit, bin, trial]), two
/// numbers of the optimizer, and the state (<see cref="StateNames"/>). Outputs: the loss, the gradient's norm, and the
/// state after the step under the same names with <see cref="After"/> appended.
/// </remarks>
public static class TrainingGraph
{
    /// <summary>What the network sees: counts, masked entries replaced.</summary>
    public const string Input = EvaluationGraph.Input;

    /// <summary>What it is to predict: all counts, each times its weight.</summary>
    public const string WeightedCounts = "weighted_counts";

    /// <summary>Weight of each entry in the loss: 1/(number of masked entries) where masked, else 0.</summary>
    public const string Weights = "weights";

    /// <summary>See <see cref="AdamGraph.StepSizes"/>.</summary>
    public const string StepSize = "step_size";

    /// <summary>See <see cref="AdamGraph.StepSizes"/>.</summary>
    public const string RootCorrection = "root_correction";

    /// <summary>The loss before the step, in nats per masked entry.</summary>
    public const string Loss = "loss";

    /// <summary>Euclidean norm of the gradient before clipping.</summary>
    public const string GradientNorm = "gradient_norm";

    /// <summary>The gradient before clipping, laid out as the parameters; an output only where it is asked for.</summary>
    public const string Gradient = "gradient";

    /// <summary>The flat parameter vector.</summary>
    public const string Parameters = EvaluationGraph.Parameters;

    /// <summary>The flat vector of running means and variances; absent from networks without normalisation.</summary>
    public const string Statistics = EvaluationGraph.Statistics;

    /// <summary>Suffix of a state's output.</summary>
    public const string After = "_after";

    private static readonly string[] Moments = ["first_moment", "second_moment", "largest_second_moment"];

    /// <summary>Names of the state, in the order of <see cref="Checkpoint"/>'s vectors.</summary>
    /// <param name="network">The network.</param>
    public static IReadOnlyList<string> StateNames(SpikeNetwork network) =>
        network.RunningStatistics.Count > 0 ? [Parameters, .. Moments, Statistics] : [Parameters, .. Moments];

    /// <summary>Builds the graph for batches of one fixed size.</summary>
    /// <param name="network">What to train.</param>
    /// <param name="batch">Trials per step.</param>
    /// <param name="bins">Bins per trial.</param>
    /// <param name="weightDecay">L2 penalty's factor; 0 for none.</param>
    /// <param name="maxGradientNorm">The gradient is scaled down to this norm; 0 for no clipping.</param>
    /// <param name="withGradient">Whether <see cref="Gradient"/> is an output.</param>
    public static Graph Build(
        SpikeNetwork network, int batch, int bins, double weightDecay = 0, double maxGradientNorm = 0, bool withGradient = false)
    {
        var g = new Graph("unet_spikes_training_step");
        Shape batchShape = Shape.Of(1, network.Options.Channels, bins, batch);
        Value input = g.AddInput(Input, ElementType.Float, batchShape);
        Value weights = g.AddInput(Weights, ElementType.Float, batchShape);
        Value weightedCounts = g.AddInput(WeightedCounts, ElementType.Float, batchShape);
        Value stepSize = g.AddInput(StepSize, ElementType.Float, Shape.Of(1));
        Value rootCorrection = g.AddInput(RootCorrection, ElementType.Float, Shape.Of(1));
        Shape flat = Shape.Of(network.Parameters.Count);
        Value parameters = g.AddInput(Parameters, ElementType.Float, flat);
        Value[] moments = [.. Moments.Select(name => g.AddInput(name, ElementType.Float, flat))];
        Value? statistics = network.RunningStatistics.Count == 0
            ? null
            : g.AddInput(Statistics, ElementType.Float, Shape.Of(network.RunningStatistics.Count));

        var pass = new TrainingPass(g, network, parameters, statistics);
        Value logRates = network.Build(pass, input).LogRates;
        Value loss = PoissonLoss.Build(g, logRates, weights, weightedCounts);
        Value gradient = Backward.Gradients(g, loss, [parameters])[0]!;
        Value norm = g.Sqrt(SumOfSquares(g, gradient));
        Value unclipped = gradient;
        if (maxGradientNorm > 0)
        {
            gradient = Clip(g, gradient, norm, maxGradientNorm);
        }

        var state = new AdamState(moments[0], moments[1], moments[2]);
        (Value updated, AdamState after) = AdamGraph.Update(g, parameters, gradient, state, stepSize, rootCorrection, weightDecay);

        g.AddOutput(loss, Loss);
        g.AddOutput(norm, GradientNorm);
        if (withGradient)
        {
            g.AddOutput(unclipped, Gradient);
        }

        g.AddOutput(updated, Parameters + After);
        g.AddOutput(after.First, Moments[0] + After);
        g.AddOutput(after.Second, Moments[1] + After);
        g.AddOutput(after.LargestSecond, Moments[2] + After);
        if (statistics is not null)
        {
            g.AddOutput(pass.UpdatedStatistics(), Statistics + After);
        }

        Optimize(g);
        return g;
    }

    /// <summary>The rewrites that make a differentiated graph fast; each keeps the numbers' meaning.</summary>
    private static void Optimize(Graph g)
    {
        SharedStatistics.Apply(g);
        Simplify.Apply(g);
        CommonSubexpressions.Merge(g);
        DeadCode.Remove(g);
        ChannelScaleFolding.Apply(g);
        DeadCode.Remove(g);
        ChannelAffineFusion.Apply(g);
        CommonSubexpressions.Merge(g);
        DeadCode.Remove(g);
    }

    /// <summary>Scales the gradient down to a norm, as PyTorch's <c>clip_grad_norm_</c> does.</summary>
    private static Value Clip(Graph g, Value gradient, Value norm, double maxNorm)
    {
        Value factor = g.Min(g.Div(g.Scalar(norm, maxNorm), g.Add(norm, 1e-6)), g.Scalar(norm, 1));
        return g.Mul(gradient, factor);
    }

    private static Value SumOfSquares(Graph g, Value vector) => g.ReduceSum(g.Mul(vector, vector), keepDims: true, 0);
}
