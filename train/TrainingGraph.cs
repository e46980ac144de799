using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Grad;
using UnetSpikes.Onnx.Passes;

namespace UnetSpikes.Train;

/// <summary>One training step as one ONNX graph: forward, loss, backward, clipping, optimizer, average of the parameters, running statistics.</summary>
/// <remarks>
/// Inputs: the batch (<see cref="Input"/>, <see cref="Weights"/>, <see cref="WeightedCounts"/>, each [1, unit, bin, trial]), the
/// numbers of the optimizer, and the state (<see cref="StateNames"/>). Outputs: the loss, the gradient's norm, and the
/// state after the step under the same names with <see cref="After"/> appended.
/// </remarks>
public static class TrainingGraph
{
    /// <summary>What the network sees: counts, masked entries replaced; with mask channels the mask, 1 = hidden, as as many units more.</summary>
    public const string Input = EvaluationGraph.Input;

    /// <summary>What it is to predict: all counts, each times its weight (when thinning, the removed spikes / number of entries).</summary>
    public const string WeightedCounts = "weighted_counts";

    /// <summary>Weight of each entry in the loss: 1/(number of masked entries) where masked, else 0 (when thinning, ratio/entries).</summary>
    public const string Weights = "weights";

    /// <summary>See <see cref="AdamGraph.StepSizes"/>.</summary>
    public const string StepSize = "step_size";

    /// <summary>See <see cref="AdamGraph.StepSizes"/>.</summary>
    public const string RootCorrection = "root_correction";

    /// <summary>The loss before the step: nats per masked entry, or what the link has instead.</summary>
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

    /// <summary>Adam's m.</summary>
    public const string FirstMoment = "first_moment";

    /// <summary>Adam's v.</summary>
    public const string SecondMoment = "second_moment";

    /// <summary>See <see cref="AdamGraph.Kept"/>; present where the rule shrinks the parameters.</summary>
    public const string Kept = "kept";

    /// <summary>AMSGrad's largest v so far; present where the rule keeps it.</summary>
    public const string LargestSecondMoment = "largest_second_moment";

    /// <summary>The parameters' average over the steps; present where the rule keeps one.</summary>
    public const string Average = "average";

    /// <summary>See <see cref="WeightAverage.NewestWeight"/>; present where the rule keeps an average.</summary>
    public const string NewestWeight = "newest_weight";

    /// <summary>Names of the state.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rule">What each step does.</param>
    public static IReadOnlyList<string> StateNames(SpikeNetwork network, UpdateRule rule)
    {
        List<string> names = [Parameters, FirstMoment, SecondMoment];
        if (rule.KeepsLargest)
        {
            names.Add(LargestSecondMoment);
        }

        if (rule.KeepsAverage)
        {
            names.Add(Average);
        }

        if (network.RunningStatistics.Count > 0)
        {
            names.Add(Statistics);
        }

        return names;
    }

    /// <summary>Builds the graph for batches of one fixed size.</summary>
    /// <param name="network">What to train.</param>
    /// <param name="batch">Trials per step.</param>
    /// <param name="bins">Bins per trial that the network sees.</param>
    /// <param name="rule">What the step does with the gradient.</param>
    /// <param name="withGradient">Whether <see cref="Gradient"/> is an output.</param>
    public static Graph Build(SpikeNetwork network, int batch, int bins, UpdateRule rule, bool withGradient = false)
    {
        var g = new Graph("unet_spikes_training_step");
        Shape batchShape = Shape.Of(1, network.Options.Channels, bins + network.Options.ForwardBins, batch);
        Value input = g.AddInput(Input, ElementType.Float, Shape.Of(1, network.Options.InputChannels, bins, batch));
        Value weights = g.AddInput(Weights, ElementType.Float, batchShape);
        Value weightedCounts = g.AddInput(WeightedCounts, ElementType.Float, batchShape);
        Value stepSize = g.AddInput(StepSize, ElementType.Float, Shape.Of(1));
        Value rootCorrection = g.AddInput(RootCorrection, ElementType.Float, Shape.Of(1));
        Value? kept = rule.ShrinksParameters ? g.AddInput(Kept, ElementType.Float, Shape.Of(1)) : null;
        Shape flat = Shape.Of(network.Parameters.Count);
        Value parameters = g.AddInput(Parameters, ElementType.Float, flat);
        var state = new AdamState(
            g.AddInput(FirstMoment, ElementType.Float, flat),
            g.AddInput(SecondMoment, ElementType.Float, flat),
            rule.KeepsLargest ? g.AddInput(LargestSecondMoment, ElementType.Float, flat) : null);
        Value? statistics = network.RunningStatistics.Count == 0
            ? null
            : g.AddInput(Statistics, ElementType.Float, Shape.Of(network.RunningStatistics.Count));

        var pass = new TrainingPass(g, network, parameters, statistics);
        Value loss = network.Link.Loss(g, network.Predict(pass, input), weights, weightedCounts);
        Value gradient = Backward.Gradients(g, loss, [parameters])[0]!;
        Value norm = g.Sqrt(SumOfSquares(g, gradient));
        Value unclipped = gradient;
        if (rule.MaxGradientNorm > 0)
        {
            gradient = Clip(g, gradient, norm, rule.MaxGradientNorm);
        }

        (Value updated, AdamState after) = AdamGraph.Update(g, rule, parameters, gradient, state, new AdamFeeds(stepSize, rootCorrection, kept));

        g.AddOutput(loss, Loss);
        g.AddOutput(norm, GradientNorm);
        if (withGradient)
        {
            g.AddOutput(unclipped, Gradient);
        }

        g.AddOutput(updated, Parameters + After);
        g.AddOutput(after.First, FirstMoment + After);
        g.AddOutput(after.Second, SecondMoment + After);
        if (after.LargestSecond is not null)
        {
            g.AddOutput(after.LargestSecond, LargestSecondMoment + After);
        }

        if (rule.KeepsAverage)
        {
            Value average = g.AddInput(Average, ElementType.Float, flat);
            Value newestWeight = g.AddInput(NewestWeight, ElementType.Float, Shape.Of(1));
            g.AddOutput(WeightAverage.Update(g, average, updated, newestWeight), Average + After);
        }

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
