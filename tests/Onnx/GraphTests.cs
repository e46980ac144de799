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

        Value wanted = g.Concat(0, g.Gather(shape, g.Ints(1)), g.Gather(shape, g.Ints(0)), g.Ints(-1));
        Value y = g.Reshape(x, wanted);

        Assert.Equal(new Shape("bins", "batch", 29), y.Shape);
    }
}
