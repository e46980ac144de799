using UnetSpikes.Core;
using UnetSpikes.Onnx;
using Xunit;

namespace UnetSpikes.Tests.Onnx;

/// <summary>A valid graph passes; each way a pass could break one is refused.</summary>
public class ValidatorTests
{
    [Fact]
    public void Graphs_as_built_are_valid()
    {
        GraphValidator.Validate(SampleGraphs.Everything());
        GraphValidator.Validate(SampleGraphs.EveryType());
    }

    [Fact]
    public void Nodes_out_of_order_are_refused()
    {
        Graph g = Chain();
        g.ReplaceNodes([g.Nodes[1], g.Nodes[0]]);

        Refuses(g, "Relu", "Relu", "further on: the nodes are not in an order that can be run");
    }

    [Fact]
    public void A_cycle_is_refused()
    {
        Graph g = Chain();
        g.Nodes[0].ReplaceInput(0, g.Nodes[1].Output);

        Refuses(g, "Neg", "Neg", "the graph has a cycle");
    }

    [Fact]
    public void A_value_whose_node_is_gone_is_refused()
    {
        Graph g = Chain();
        g.ReplaceNodes([g.Nodes[1]]);

        Refuses(g, "Relu", "Relu", "neither an input, a constant nor the output of any node");
    }

    [Fact]
    public void A_constant_that_is_gone_is_refused()
    {
        var g = new Graph("g");
        g.AddOutput(g.Neg(g.AddInitializer(Tensor.Scalar(ElementType.Float, 1), "one")), "y");
        g.KeepInitializers(_ => false);

        Refuses(g, "Neg", "Neg", "'one' is neither an input");
    }

    [Fact]
    public void A_value_of_another_graph_is_refused()
    {
        Graph g = Chain();
        g.Nodes[0].ReplaceInput(0, new Graph("other").AddInput("x", ElementType.Float, new Shape(3)));

        Refuses(g, "Neg", "Neg", "belongs to another graph ('other')");
    }

    [Fact]
    public void An_output_that_is_not_computed_is_refused()
    {
        Graph g = Chain();
        g.ReplaceNodes([g.Nodes[0]]);

        Refuses(g, "y", "Relu", "not computed in the graph");
    }

    [Fact]
    public void A_graph_without_outputs_or_with_one_twice_is_refused()
    {
        Refuses(new Graph("empty"), "", "", "has no output");

        Graph g = Chain();
        g.DeclareOutput(g.Outputs[0]);
        Refuses(g, "y", "Relu", "declared twice");
    }

    [Fact]
    public void Names_used_twice_are_refused()
    {
        Graph g = Chain();
        g.Nodes[0].Output.Name = "x";
        Refuses(g, "Neg", "Neg", "its output 'x' has a name that is used twice");

        g = Chain();
        g.ReplaceNodes([g.Nodes[0], g.Nodes[0], g.Nodes[1]]);
        Refuses(g, "Neg", "Neg", "is also the output of");
    }

    [Fact]
    public void A_replaced_input_that_does_not_fit_is_refused()
    {
        Graph g = Chain();
        g.Nodes[1].ReplaceInput(0, g.AddInput("wide", ElementType.Float, new Shape(4)));

        Refuses(g, "Relu", "Relu", "recorded as y: Float[3], and is y: Float[4]");
    }

    [Fact]
    public void What_is_wrong_in_a_branch_is_found()
    {
        var g = new Graph("g");
        Value x = g.AddInput("x", ElementType.Float, new Shape(3));
        Value condition = g.AddInput("c", ElementType.Bool, new Shape());
        Node late = g.AddNode("Exp", [x]);
        Value y = g.If(condition, then => [then.Neg(late.Output)], otherwise => [otherwise.Neg(x)])[0];
        g.AddOutput(y, "y");
        GraphValidator.Validate(g);

        g.ReplaceNodes([y.Producer!, late]);

        Refuses(g, "If", "If", "'Exp:0' is computed by Exp 'Exp' further on");
    }

    private static Graph Chain()
    {
        var g = new Graph("chain");
        g.AddOutput(g.Relu(g.Neg(g.AddInput("x", ElementType.Float, new Shape(3)))), "y");
        return g;
    }

    private static void Refuses(Graph g, string node, string op, string problem)
    {
        var e = Assert.Throws<GraphException>(() => GraphValidator.Validate(g));
        Assert.Equal((node, op), (e.Node, e.Operator));
        Assert.Contains(problem, e.Message);
    }
}
