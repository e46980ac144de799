using UnetSpikes.Onnx;
using UnetSpikes.Tests.Grad;
using Xunit;

namespace UnetSpikes.Tests.Support;

/// <summary>The reference evaluator itself: against ONNX Runtime for every operator, in float32.</summary>
/// <remarks>Operators with a gradient are compared in OnnxRuntimeGradientTests, forward and backward; the rest here.</remarks>
public sealed class ReferenceEvaluatorTests
{
    private const double Tolerance = 1e-5; // A few float32 operations.

    private static readonly ReferenceTensor A = Floats([1.5, -2, 0.25, 3, -0.5, 2], 2, 3);
    private static readonly ReferenceTensor B = Floats([0.25, -2, 1.5], 3);
    private static readonly ReferenceTensor I = Ints([7, -7, 3, -2, 0, 5], 2, 3);
    private static readonly ReferenceTensor J = Ints([3, -3, 2], 3);
    private static readonly ReferenceTensor P = Bools([true, false, true]);
    private static readonly ReferenceTensor Q = Bools([true, true, false]);

    private static readonly Case[] Cases =
    [
        new("Less", [A, B]), new("LessOrEqual", [A, B]), new("Greater", [A, B]), new("GreaterOrEqual", [A, B]), new("Equal", [A, B]), new("Equal", [I, J]),
        new("And", [P, Q]), new("Or", [P, Q]), new("Not", [P]),
        new("IsNaN", [Floats([1, double.NaN], 2)]), new("IsInf", [Floats([double.PositiveInfinity, 1, double.NegativeInfinity], 3)]),
        new("IsInf", [Floats([double.PositiveInfinity, 1, double.NegativeInfinity], 3)], new() { { "detect_negative", 0 } }),
        new("Mod", [I, J]), new("Mod", [A, B], new() { { "fmod", 1 } }), new("Div", [I, J]), new("Add", [I, J]),
        new("Shape", [A]), new("Shape", [A], new() { { "start", -1 } }), new("Shape", [A], new() { { "start", 0 }, { "end", -1 } }), new("Size", [A]),
        new("Constant", [], new() { { "value", Tensor.Ints(4, 2) } }), new("Constant", [], new() { { "value_float", 0.5 } }),
        new("Constant", [], new() { { "value_ints", (long[])[1, 2] } }),
        new("ConstantOfShape", [Ints([2, 3], 2)], new() { { "value", Tensor.Fill(ElementType.Float, 0.5, 1) } }), new("ConstantOfShape", [Ints([2], 1)]),
        new("Range", [Ints([2]), Ints([11]), Ints([3])]), new("Range", [Floats([1]), Floats([-1]), Floats([-0.75])]),
        new("ScatterElements", [A, Ints([1, 0, -1], 1, 3), Floats([9, 8, 7], 1, 3)]),
        new("ScatterElements", [A, Ints([0, 0], 1, 2), Floats([9, 8], 1, 2)], new() { { "axis", 1 }, { "reduction", "add" } }),
        new("ScatterND", [A, Ints([1, 0, 0, 2], 2, 2), Floats([9, 8], 2)]),
        new("ScatterND", [A, Ints([1, 1], 2, 1), Floats([1, 2, 3, 4, 5, 6], 2, 3)], new() { { "reduction", "add" } }),
        new("ArgMax", [A]), new("ArgMax", [A], new() { { "axis", -1 }, { "keepdims", 0 } }),
        new("FusedConv", [Floats([1, -2, 3, -4, 5], 1, 1, 5), Floats([1, 0.5, -1], 1, 1, 3), Floats([0.25], 1)], new() { { "activation", "Relu" } }, Graph.MicrosoftDomain),
        new("Cast", [A], new() { { "to", (long)ElementType.Int64 } }), new("Cast", [A], new() { { "to", (long)ElementType.Bool } }),
        new("Cast", [P], new() { { "to", (long)ElementType.Float } }), new("Cast", [I], new() { { "to", (long)ElementType.Int32 } }),
        new("Round", [Floats([0.5, 1.5, -0.5, 2.4], 4)]), new("Sign", [Floats([-2, 0, 3], 3)]), new("Abs", [I]),
        new("Erf", [Floats([-7, -3, -0.01, 0, 0.4, 2.5, 6.5], 7)]), new("Softplus", [Floats([-40, -1, 0, 1, 40], 5)]),
        new("Split", [Floats([1, 2, 3, 4, 5, 6, 7], 7)], new() { { "num_outputs", 3 } }, Outputs: 3, Opset: 18),
        new("Pad", [A, Ints([1, 2], 2), Floats([7]), Ints([-1], 1)], Opset: 18), new("ReduceMean", [A, Ints([1], 1)], Opset: 18),
    ];

    public static TheoryData<int> Numbers() => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void The_numbers_are_those_of_ONNX_Runtime(int number)
    {
        Case c = Cases[number];
        var graph = new Graph(c.Operator) { Opset = c.Opset };
        var feeds = new Dictionary<Value, ReferenceTensor>();
        Value[] inputs = [.. c.Inputs.Select((x, i) => Declare(graph, x, i, feeds))];
        Node node = graph.AddNode(c.Operator, inputs, c.Outputs, c.Attributes, c.Domain);

        ReferenceTensor[] expected = ReferenceEvaluator.Run(graph, feeds, node.Outputs);
        ReferenceTensor[] actual = ReferenceComparison.RunInOnnxRuntime(graph, feeds, node.Outputs);

        for (int i = 0; i < actual.Length; i++)
        {
            Assert.Equal(expected[i].Type, actual[i].Type);
            ReferenceComparison.AssertClose(expected[i], actual[i], Tolerance, $"{node} output {i}");
        }
    }

    [Fact]
    public void Every_operator_is_compared()
    {
        HashSet<(string, string)> compared = [.. Cases.Select(c => (c.Domain, c.Operator)), .. GradientCases.All.Select(c => (c.Domain, c.Operator)), ("", "If")];

        Assert.All(Operators.All, op => Assert.Contains((op.Domain, op.Name), compared));
        Assert.All(ReferenceEvaluator.Known, key => Assert.Contains(key, compared));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_branch_sees_the_values_around_it(bool condition)
    {
        var graph = new Graph("if");
        Value p = graph.AddInput("p", ElementType.Bool, Shape.Of()), x = graph.AddInput("x", ElementType.Float, Shape.Of(2, 3));
        Value y = graph.If(p, g => [g.Exp(x)], g => [g.Mul(x, 3)])[0];
        var feeds = new Dictionary<Value, ReferenceTensor> { [p] = new(ElementType.Bool, [condition ? 1 : 0]), [x] = A };

        ReferenceTensor expected = ReferenceEvaluator.Run(graph, feeds, y)[0];

        Assert.Equal(condition ? Math.Exp(1.5) : 4.5, expected.Data[0], 12);
        ReferenceComparison.AssertClose(expected, ReferenceComparison.RunInOnnxRuntime(graph, feeds, [y])[0], Tolerance, "If");
    }

    // Lists of integers become constants: some of them (axes, pads, shapes) decide the outputs' shapes.
    private static Value Declare(Graph graph, ReferenceTensor x, int i, Dictionary<Value, ReferenceTensor> feeds)
    {
        if (x.Type == ElementType.Int64)
        {
            return graph.AddInitializer(Tensor.Of(x.ToInt64(), x.Dims));
        }

        Value input = graph.AddInput($"x{i}", x.Type, Shape.Of(x.Dims));
        feeds[input] = x;
        return input;
    }

    private static ReferenceTensor Floats(double[] data, params long[] dims) => new(ElementType.Float, data, dims);

    private static ReferenceTensor Ints(double[] data, params long[] dims) => new(ElementType.Int64, data, dims);

    private static ReferenceTensor Bools(bool[] data) => new(ElementType.Bool, Array.ConvertAll(data, b => b ? 1.0 : 0), data.Length);

    private sealed record Case(string Operator, ReferenceTensor[] Inputs, Attributes? Attributes = null, string Domain = "", int Outputs = 1, int Opset = 17);
}
