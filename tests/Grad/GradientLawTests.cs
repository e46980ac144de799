using FsCheck;
using FsCheck.Fluent;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Grad;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Grad;

/// <summary>Laws of differentiation on random compositions of operators.</summary>
public sealed class GradientLawTests
{
    // The two sides add the same few hundred products in another order.
    private const double Tolerance = 1e-12;

    private static readonly Func<Graph, Value, Value>[] Steps =
    [
        (g, x) => g.Tanh(x),
        (g, x) => g.Sigmoid(x),
        (g, x) => g.Mul(x, x),
        (g, x) => g.Add(x, g.ReduceMean(x, true, 0)),
        (g, x) => g.Sub(g.Transpose(g.Transpose(x, 1, 0), 1, 0), g.Slice(x, 1, 0, 1)),
        (g, x) => g.Add("Softmax", [x], new() { { "axis", 1 } }),
        (g, x) => g.Gemm(x, x, x, transB: true),
        (g, x) => g.Relu(g.Add(x, 0.1)),
        (g, x) => g.Concat(0, g.Split(x, 0, 1, 2).Reverse().ToArray()),
    ];

    private static readonly Gen<int[]> Compositions = Gen.Choose(0, Steps.Length - 1).ArrayOf(4);

    [Fact]
    public void The_gradient_of_a_sum_is_the_sum_of_gradients() => Holds(Compositions.Two(), pair =>
    {
        (int[] f, int[] g) = pair;

        double[] whole = Gradient((graph, x) => graph.Add(Apply(graph, x, f), Apply(graph, x, g)));
        double[] first = Gradient((graph, x) => Apply(graph, x, f)), second = Gradient((graph, x) => Apply(graph, x, g));

        return Same(whole, [.. first.Zip(second, (a, b) => a + b)]);
    });

    [Fact]
    public void A_value_used_k_times_has_k_times_the_gradient() => Holds(Compositions.Zip(Gen.Choose(1, 6)), pair =>
    {
        (int[] f, int k) = pair;

        double[] once = Gradient((graph, x) => Apply(graph, x, f));
        double[] often = Gradient((graph, x) =>
        {
            Value y = Apply(graph, x, f);
            return Enumerable.Repeat(y, k).Aggregate(graph.Add);
        });

        return Same(often, Array.ConvertAll(once, d => k * d));
    });

    [Fact]
    public void A_composition_has_the_gradient_of_its_difference_quotients() => Holds(Compositions, f =>
    {
        (Graph graph, Value x, Value loss) = Build((g, v) => Apply(g, v, f));
        Value dx = Backward.Gradients(graph, loss, [x])[0]!;
        double LossAt(double[] data) => ReferenceEvaluator.Run(graph, Feed(x, data), loss)[0].Data[0];
        double[] at = Point(), direction = [.. at.Select((_, i) => Math.Cos(i))];

        const double Step = 1e-6;
        double quotient = (LossAt([.. at.Zip(direction, (a, d) => a + (Step * d))]) - LossAt([.. at.Zip(direction, (a, d) => a - (Step * d))])) / (2 * Step);
        double slope = ReferenceEvaluator.Run(graph, Feed(x, at), dx)[0].Data.Zip(direction, (a, d) => a * d).Sum();

        // Compositions reach values of some hundreds, where the quotient's own rounding is 1e-8 of them.
        return Math.Abs(quotient - slope) <= 1e-6 * (1 + Math.Abs(slope) + Math.Abs(LossAt(at)));
    });

    private static Value Apply(Graph graph, Value x, int[] steps) => steps.Aggregate(x, (y, step) => Steps[step](graph, y));

    private static double[] Gradient(Func<Graph, Value, Value> f)
    {
        (Graph graph, Value x, Value loss) = Build(f);
        Value dx = Backward.Gradients(graph, loss, [x])[0]!;
        return ReferenceEvaluator.Run(graph, Feed(x, Point()), dx)[0].Data;
    }

    private static (Graph Graph, Value X, Value Loss) Build(Func<Graph, Value, Value> f)
    {
        var graph = new Graph("law");
        Value x = graph.AddInput("x", ElementType.Double, Shape.Of(3, 3));
        Value weights = graph.AddInitializer(Tensor.Of(Array.ConvertAll(Point(), p => 1 - (p * p)), 3, 3));
        return (graph, x, graph.Add("ReduceSum", [graph.Mul(f(graph, x), weights)], new() { { "keepdims", 0 } }));
    }

    private static double[] Point() => [0.3, -0.7, 0.45, 0.9, 0.21, -0.36, -0.83, 0.62, 0.15];

    private static Dictionary<Value, ReferenceTensor> Feed(Value x, double[] data) => new() { [x] = new(ElementType.Double, data, 3, 3) };

    private static bool Same(double[] a, double[] b) => a.Zip(b).All(pair => Math.Abs(pair.First - pair.Second) <= Tolerance * (1 + Math.Abs(pair.First)));

    private static void Holds<T>(Gen<T> samples, Func<T, bool> law) =>
        Prop.ForAll(samples.ToArbitrary(), law).Check(Config.QuickThrowOnFailure.WithMaxTest(60).WithReplay(20240917, 1));
}
