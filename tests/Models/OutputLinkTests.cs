using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Models.Links;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Grad;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Models;

/// <summary>Each link's rates, log-rates and loss in float32, with the loss's gradient, are those of its formula in double precision, however far out x lies.</summary>
public class OutputLinkTests
{
    /// <summary>Some ten operations of float32, 6e-8 each.</summary>
    private const double Tolerance = 1e-6;

    private const double Weight = 0.25;

    private static readonly double[] Grid =
        [-1e4, -1000, -120, -88, -87, -50, -20, -17, -15, -10, -5, -2, -1, -0.1, -1e-3, 0, 1e-3, 0.1, 0.5, 1, 2, 5, 10, 17, 20, 50, 88, 120, 1000, 1e4];

    private static readonly Dictionary<string, ModelOptions> Models = new()
    {
        ["exp"] = Plain with { Link = LinkFunction.Exp },
        ["softplus"] = Plain with { Link = LinkFunction.Softplus },
        ["softplus, sharp"] = Plain with { Link = LinkFunction.Softplus, LinkBeta = 5 },
        ["softplus, soft"] = Plain with { Link = LinkFunction.Softplus, LinkBeta = 0.3 },
        ["log1p_exp"] = Plain with { Link = LinkFunction.Log1pExp },
        ["log1p_exp, small"] = Plain with { Link = LinkFunction.Log1pExp, LinkScale = 0.05 },
        ["log1p_exp, learnt"] = Plain with { Link = LinkFunction.Log1pExp, LinkScale = 3, IsLinkLearnable = true },
        ["identity"] = Plain with { Link = LinkFunction.Identity },
    };

    private static ModelOptions Plain => new() { Channels = 2, Layers = 1, LatentDim = 3 };

    public static TheoryData<string> Names() => [.. Models.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Rates_and_log_rates_are_exact_to_rounding_from_minus_to_plus_ten_thousand(string name)
    {
        ModelOptions model = Models[name];
        var g = new Graph(name);
        Value x = Input(g);
        PredictedRates predicted = model.BuildLink().Apply(g, x, NoShift(g));

        double[][] actual = Run(g, x, predicted.Rates, predicted.LogRates);

        for (int i = 0; i < Grid.Length; i++)
        {
            (double rate, double logRate) = (LinkFormulas.Rate(model, Grid[i]), LinkFormulas.LogRate(model, Grid[i]));
            // Below 1e-37 float32 has only denormals, which a run may flush to zero; above 3.4e38 nothing.
            Assert.True(Math.Abs(rate - actual[0][i]) <= (RelativeTolerance(model, Grid[i]) * rate) + 1e-37 || (rate > float.MaxValue && double.IsPositiveInfinity(actual[0][i])), $"rate at {Grid[i]}: {actual[0][i]:R}, expected {rate:R}");
            Assert.True(Math.Abs(logRate - actual[1][i]) <= Tolerance * Math.Max(1, Math.Abs(logRate)), $"log-rate at {Grid[i]}: {actual[1][i]:R}, expected {logRate:R}");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_gradient_of_the_loss_is_exact_to_rounding_from_minus_to_plus_ten_thousand(string name)
    {
        ModelOptions model = Models[name];
        if (model.Link == LinkFunction.Identity)
        {
            return; // Squared error has its own test.
        }

        foreach (double count in new[] { 0.0, 1, 4 })
        {
            var g = new Graph(name);
            Value x = Input(g);
            OutputLink link = model.BuildLink();
            Value loss = link.Loss(g, link.Apply(g, x, NoShift(g)), Constant(g, Weight), Constant(g, Weight * count));

            double[] actual = Run(g, x, Backward.Gradients(g, loss, [x])[0]!)[0];

            for (int i = 0; i < Grid.Length; i++)
            {
                (double rate, double logRate) = LinkFormulas.Slopes(model, Grid[i]);
                double expected = Weight * (rate - (count * logRate));
                double size = Weight * (rate + (count * logRate));
                Assert.True(Math.Abs(expected - actual[i]) <= (RelativeTolerance(model, Grid[i]) * size) + 1e-37 || (rate > float.MaxValue && double.IsPositiveInfinity(actual[i])), $"{count} spikes, x = {Grid[i]}: {actual[i]:R}, expected {expected:R}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_loss_is_finite_wherever_the_rate_is(string name)
    {
        ModelOptions model = Models[name];
        OutputLink link = model.BuildLink();
        foreach (double at in Grid.Where(at => LinkFormulas.Rate(model, at) < float.MaxValue))
        {
            var g = new Graph(name);
            Value x = g.AddInput("x", ElementType.Float, Shape.Of(1, 1, 1, 1));
            Value one = g.AddInitializer(Tensor.Of(new float[] { 1 }, 1, 1, 1, 1)), three = g.AddInitializer(Tensor.Of(new float[] { 3 }, 1, 1, 1, 1));
            Value loss = link.Loss(g, link.Apply(g, x, NoShift(g)), one, three);

            double actual = ReferenceComparison.RunInOnnxRuntime(
                g, new Dictionary<Value, ReferenceTensor> { [x] = new(ElementType.Float, [at], [1, 1, 1, 1]) }, [loss])[0].Data[0];

            double expected = model.Link == LinkFunction.Identity
                ? (at - 3) * (at - 3)
                : LinkFormulas.Rate(model, at) - (3 * LinkFormulas.LogRate(model, at));
            Assert.Equal(expected, actual, 1e-5 * Math.Max(1, Math.Abs(expected)));
        }
    }

    [Fact]
    public void The_identitys_loss_is_squared_error_over_the_entries_that_count()
    {
        var g = new Graph("identity");
        Shape shape = Shape.Of(1, 1, 1, 4);
        Value x = g.AddInput("x", ElementType.Float, shape);
        var link = new IdentityLink();
        Value weights = g.AddInitializer(Tensor.Of(new float[] { 0.5f, 0.5f, 0, 0.25f }, 1, 1, 1, 4));
        Value weightedCounts = g.AddInitializer(Tensor.Of(new float[] { 1, 0, 0, 0.75f }, 1, 1, 1, 4)); // counts 2, 0, not counted, 3
        Value loss = link.Loss(g, link.Apply(g, x, NoShift(g)), weights, weightedCounts);

        ReferenceTensor[] actual = ReferenceComparison.RunInOnnxRuntime(
            g, new Dictionary<Value, ReferenceTensor> { [x] = new(ElementType.Float, [1.5, -2, 1e4, 13], [1, 1, 1, 4]) }, [loss, Backward.Gradients(g, loss, [x])[0]!]);

        Assert.Equal((0.5 * 0.25) + (0.5 * 4) + (0.25 * 100), actual[0].Data[0], 1e-5);
        Assert.Equal([-0.5, -2, 0, 5], actual[1].Data);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_inverse_gives_the_rate_back(string name)
    {
        OutputLink link = Models[name].BuildLink();

        Assert.All(
            new[] { 1e-6, 1e-3, 0.02, 0.5, 1, 12, 400 },
            rate => Assert.Equal(1, LinkFormulas.Rate(Models[name], link.InverseAt(rate)) / rate, 1e-6));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void An_untrained_network_without_weights_predicts_the_baseline_rate(string name)
    {
        SpikeNetwork network = Models[name].Build();
        var parameters = new float[network.Parameters.Count];
        network.SetBaselineRate(parameters, 0.07);

        float[] logRates = ModelRuns.Evaluate(network, parameters, network.RunningStatistics.Initialize(new Rng(1, "weights")), new float[2 * 5], trials: 1);

        Assert.All(logRates, value => Assert.Equal(Math.Log(0.07), value, 1e-5));
    }

    [Fact]
    public void The_scale_is_learnt_only_where_asked_and_then_its_gradient_is_the_sum_over_entries()
    {
        Assert.DoesNotContain(Models["log1p_exp, small"].Build().Parameters.Specs, spec => spec.Name == Log1pExpLink.LogScale);
        Assert.Equal(Log1pExpLink.LogScale, Models["log1p_exp, learnt"].Build().Parameters.Specs[^1].Name);
        var g = new Graph("learnt");
        Value x = Input(g), logScale = g.AddInput("log_scale", ElementType.Float, Shape.Of(1));
        var link = new Log1pExpLink(3, IsLearnable: true);
        Value loss = link.Loss(g, link.Apply(g, x, _ => logScale), Constant(g, Weight), Constant(g, Weight));
        IReadOnlyList<Value?> gradients = Backward.Gradients(g, loss, [x, logScale]);
        double[] moderate = Array.ConvertAll(Grid, v => Math.Clamp(v, -5, 5));

        ReferenceTensor[] actual = ReferenceComparison.RunInOnnxRuntime(
            g,
            new Dictionary<Value, ReferenceTensor> { [x] = new(ElementType.Float, moderate, [1, 1, 1, Grid.Length]), [logScale] = new(ElementType.Float, [-0.4], [1]) },
            [gradients[0]!, gradients[1]!, link.Apply(g, x, _ => logScale).Rates]);

        Assert.Equal(actual[0].Data.Sum(), actual[1].Data[0], 1e-5);
        ModelOptions fixedScale = Plain with { Link = LinkFunction.Log1pExp, LinkScale = 3 * Math.Exp(-0.4) };
        Assert.All(moderate.Zip(actual[2].Data), pair => Assert.Equal(1, pair.Second / LinkFormulas.Rate(fixedScale, pair.First), 1e-5));
    }

    [Fact]
    public void Options_written_before_there_were_links_mean_exp() => Assert.Equal(
        new ModelOptions { Channels = 4 },
        ModelOptions.FromJson("""{"architecture":"unet","channels":4,"layers":3,"latent_dim":20,"upsample":"linear"}"""));

    [Theory]
    [MemberData(nameof(Names))]
    public void Options_survive_json(string name) => Assert.Equal(Models[name], ModelOptions.FromJson(Models[name].ToJson()));

    [Fact]
    public void A_scale_or_a_beta_that_is_not_above_zero_is_refused()
    {
        Assert.NotEmpty((Models["log1p_exp"] with { LinkScale = 0 }).Validate());
        Assert.NotEmpty((Models["softplus"] with { LinkBeta = double.NaN }).Validate());
    }

    /// <summary>e^z is as far off as z, relative to 1, is absolutely: float32's z = x + ln a or βx of size 88 is 4e-6 off.</summary>
    private static double RelativeTolerance(ModelOptions model, double x) => Tolerance * (1 + (x < 0 || model.Link == LinkFunction.Exp ? 0.1 * Math.Abs(x) * model.LinkBeta : 0));

    private static Value Input(Graph g) => g.AddInput("x", ElementType.Float, Shape.Of(1, 1, 1, Grid.Length));

    private static Value Constant(Graph g, double value) =>
        g.AddInitializer(Tensor.Of(Enumerable.Repeat((float)value, Grid.Length).ToArray(), 1, 1, 1, Grid.Length));

    /// <summary>A learnt scale where it started.</summary>
    private static Func<string, Value> NoShift(Graph g) => _ => g.AddInitializer(Tensor.Of(new float[] { 0 }, 1));

    private static double[][] Run(Graph g, Value x, params Value[] wanted) =>
        [.. ReferenceComparison.RunInOnnxRuntime(g, new Dictionary<Value, ReferenceTensor> { [x] = new(ElementType.Float, Grid, [1, 1, 1, Grid.Length]) }, wanted).Select(t => t.Data)];
}
