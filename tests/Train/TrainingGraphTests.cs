using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Grad;
using UnetSpikes.Tests.Support;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>
/// The passes make the training graph fast and nothing else: in double precision, on the reference evaluator, it gives the
/// numbers of the graph as the layers, the gradient rules and the optimizer first wrote it.
/// </summary>
public class TrainingGraphTests
{
    private const int Batch = 2, Bins = 6;

    /// <summary>
    /// Relative to each output's largest number. The graph's constants are float32: a mean of 12 that is written as a sum times
    /// 1/12 is 3e-8 off before any layer adds to it.
    /// </summary>
    private const double Tolerance = 1e-6;

    private static readonly UpdateRule Rule = new(WeightDecay: 0.01, MaxGradientNorm: 0.02, KeepsAverage: true);

    public static TheoryData<string> Networks() =>
    [
        "unet linear", "unet deconv", "unet flat", "unet told of the mask", "cnn", "softplus", "log1p_exp", "identity",
        "resunet batch", "resunet layer", "resunet group", "resunet none", "convnext",
    ];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Optimised_and_plain_graph_give_the_same_numbers(string name) => RequireSameNumbers(Network(name), Rule);

    [Theory]
    [InlineData(OptimizerKind.Adam)]
    [InlineData(OptimizerKind.AdamW)]
    public void So_they_do_with_every_optimizer(OptimizerKind optimizer) => RequireSameNumbers(Network("cnn"), Rule with { Optimizer = optimizer });

    private static void RequireSameNumbers(SpikeNetwork network, UpdateRule rule)
    {
        Graph fast = TrainingGraph.Build(network, Batch, Bins, rule);

        Dictionary<string, ReferenceTensor> expected = Evaluate(PlainStep(network, rule));
        Dictionary<string, ReferenceTensor> actual = Evaluate(fast);

        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        Assert.True(expected[TrainingGraph.GradientNorm].Data[0] > 0.02, "nothing was clipped");
        foreach ((string output, ReferenceTensor value) in expected)
        {
            double scale = value.Data.Max(Math.Abs);
            double distance = Models.ModelRuns.Distance(value.Data, actual[output].Data);
            Assert.Equal(value.Dims, actual[output].Dims);
            Assert.True(distance <= Tolerance * scale, $"{output}: {distance:E1} at a scale of {scale:E1}");
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_graph_is_valid_and_smaller_than_the_plain_one(string name)
    {
        SpikeNetwork network = Network(name);
        Graph fast = TrainingGraph.Build(network, Batch, Bins, new UpdateRule());

        GraphValidator.Validate(fast);

        Assert.True(fast.Nodes.Count < PlainStep(network, new UpdateRule()).Nodes.Count);
    }

    /// <summary>The step written down without any rewriting.</summary>
    private static Graph PlainStep(SpikeNetwork network, UpdateRule rule)
    {
        var g = new Graph("plain");
        Shape batch = Shape.Of(1, network.Options.Channels, Bins, Batch), flat = Shape.Of(network.Parameters.Count);
        Value input = g.AddInput(TrainingGraph.Input, ElementType.Float, Shape.Of(1, network.Options.InputChannels, Bins, Batch));
        Value weights = g.AddInput(TrainingGraph.Weights, ElementType.Float, batch);
        Value weightedCounts = g.AddInput(TrainingGraph.WeightedCounts, ElementType.Float, batch);
        Value stepSize = g.AddInput(TrainingGraph.StepSize, ElementType.Float, Shape.Of(1));
        Value root = g.AddInput(TrainingGraph.RootCorrection, ElementType.Float, Shape.Of(1));
        Dictionary<string, Value> state = TrainingGraph.StateNames(network, rule).ToDictionary(
            name => name, name => g.AddInput(name, ElementType.Float, name == TrainingGraph.Statistics ? Shape.Of(network.RunningStatistics.Count) : flat));

        Value parameters = state[TrainingGraph.Parameters];
        var pass = new TrainingPass(g, network, parameters, state.GetValueOrDefault(TrainingGraph.Statistics));
        Value loss = network.Link.Loss(g, network.Predict(pass, input), weights, weightedCounts);
        Value gradient = Backward.Gradients(g, loss, [parameters])[0]!;
        Value norm = g.Sqrt(g.ReduceSum(g.Mul(gradient, gradient), keepDims: true, 0));
        if (rule.MaxGradientNorm > 0)
        {
            gradient = g.Mul(gradient, g.Min(g.Div(g.Scalar(norm, rule.MaxGradientNorm), g.Add(norm, 1e-6)), g.Scalar(norm, 1)));
        }

        var before = new AdamState(state[TrainingGraph.FirstMoment], state[TrainingGraph.SecondMoment], state.GetValueOrDefault(TrainingGraph.LargestSecondMoment));
        Value? kept = rule.ShrinksParameters ? g.AddInput(TrainingGraph.Kept, ElementType.Float, Shape.Of(1)) : null;
        (Value updated, AdamState after) = AdamGraph.Update(g, rule, parameters, gradient, before, new AdamFeeds(stepSize, root, kept));
        g.AddOutput(loss, TrainingGraph.Loss);
        g.AddOutput(norm, TrainingGraph.GradientNorm);
        g.AddOutput(updated, TrainingGraph.Parameters + TrainingGraph.After);
        g.AddOutput(after.First, TrainingGraph.FirstMoment + TrainingGraph.After);
        g.AddOutput(after.Second, TrainingGraph.SecondMoment + TrainingGraph.After);
        if (after.LargestSecond is not null)
        {
            g.AddOutput(after.LargestSecond, TrainingGraph.LargestSecondMoment + TrainingGraph.After);
        }

        if (rule.KeepsAverage)
        {
            Value w = g.AddInput(TrainingGraph.NewestWeight, ElementType.Float, Shape.Of(1)), average = state[TrainingGraph.Average];
            g.AddOutput(g.Add(average, g.Mul(w, g.Sub(updated, average))), TrainingGraph.Average + TrainingGraph.After);
        }

        if (network.RunningStatistics.Count > 0)
        {
            g.AddOutput(pass.UpdatedStatistics(), TrainingGraph.Statistics + TrainingGraph.After);
        }

        return g;
    }

    /// <summary>Every output by name, for the same random numbers whatever the graph.</summary>
    private static Dictionary<string, ReferenceTensor> Evaluate(Graph g)
    {
        var feeds = g.Inputs.ToDictionary(value => value, value =>
        {
            var rng = new Rng(1, value.Name);
            long[] dims = value.KnownShape.Sizes();
            return ReferenceTensor.Build(value.Type, dims, _ => Draw(value.Name, rng));
        });
        Dictionary<Value, ReferenceTensor> values = ReferenceEvaluator.Run(g, feeds);
        return g.Outputs.ToDictionary(output => output.Name, output => values[output]);
    }

    private static double Draw(string name, Rng rng) => name switch
    {
        TrainingGraph.Input => rng.NextPoisson(0.7),
        TrainingGraph.Weights or TrainingGraph.WeightedCounts => rng.NextInt(3) == 0 ? 0.05 : 0,
        TrainingGraph.StepSize or TrainingGraph.RootCorrection or TrainingGraph.NewestWeight or TrainingGraph.Kept => 0.1,
        TrainingGraph.Parameters => 0.5 * rng.NextNormal(),
        TrainingGraph.FirstMoment => 0, // so that what comes out is the gradient
        _ => 0.1 + (0.01 * rng.NextDouble()),
    };

    private static SpikeNetwork Network(string name) => (name switch
    {
        "unet deconv" => new ModelOptions { Channels = 3, Layers = 2, LatentDim = 2, Upsample = Upsampling.Deconv },
        "unet flat" => new ModelOptions { Channels = 3, Layers = 0, LatentDim = 2 },
        "unet told of the mask" => new ModelOptions { Channels = 3, Layers = 1, LatentDim = 2, MaskChannels = true },
        "cnn" => new ModelOptions { Architecture = UnetSpikes.Models.Architecture.Cnn, Channels = 3, LatentDim = 2 },
        "softplus" => new ModelOptions { Channels = 3, Layers = 1, LatentDim = 2, Link = LinkFunction.Softplus, LinkBeta = 2 },
        "log1p_exp" => new ModelOptions { Channels = 3, Layers = 1, LatentDim = 2, Link = LinkFunction.Log1pExp, LinkScale = 0.5, IsLinkLearnable = true },
        "identity" => new ModelOptions { Channels = 3, Layers = 1, LatentDim = 2, Link = LinkFunction.Identity },
        _ when name.StartsWith("resunet ", StringComparison.Ordinal) => new ModelOptions
        {
            Architecture = UnetSpikes.Models.Architecture.ResUNet,
            Channels = 3,
            Layers = 1,
            LatentDim = 3,
            ResUNet = new() { Norm = Enum.Parse<NormKind>(name["resunet ".Length..], ignoreCase: true) },
        },
        "convnext" => new ModelOptions
        {
            Architecture = UnetSpikes.Models.Architecture.ResUNet,
            Channels = 3,
            Layers = 1,
            LatentDim = 3,
            ResUNet = new() { Block = BlockKind.ConvNext, Kernel = 5 },
        },
        _ => new ModelOptions { Channels = 3, Layers = 2, LatentDim = 2 },
    }).Build();
}
