using UnetSpikes.Core;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Passes;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Onnx;

/// <summary>The passes that store or compute less exactly: where they act, where they do not, and how far the numbers move.</summary>
public class PrecisionPassTests
{
    private const int Channels = 16;

    /// <summary>float16 has 11 bits; a product of 16 channels and a convolution behind it round some three times.</summary>
    private const double HalfTolerance = 4.0 / 2048;

    [Fact]
    public void Products_and_what_stands_between_them_are_in_float16_and_all_else_is_not()
    {
        (Graph graph, Value y) = Network(branches: false);

        HalfPrecision.Apply(graph, keepsSingle: _ => false);

        var types = graph.Nodes.Where(n => n.OpType != "Cast").Select(n => (n.OpType, n.Output.Type)).ToList();
        Assert.Equal(
            [
                ("Reshape", ElementType.Float), ("Gemm", ElementType.Float16), ("Relu", ElementType.Float16), ("Add", ElementType.Float16),
                ("Mul", ElementType.Float), ("MatMul", ElementType.Float16), ("Conv", ElementType.Float16), ("Exp", ElementType.Float),
            ],
            types.Where(t => t.OpType is not ("Transpose" or "Unsqueeze")));
        Assert.Equal(ElementType.Float, y.Type);
        Assert.Equal(4, graph.Nodes.Count(n => n.OpType == "Cast")); // into Gemm, Mul, MatMul and Exp
        Finish(graph, y);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Float16_moves_the_numbers_by_its_rounding_and_by_something(bool branches)
    {
        double[] expected = InDouble(Network(branches));
        (Graph graph, Value y) = Network(branches);
        HalfPrecision.Apply(graph, keepsSingle: _ => false);

        double[] actual = InRuntime(graph, y);

        double distance = Distance(expected, actual);
        Assert.InRange(distance, 1e-6, HalfTolerance);
    }

    [Fact]
    public void What_is_to_stay_in_float32_stays()
    {
        (Graph graph, Value y) = Network(branches: true);

        HalfPrecision.Apply(graph, keepsSingle: _ => true);
        Finish(graph, y);

        Assert.DoesNotContain(Nodes(graph), n => n.OpType == "Cast");
        Assert.DoesNotContain(Nodes(graph), n => n.Output.Type == ElementType.Float16);
    }

    [Fact]
    public void A_declared_output_is_refused()
    {
        (Graph graph, Value y) = Network(branches: false);
        graph.AddOutput(y, "y");

        GraphException e = Assert.Throws<GraphException>(() => HalfPrecision.Apply(graph, keepsSingle: _ => false));

        Assert.Contains("is an output", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Int8_weights_are_within_half_a_step_of_their_channels(bool branches)
    {
        (Graph graph, Value y) = Network(branches);
        List<float[]> before = [.. Constants<float>(graph).Where(c => c.Length >= Channels * Channels)];

        Assert.Equal(before.Count, WeightQuantization.Apply(graph));
        Finish(graph, y);

        Node[] expanded = [.. Nodes(graph).Where(n => n.OpType == "Mul" && n.Input(0).Producer?.OpType == "Cast")];
        Assert.Equal(before.Count, expanded.Length);
        foreach ((Node node, float[] weights) in expanded.Zip(before))
        {
            ReferenceTensor steps = ReferenceTensor.From(node.Input(0).Producer!.Input(0).Constant!), scale = ReferenceTensor.From(node.Input(1).Constant!);
            long[][] indices = [.. ReferenceTensor.Indices(steps.Dims)];
            foreach (IGrouping<long, (long[] Index, float Weight)> channel in indices.Zip(weights).GroupBy(pair => pair.First[steps.Rank - scale.Rank]))
            {
                double step = scale.Data[channel.Key];
                Assert.Equal(channel.Max(pair => Math.Abs(pair.Weight)) / 127, step, 1e-9);
                Assert.All(channel, pair => Assert.InRange(pair.Weight - (step * steps[pair.Index]), -0.5001 * step, 0.5001 * step));
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Int8_weights_compute_in_ONNX_Runtime_what_they_do_in_double(bool branches)
    {
        (Graph graph, Value y) = Network(branches);
        WeightQuantization.Apply(graph);
        (Graph same, Value sameY) = Network(branches);
        WeightQuantization.Apply(same);

        Assert.InRange(Distance(InDouble((same, sameY)), InRuntime(graph, y)), 0, 1e-5);
        Assert.InRange(Distance(InDouble(Network(branches)), InDouble((same, sameY))), 1e-4, 0.1);
    }

    [Fact]
    public void A_channel_of_zeros_stays_zero_and_kernels_of_few_weights_stay_as_they_are()
    {
        var graph = new Graph("g");
        Value x = graph.AddInput("x", ElementType.Float, Shape.Of(1, 8, 1, 10));
        Value zeros = graph.AddInitializer(Tensor.Fill(ElementType.Float, 0, 8, 8, 1, 1));
        Value depthwise = graph.AddInitializer(Tensor.Of(Ramp(24), 8, 1, 1, 3));
        Value y = graph.Conv(graph.Conv(x, zeros), depthwise, groups: 8, pads: [0, 1, 0, 1]);

        Assert.Equal(1, WeightQuantization.Apply(graph));
        Finish(graph, y);

        Assert.All(Constants<sbyte>(graph).Single(), step => Assert.Equal(0, step));
        Assert.Contains(graph.Initializers, c => c.Constant!.Data is float[] { Length: 24 });
    }

    /// <summary>[2, 6, 16] → rows → product → ReLU → sum → scaled → product → convolution over bins → exp, all of it in one branch of an If or in none.</summary>
    private static (Graph Graph, Value Y) Network(bool branches)
    {
        var graph = new Graph("network");
        Value x = graph.AddInput("x", ElementType.Float, Shape.Of(2, 6, Channels));
        if (!branches)
        {
            return (graph, Body(graph));
        }

        Value small = graph.Less(graph.Reshape(graph.Slice(graph.ShapeOf(x), 0, 0, 1), graph.Ints([])), graph.AddInitializer(Tensor.Scalar(ElementType.Int64, 3)));
        return (graph, graph.Mul(graph.If(small, then => [Body(then)], otherwise => [Body(otherwise)])[0], 0.5));

        Value Body(Graph g)
        {
            Value rows = g.Reshape(x, -1, Channels);
            Value product = g.Relu(g.Gemm(rows, g.AddInitializer(Tensor.Of(Ramp(Channels * Channels), Channels, Channels), "w"), g.AddInitializer(Tensor.Of(Ramp(Channels), Channels)), transB: true));
            Value shifted = g.Add(product, 0.25);
            Value scaled = g.MatMul(g.Mul(shifted, 0.3), g.AddInitializer(Tensor.Of(Ramp(Channels * Channels), Channels, Channels), "m"));
            Value channels = g.Add("Unsqueeze", [g.Transpose(scaled, 1, 0), g.Ints(0)]);          // [1, 16, 12]
            Value kernel = g.AddInitializer(Tensor.Of(Ramp(Channels * Channels * 3), Channels, Channels, 3), "k");
            return g.Exp(g.Conv(channels, kernel, pads: [1, 1]));
        }
    }

    private static double[] InDouble((Graph Graph, Value Y) network) => ReferenceEvaluator.Run(network.Graph, Feeds(network.Graph), network.Y)[0].Data;

    private static double[] InRuntime(Graph graph, Value y) => ReferenceComparison.RunInOnnxRuntime(graph, Feeds(graph), [y])[0].Data;

    private static Dictionary<Value, ReferenceTensor> Feeds(Graph graph) => new()
    {
        [graph.Inputs[0]] = ReferenceTensor.Build(ElementType.Float, [2, 6, Channels], i => (float)Math.Sin((5 * i[0]) + (3 * i[1]) + (7 * i[2]))),
    };

    private static void Finish(Graph graph, Value y)
    {
        graph.AddOutput(y, "y");
        DeadCode.Remove(graph);
        GraphValidator.Validate(graph);
    }

    private static IEnumerable<Node> Nodes(Graph graph) => graph.Nodes.SelectMany(n => n.Branches.SelectMany(Nodes).Append(n));

    private static IEnumerable<T[]> Constants<T>(Graph graph) =>
        graph.Initializers.Concat(graph.Nodes.SelectMany(n => n.Branches).SelectMany(b => b.Initializers)).Select(c => c.Constant!.Data).OfType<T[]>();

    private static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y) / (1 + Math.Abs(x))).Max();

    /// <summary>Weights between −0.2 and 0.2 without a pattern.</summary>
    private static float[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => (float)(0.2 * Math.Sin((0.7 * i * i) + i)))];
}
