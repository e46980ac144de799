using UnetSpikes.Core;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Grad;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Grad;

/// <summary>The walker: which values get a gradient, how contributions add up, what it refuses.</summary>
public sealed class BackwardTests
{
    [Fact]
    public void A_value_the_loss_does_not_depend_on_has_no_gradient()
    {
        var graph = new Graph("unused");
        Value x = Vector(graph, "x"), unused = Vector(graph, "unused");
        Value loss = Sum(graph, graph.Exp(x));

        IReadOnlyList<Value?> gradients = Backward.Gradients(graph, loss, [unused, x]);

        Assert.Null(gradients[0]);
        Assert.Equal(Shape.Of(3), gradients[1]!.Shape);
    }

    [Fact]
    public void Integers_stop_the_gradient()
    {
        var graph = new Graph("integers");
        Value x = Vector(graph, "x");
        Value loss = Sum(graph, graph.Cast(graph.Cast(x, ElementType.Int64), ElementType.Double));

        Assert.Null(Assert.Single(Backward.Gradients(graph, loss, [x])));
    }

    [Fact]
    public void Inputs_constants_computed_values_and_the_loss_itself_can_be_variables()
    {
        var graph = new Graph("variables");
        Value x = Vector(graph, "x"), w = graph.AddInitializer(Tensor.Of(new[] { 2.0, 3, 4 }, 3), "w");
        Value product = graph.Mul(x, w), loss = Sum(graph, graph.Mul(product, product));

        Value?[] gradients = [.. Backward.Gradients(graph, loss, [x, w, product, loss])];

        // d/dp Σp² = 2p with p = x·w;  dx = 2p·w, dw = 2p·x.
        double[][] values = Numbers(graph, x, [1, -1, 0.5], gradients!);
        Assert.Equal([8, -18, 16], values[0]);
        Assert.Equal([4, 6, 2], values[1]);
        Assert.Equal([4, -6, 4], values[2]);
        Assert.Equal([1], values[3]);
    }

    [Fact]
    public void Differentiating_twice_gives_the_second_derivative()
    {
        var graph = new Graph("cube");
        Value x = Vector(graph, "x");
        Value loss = Sum(graph, graph.Pow(x, graph.Scalar(x, 3)));

        Value first = Backward.Gradients(graph, loss, [x])[0]!;
        Value second = Backward.Gradients(graph, Sum(graph, first), [x])[0]!;

        double[][] values = Numbers(graph, x, [1, -2, 0.5], first, second);
        Assert.Equal([3, 12, 0.75], values[0]);
        Assert.Equal([6, -12, 3], values[1]);
    }

    [Fact]
    public void A_symbolic_batch_is_summed_over_whatever_its_size()
    {
        var graph = new Graph("batch");
        Value x = graph.AddInput("x", ElementType.Double, new Shape("batch", 3));
        Value w = graph.AddInitializer(Tensor.Fill(ElementType.Double, 0.5, 3, 2)), b = graph.AddInitializer(Tensor.Fill(ElementType.Double, 1, 2));
        Value hidden = graph.Relu(graph.Add(graph.MatMul(x, w), b));
        Value loss = graph.Add("ReduceSum", [graph.Reshape(hidden, -1)], new() { { "keepdims", 0 } });

        Value?[] gradients = [.. Backward.Gradients(graph, loss, [w, b, x])];

        foreach (int batch in (int[])[1, 4])
        {
            ReferenceTensor ones = ReferenceTensor.Build(ElementType.Double, [batch, 3], _ => 1);
            ReferenceTensor[] values = ReferenceEvaluator.Run(graph, new Dictionary<Value, ReferenceTensor> { [x] = ones }, gradients!);
            Assert.All(values[0].Data, dw => Assert.Equal(batch, dw));
            Assert.All(values[1].Data, db => Assert.Equal(batch, db));
            Assert.All(values[2].Data, dx => Assert.Equal(1, dx));
            Assert.Equal([batch, 3], values[2].Dims);
        }
    }

    [Fact]
    public void Nothing_is_left_in_the_graph_that_no_gradient_needs()
    {
        var graph = new Graph("sweep");
        Value x = graph.AddInput("x", ElementType.Float, Shape.Of(4, 3)), w = graph.AddInput("w", ElementType.Float, Shape.Of(3, 2));
        Value loss = Sum(graph, graph.Div(graph.Scalar(x, 1), graph.Exp(graph.MatMul(x, w))));
        int before = graph.Nodes.Count;

        Value dw = Backward.Gradients(graph, loss, [w])[0]!;

        HashSet<Value> used = [dw, .. graph.Nodes.SelectMany(n => n.Inputs).OfType<Value>()];
        Assert.All(graph.Nodes.Skip(before), node => Assert.Contains(node.Outputs, used.Contains));
        Assert.All(graph.Initializers, constant => Assert.Contains(constant, used));
        Assert.Single(graph.Nodes.Skip(before), node => node.OpType == "Gemm"); // dW, and no dX.
    }

    [Fact]
    public void The_nodes_of_a_gradient_are_named_after_the_node_they_differentiate()
    {
        var graph = new Graph("names");
        Value x = Vector(graph, "x"), y;
        using (graph.Scope("down.0"))
        {
            y = graph.Exp(x);
        }

        Value dx = Backward.Gradients(graph, Sum(graph, y), [x])[0]!;

        Assert.StartsWith("grad.down.0/Exp", dx.Producer!.Name, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loss_of_several_elements_is_refused()
    {
        var graph = new Graph("loss");
        Value x = Vector(graph, "x");

        var error = Assert.Throws<GraphException>(() => Backward.Gradients(graph, graph.Exp(x), [x]));

        Assert.Contains("expected one element", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_integer_variable_is_refused()
    {
        var graph = new Graph("integer");
        Value n = graph.AddInput("n", ElementType.Int64, Shape.Of(3));
        Value loss = Sum(graph, graph.Cast(n, ElementType.Double));

        var error = Assert.Throws<GraphException>(() => Backward.Gradients(graph, loss, [n]));

        Assert.Equal("n", error.Node);
    }

    [Fact]
    public void A_variable_used_inside_a_branch_is_refused_and_not_taken_for_unused()
    {
        var graph = new Graph("branch");
        Value x = Vector(graph, "x"), condition = graph.AddInput("condition", ElementType.Bool, Shape.Of());
        Value chosen = graph.If(condition, g => [g.Exp(x)], g => [g.Neg(x)])[0];

        var error = Assert.Throws<GraphException>(() => Backward.Gradients(graph, Sum(graph, chosen), [x]));

        Assert.Equal("If", error.Operator);
    }

    [Theory]
    [InlineData("BatchNormalization", "training_mode")]
    [InlineData("Pad", "mode")]
    [InlineData("Conv", "auto_pad")]
    public void A_form_of_an_operator_without_a_gradient_is_refused_by_name(string op, string attribute)
    {
        var graph = new Graph("forms");
        Value x = graph.AddInput("x", ElementType.Float, Shape.Of(1, 2, 6)), w = graph.AddInput("w", ElementType.Float, Shape.Of(2, 2, 3));
        Value c = graph.AddInput("c", ElementType.Float, Shape.Of(2));
        Value y = op switch
        {
            "BatchNormalization" => graph.AddNode(op, [x, c, c, c, c], 3, new() { { attribute, 1 } }).Output,
            "Pad" => graph.Add(op, [x, graph.Ints(0, 0, 1, 0, 0, 1)], new() { { attribute, "reflect" } }),
            _ => graph.Add(op, [x, w], new() { { attribute, "SAME_UPPER" } }),
        };

        var error = Assert.Throws<GraphException>(() => Backward.Gradients(graph, Sum(graph, y), [x]));

        Assert.Equal(op, error.Operator);
        Assert.Contains(attribute.Replace("mode", "", StringComparison.Ordinal), error.Message, StringComparison.Ordinal);
    }

    private static Value Vector(Graph graph, string name) => graph.AddInput(name, ElementType.Double, Shape.Of(3));

    private static Value Sum(Graph graph, Value x) => graph.Add("ReduceSum", [x], new() { { "keepdims", 0 } });

    private static double[][] Numbers(Graph graph, Value x, double[] data, params Value[] wanted) =>
        [.. ReferenceEvaluator.Run(graph, new Dictionary<Value, ReferenceTensor> { [x] = new(ElementType.Double, data, data.Length) }, wanted).Select(v => v.Data)];
}
