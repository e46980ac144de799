using UnetSpikes.Core;
using UnetSpikes.Onnx;
using Xunit;

namespace UnetSpikes.Tests.Onnx;

/// <summary>Building a graph: what is inferred on the way, and what is refused where it is written.</summary>
public class GraphTests
{
    [Fact]
    public void A_symbolic_axis_survives_a_layer()
    {
        var g = new Graph("layer");
        Value x = g.AddInput("x", ElementType.Float, new Shape("batch", 50, 29));
        Value w = g.AddInitializer(Tensor.Fill(ElementType.Float, 0.1, 29, 20), "w");

        Value y = g.Relu(g.Add(g.MatMul(x, w), 1.0));

        Assert.Equal(new Shape("batch", 50, 20), y.Shape);
        Assert.Equal(ElementType.Float, y.Type);
    }

    [Fact]
    public void A_shape_computed_from_another_keeps_its_symbols()
    {
        var g = new Graph("shapes");
        Value x = g.AddInput("x", ElementType.Float, new Shape("batch", "bins", 29));
        Value shape = g.ShapeOf(x);

        Value wanted = g.Concat(0, g.Gather(shape, g.Ints(1)), g.Add("Slice", [shape, g.Ints(0), g.Ints(1)]), g.Ints(-1));

        Assert.Equal(new Shape("bins", "batch", 29), g.Reshape(x, wanted).Shape);
        Assert.Equal(new Shape("bins", "batch", 29), g.Reshape(x, g.Add(g.Mul(wanted, g.Ints(1)), g.Ints(0))).Shape);
    }

    [Fact]
    public void Shape_arithmetic_is_carried_out_where_numbers_are_known()
    {
        var g = new Graph("padding");
        Value x = g.AddInput("x", ElementType.Float, new Shape("batch", 50, 4));
        Value bins = g.Gather(g.ShapeOf(x), g.Ints(1));
        Value total = g.Add("Mod", [g.Sub(g.Ints(1), bins), g.Ints(8)]); // (1 − 50) mod 8 = 7, the divisor's sign
        Value left = g.Div(total, g.Ints(2));

        Value pads = g.Concat(0, g.Ints(0), left, g.Ints(0), g.Ints(0), g.Sub(total, left), g.Ints(0));

        Assert.Equal(new Shape("batch", 57, 4), g.Add("Pad", [x, pads]).Shape);
    }

    [Fact]
    public void Sizes_that_cannot_be_told_are_unknown_and_ranks_that_can_are_known()
    {
        var g = new Graph("unknown");
        Value x = g.AddInput("x", ElementType.Float, new Shape("batch", 6));
        Value free = g.AddInput("free", ElementType.Int64, new Shape(3));
        Value freer = g.AddInput("freer", ElementType.Int64, new Shape("n"));

        Assert.Equal(new Shape(Dim.Unknown, Dim.Unknown, Dim.Unknown), g.Reshape(x, free).Shape);
        Assert.Null(g.Reshape(x, freer).Shape);
        Assert.Null(g.Relu(g.Reshape(x, freer)).Shape);
        Assert.Equal(new Shape(Dim.Unknown), g.ShapeOf(g.Reshape(x, freer)).Shape);
        Assert.Equal(new Shape(2, 3), g.Reshape(g.Reshape(x, freer), 2, 3).Shape);
    }

    [Theory]
    [InlineData("batch", 1L, "batch")]
    [InlineData("batch", 5L, "5")]
    [InlineData("batch", 0L, "0")]
    [InlineData("batch", "batch", "batch")]
    [InlineData("batch", "bins", "?")]
    [InlineData(null, "bins", "?")]
    [InlineData(null, 3L, "3")]
    [InlineData(null, 1L, "?")]
    public void Broadcasting_two_axes_tells_what_can_be_told(object? a, object? b, string expected)
    {
        foreach ((object? left, object? right) in new[] { (a, b), (b, a) })
        {
            var g = new Graph("axes");
            Value y = g.Add(g.AddInput("a", ElementType.Float, new Shape(ToDim(left))), g.AddInput("b", ElementType.Float, new Shape(ToDim(right))));
            Assert.Equal($"[{expected}]", y.Shape!.ToString());
        }

        static Dim ToDim(object? o) => o is string s ? s : o is long n ? n : Dim.Unknown;
    }

    [Fact]
    public void Stride_one_with_full_padding_keeps_a_symbol_and_stride_two_does_not()
    {
        var g = new Graph("conv");
        Value x = g.AddInput("x", ElementType.Float, new Shape(1, 8, "bins", "batch"));
        Value w = g.AddInitializer(Tensor.Fill(ElementType.Float, 0, 8, 2, 3, 1));

        Assert.Equal(new Shape(1, 8, "bins", "batch"), g.Conv(x, w, groups: 4, pads: [1, 0, 1, 0]).Shape);
        Assert.Equal(new Shape(1, 8, Dim.Unknown, "batch"), g.Conv(x, w, groups: 4, pads: [1, 0, 1, 0], strides: [2, 1]).Shape);
    }

    [Fact]
    public void Names_follow_scopes_and_are_made_unique()
    {
        var g = new Graph("names");
        Value x = g.AddInput("x", ElementType.Float, new Shape(2));
        using (g.Scope("down"))
        using (g.Scope("0"))
        {
            Assert.Equal("down.0/Relu", g.Relu(x).Producer!.Name);
            Assert.Equal("down.0/Relu.1:0", g.Relu(x).Name);
        }

        Assert.Equal("y", g.AddOutput(g.Neg(x), "y").Name);
        Assert.Equal("Identity", g.AddOutput(x, "z").Producer!.OpType);
        Assert.Throws<GraphException>(() => g.AddInput("y", ElementType.Float, new Shape(2)));
    }

    [Fact]
    public void A_branch_sees_the_values_around_it_and_no_others_do()
    {
        var g = new Graph("g");
        Value x = g.AddInput("x", ElementType.Float, new Shape("batch", 3));
        Value condition = g.AddInput("c", ElementType.Bool, new Shape());
        Value? inner = null;

        Value y = g.If(condition, then => [inner = then.Exp(x)], otherwise => [x])[0];

        Assert.Equal(new Shape("batch", 3), y.Shape);
        Assert.Contains(x, y.Producer!.Uses());
        Assert.Contains("belongs to another graph ('then')", Assert.Throws<GraphException>(() => g.Neg(inner!)).Message);
        Assert.Throws<GraphException>(() => g.If(condition, then => [x], otherwise => [x, x]));
        Assert.Throws<GraphException>(() => g.If(condition, then => [x], otherwise => [condition]));
        Assert.Throws<GraphException>(() => new Graph("other").Neg(x));
    }

    [Fact]
    public void The_text_says_one_thing_per_line()
    {
        var g = new Graph("two");
        Value x = g.AddInput("x", ElementType.Float, new Shape("batch", 3));
        Value c = g.AddInput("c", ElementType.Bool, new Shape());
        Value w = g.AddInitializer(Tensor.Of(Enumerable.Range(0, 12).Select(i => i * 0.5f).ToArray(), 3, 4), "w");
        Value h = g.HardSigmoid(g.MatMul(x, w), 0.5, 0);
        g.AddOutput(g.If(c, then => [then.Mul(h, 2)], otherwise => [h])[0], "y");
        g.Metadata["bin_width_ms"] = "5";

        Assert.Equal(
            """
            graph two (opset 17, 3 nodes)
              metadata bin_width_ms = 5
              input x: Float[batch, 3]
              input c: Bool[]
              const w: Float[3, 4] = 12 numbers from 0 to 5.5
              MatMul:0: Float[batch, 4] = MatMul(x, w)
              HardSigmoid:0: Float[batch, 4] = HardSigmoid(MatMul:0) {alpha = 0.5, beta = 0}
              y: Float[batch, 4] = If(c)
                then_branch then:
                  const then/const: Float[] = 2
                  then/Mul:0: Float[batch, 4] = Mul(HardSigmoid:0, then/const)
                  output then/Mul:0
                else_branch else:
                  else/Identity:0: Float[batch, 4] = Identity(HardSigmoid:0)
                  output else/Identity:0
              output y

            """,
            GraphText.Dump(g));
    }
}
