using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Passes;
using Xunit;

namespace UnetSpikes.Tests.Onnx;

/// <summary>Dead code and common subexpressions go, and nothing else.</summary>
public class PassTests
{
    [Fact]
    public void What_no_output_needs_goes_with_its_constants()
    {
        var g = new Graph("g");
        Value x = g.AddInput("x", ElementType.Float, new Shape(3));
        Value unused = g.AddInput("unused", ElementType.Float, new Shape(3));
        Value y = g.Mul(x, 2.0);
        g.Exp(g.Add(unused, 3.0));
        g.AddOutput(y, "y");

        Assert.Equal(2, DeadCode.Remove(g));

        Assert.Equal(["Mul"], g.Nodes.Select(n => n.OpType));
        Assert.Equal(2f, Assert.Single(g.Initializers).Constant!.Data.GetValue(0));
        Assert.Equal(2, g.Inputs.Count);
        GraphValidator.Validate(g);
        Assert.Equal(0, DeadCode.Remove(g));
    }

    [Fact]
    public void What_only_a_branch_uses_stays_and_dead_nodes_of_branches_go()
    {
        var g = new Graph("g");
        Value x = g.AddInput("x", ElementType.Float, new Shape(3));
        Value condition = g.AddInput("c", ElementType.Bool, new Shape());
        Value used = g.Exp(x);
        Value dead = g.Neg(x);
        g.AddOutput(g.If(condition, then => [then.Abs(used)], otherwise => Two(otherwise))[0], "y");

        Assert.Equal(2, DeadCode.Remove(g));

        Assert.Equal(["Exp", "If"], g.Nodes.Select(n => n.OpType));
        GraphValidator.Validate(g);

        Value[] Two(Graph branch)
        {
            branch.Sqrt(dead);
            return [branch.Log(x)];
        }
    }

    [Fact]
    public void The_same_computation_is_done_once()
    {
        var g = new Graph("g");
        Value x = g.AddInput("x", ElementType.Float, new Shape(3));
        Value a = g.Exp(g.Mul(x, 2.0));
        Value b = g.Exp(g.Mul(x, 2.0));
        Value different = g.Exp(g.Mul(x, 3.0));
        g.AddOutput(g.Add(g.Add(a, b), different), "y");

        Assert.Equal(3, CommonSubexpressions.Merge(g));

        Assert.Equal(["Mul", "Exp", "Mul", "Exp", "Add", "Add"], g.Nodes.Select(n => n.OpType));
        Assert.Same(g.Nodes[4].Inputs[0], g.Nodes[4].Inputs[1]);
        Assert.Equal(2, g.Initializers.Count);
        GraphValidator.Validate(g);
    }

    [Fact]
    public void Other_attributes_types_shapes_and_chance_are_not_the_same()
    {
        var g = new Graph("g");
        Value x = g.AddInput("x", ElementType.Float, new Shape(3, 3));
        Value[] all =
        [
            g.HardSigmoid(x, 0.1, 0), g.HardSigmoid(x, 0.2, 0), g.Transpose(x, 1, 0), g.Transpose(x, 0, 1), g.Add("RandomUniformLike", [x]), g.Add("RandomUniformLike", [x]),
            g.Add(x, g.AddInitializer(Tensor.Fill(ElementType.Float, 0, 1))), g.Add(x, g.AddInitializer(Tensor.Fill(ElementType.Float, 0, 1, 1))),
            g.Add(x, g.AddInitializer(Tensor.Fill(ElementType.Float, -0.0, 1))),
        ];
        g.AddOutput(g.Max(all), "y");

        Assert.Equal(0, CommonSubexpressions.Merge(g));
    }

    [Fact]
    public void Outputs_keep_their_names_and_branches_reuse_what_is_around_them()
    {
        var g = new Graph("g");
        Value x = g.AddInput("x", ElementType.Float, new Shape(3));
        Value condition = g.AddInput("c", ElementType.Bool, new Shape());
        g.AddOutput(g.Exp(x), "first");
        g.AddOutput(g.Exp(x), "second");
        g.AddOutput(g.If(condition, then => [then.Abs(then.Exp(x))], otherwise => [otherwise.Neg(x)])[0], "third");

        Assert.Equal(1, CommonSubexpressions.Merge(g));

        Assert.Equal(["first", "second", "third"], g.Outputs.Select(o => o.Name));
        Assert.Equal(["Abs"], g.Nodes[2].Attributes.Branch("then_branch")!.Nodes.Select(n => n.OpType));
        GraphValidator.Validate(g);
    }
}
