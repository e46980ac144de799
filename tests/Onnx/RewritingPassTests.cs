using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Passes;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Onnx;

/// <summary>The passes that rewrite a differentiated graph: each fires where it should, and the numbers stay.</summary>
public class RewritingPassTests
{
    private const int Channels = 4;

    [Fact]
    public void A_product_with_the_repeated_seed_of_a_gradient_goes()
    {
        Check(Simplify.Apply, "Mul", left: 0, (g, x) => g.Mul(g.Expand(g.Add("Unsqueeze", [g.Scalar(x, 1), g.Ints(0, 1, 2)]), 1, Channels, 6), x));
    }

    [Fact]
    public void A_sign_moves_through_products_and_reshapes_into_the_sum()
    {
        Check(Simplify.Apply, "Neg", left: 0, (g, x) => g.Add(x, g.Reshape(g.Mul(g.Neg(x), x), 1, Channels, 6)));
    }

    [Fact]
    public void A_repeated_scalar_that_is_not_one_stays_a_factor()
    {
        Check(Simplify.Apply, "Expand", left: 0, (g, x) => g.Mul(g.Expand(g.Scalar(x, 2.5), 1, Channels, 6), x));
    }

    [Fact]
    public void A_normalisation_of_one_sample_takes_given_statistics()
    {
        Check(SharedStatistics.Apply, "InstanceNormalization", left: 0, (g, x) => g.InstanceNormalization(x, PerChannel(g, 0.5), PerChannel(g, -1)));
    }

    [Fact]
    public void A_scale_per_channel_goes_into_the_matrices_it_meets()
    {
        Check(ChannelScaleFolding.Apply, "Relu", left: 0, (g, x) =>
        {
            Value scaled = g.Mul(x, g.Reshape(PerChannel(g, 0.7), 1, Channels, 1));
            Value rows = g.Reshape(scaled, Channels, 6);
            Value weight = g.AddInitializer(Tensor.Of(Ramp(3 * Channels), Channels, 3));
            Value back = g.Gemm(weight, rows, transA: true);                                        // [3, 6]
            Value own = g.Gemm(rows, g.Reshape(x, Channels, 6), transB: true);                     // [4, 4]
            Value grouped = g.FusedMatMul(g.Reshape(scaled, 2, 2, 6), g.Reshape(x, 2, 2, 6), transB: true);
            Value kernel = g.AddInitializer(Tensor.Of(Ramp(Channels * 3), Channels, 1, 3, 1));
            Value convolved = g.Conv(g.Reshape(scaled, 1, Channels, 3, 2), kernel, groups: Channels, pads: [1, 0, 1, 0]);
            return g.Concat(0, [.. new[] { back, own, grouped, convolved }.Select(v => g.Reshape(v, -1))]);
        });
    }

    [Fact]
    public void A_scale_per_channel_passes_a_matrix_that_all_channels_share()
    {
        Check(ChannelScaleFolding.Apply, "Relu", left: 0, (g, x) =>
        {
            Value scaled = g.Mul(x, g.Reshape(PerChannel(g, 0.7), 1, Channels, 1));
            Value shared = g.AddInitializer(Tensor.Of(Ramp(3 * 6), 3, 6));
            Value rows = g.Reshape(g.FusedMatMul(shared, g.Reshape(scaled, Channels, 3, 2), transA: true), 3 * Channels, 4);     // 3 rows a channel
            Value weight = g.AddInitializer(Tensor.Of(Ramp(3 * Channels * 2), 3 * Channels, 2));
            Value back = g.Gemm(weight, rows, transA: true);                                        // [2, 4]
            Value own = g.Gemm(rows, g.AddInitializer(Tensor.Of(Ramp(8), 2, 4)), transB: true);    // [12, 2]
            return g.Concat(0, g.Reshape(back, -1), g.Reshape(own, -1));
        });
    }

    [Fact]
    public void A_normalisation_becomes_one_pass_with_the_ReLU_behind_it()
    {
        Check(ChannelAffineFusion.Apply, "BatchNormalization", left: 0, (g, x) => g.Relu(Normalized(g, x)));
    }

    [Fact]
    public void A_normalisation_becomes_one_pass_with_the_difference_it_is_taken_from()
    {
        Check(ChannelAffineFusion.Apply, "BatchNormalization", left: 0, (g, x) => g.Sub(g.Mul(x, x), Normalized(g, x)));
    }

    [Fact]
    public void A_normalisation_that_is_used_twice_is_left_alone()
    {
        (Graph graph, _) = Make((g, x) =>
        {
            Value normalized = Normalized(g, x);
            return g.Add(g.Relu(normalized), normalized);
        });

        Assert.Equal(0, ChannelAffineFusion.Apply(graph));
    }

    [Fact]
    public void A_scale_that_meets_something_else_is_left_alone()
    {
        (Graph graph, _) = Make((g, x) => g.Relu(g.Mul(x, g.Reshape(PerChannel(g, 0.7), 1, Channels, 1))));

        Assert.Equal(0, ChannelScaleFolding.Apply(graph));
    }

    private static void Check(Func<Graph, int> pass, string operatorType, int left, Func<Graph, Value, Value> build)
    {
        (Graph before, Value x) = Make(build);
        (Graph after, Value sameX) = Make(build);

        int rewritten = pass(after);
        DeadCode.Remove(after);
        GraphValidator.Validate(after);

        Assert.True(rewritten > 0, "the pass did nothing");
        Assert.Equal(left, after.Nodes.Count(n => n.OpType == operatorType));
        ReferenceComparison.AssertClose(Run(before, x), Run(after, sameX), 1e-9, operatorType);
    }

    private static (Graph Graph, Value X) Make(Func<Graph, Value, Value> build)
    {
        var graph = new Graph("passes");
        Value x = graph.AddInput("x", ElementType.Double, Shape.Of(1, Channels, 6));
        graph.AddOutput(graph.Add(build(graph, x), 1), "y");
        return (graph, x);
    }

    private static ReferenceTensor Run(Graph graph, Value x) => ReferenceEvaluator.Run(
        graph,
        new Dictionary<Value, ReferenceTensor> { [x] = ReferenceTensor.Build(ElementType.Double, [1, Channels, 6], i => Math.Sin((7 * i[1]) + (3 * i[2]) + 1)) },
        graph.Outputs)[0];

    private static Value Normalized(Graph g, Value x) =>
        g.BatchNormalization(x, PerChannel(g, 0.5), PerChannel(g, -1), PerChannel(g, 0.1), PerChannel(g, 2), 1e-5);

    private static Value PerChannel(Graph g, double step) =>
        g.AddInitializer(Tensor.Of(Enumerable.Range(1, Channels).Select(c => c * step).ToArray(), Channels));

    private static double[] Ramp(int count) => [.. Enumerable.Range(0, count).Select(i => (0.3 * i) - 1)];
}
