using UnetSpikes.Core;
using UnetSpikes.Onnx;
using Xunit;

namespace UnetSpikes.Tests.Onnx;

/// <summary>Nodes that onnx 1.12 would let pass, or that only ONNX Runtime would refuse much later, and their one line.</summary>
public class RefusalTests
{
    public static TheoryData<string, Func<Graph, Value>, string> Wrong => new()
    {
        { "LessOrEqual", g => g.Add("LessOrEqual", [F(g, 3, 4), F(g, 3)]), "shapes [3, 4] and [3] cannot be broadcast together" },
        { "Max", g => g.Max(F(g, 3), g.AddInput("i", ElementType.Int64, new Shape(3))), "input 1 'i' is Int64, and an earlier one Float" },
        { "Mod", g => g.Add("Mod", [F(g, 3), F(g, 3)]), "need fmod = 1" },
        { "Clip", g => g.Add("Clip", [F(g, 3), F(g, 1)]), "input 1 must be a scalar" },
        { "Cast", g => g.Add("Cast", [F(g, 3)], new() { { "to", 8 } }), "names the element type 8, which is not supported" },
        { "Cast", g => g.Add("Cast", [F(g, 3)]), "attribute 'to' is missing" },
        { "Gemm", g => g.Gemm(F(g, 2, 3), F(g, 3, 4), F(g, 2)), "C [2] does not broadcast to [2, 4]" },
        { "FusedMatMul", g => g.FusedMatMul(F(g, 2, 3), F(g, 2, 3)), "inner sizes of [2, 3] · [2, 3] differ: 3 and 2" },
        { "Conv", g => g.Conv(F(g, 1, 4, 9), F(g, 6, 4, 3), groups: 2), "channels of X and of W · group differ: 4 and 8" },
        { "Conv", g => g.Conv(F(g, 1, 4, 9), F(g, 5, 2, 3), groups: 2), "5 output channels cannot be cut into 2 groups" },
        { "Conv", g => g.Conv(F(g, 1, 4, 2), F(g, 6, 4, 3)), "the kernel covers 3 of axis 2" },
        { "Conv", g => g.Conv(F(g, 1, 4, 9), F(g, 6, 4)), "W [6, 4] must have as many axes" },
        { "Conv", g => g.Conv(F(g, 1, 4, 9), F(g, 6, 4, 3), F(g, 5)), "sizes of the bias and of the output channels differ: 5 and 6" },
        { "ConvTranspose", g => g.ConvTranspose(F(g, 1, 4, 9), F(g, 4, 2, 3), strides: [2], outputPadding: [2]), "output_padding must be less" },
        { "ConvTranspose", g => g.ConvTranspose(F(g, 1, 4, 9), F(g, 5, 2, 3)), "channels of X and of W differ: 4 and 5" },
        { "InstanceNormalization", g => g.InstanceNormalization(F(g, 1, 4, 9), F(g, 4), F(g, 3)), "sizes of input 2 and of the channels differ: 3 and 4" },
        { "BatchNormalization", g => g.BatchNormalization(F(g, 1, 4), F(g, 4), F(g, 4), F(g, 4), F(g, 3)), "differ: 3 and 4" },
        { "LayerNormalization", g => g.Add("LayerNormalization", [F(g, 2, 3), F(g, 2)]), "the scale [2] does not broadcast to [3]" },
        { "Reshape", g => g.Reshape(F(g, 2, 3), 4), "[2, 3] cannot be reshaped to [4]" },
        { "Pad", g => g.Pad(F(g, 2), -2, -1), "-3 of padding leaves axis 0 of [2] with a negative size" },
        { "Split", g => g.Split(F(g, 6), 0, 7, -1)[0], "a size is negative" },
        { "Concat", g => g.Concat(2, F(g, 2, 3), F(g, 2, 3)), "axis 2 does not exist: the input has 2 axes" },
        { "Gather", g => g.Gather(g.ShapeOf(F(g, 2)), g.Ints(1)), "an index of [1] is outside the 1 entries" },
        { "Tile", g => g.Add("Tile", [F(g, long.MaxValue), g.Ints(2)]), "a size is larger than 64-bit integers hold" },
        { "Range", g => g.Add("Range", [F(g), F(g), g.AddInitializer(Tensor.Scalar(ElementType.Float, 0))]), "the step is 0" },
        { "ScatterND", g => g.Add("ScatterND", [F(g, 3, 4), g.AddInput("i", ElementType.Int64, new Shape(2, 1)), F(g, 2, 5)]), "differ: 4 and 5" },
        { "ScatterElements", g => g.Add("ScatterElements", [F(g, 3), g.AddInput("i", ElementType.Int64, new Shape(2)), F(g, 3)]), "differ: 2 and 3" },
        { "Constant", g => g.Add("Constant", []), "exactly one of the value attributes must be given" },
        { "Gelu", g => g.Add("Gelu", [F(g, 3)]), "exists since opset 20, and the graph declares 17" },
        { "FancyNorm", g => g.Add("FancyNorm", [F(g, 3)]), "the operator is not known in ONNX's own domain" },
        { "Relu", g => g.Add("Relu", [F(g, 3)], new() { { "alpha", 1.0 } }), "has no attribute 'alpha'" },
        { "LeakyRelu", g => g.Add("LeakyRelu", [F(g, 3)], new() { { "slope", 1.0 } }), "has no attribute 'slope', only alpha" },
        { "LeakyRelu", g => g.Add("LeakyRelu", [F(g, 3)], new() { { "alpha", 1 } }), "attribute 'alpha' is int, expected float" },
        { "LeakyRelu", g => g.Add("LeakyRelu", [F(g, 3)], new() { { "alpha", 1.0 }, { "alpha", 1.0 } }), "given twice" },
        { "Add", g => g.Add("Add", [F(g, 3)]), "has 1 inputs, expected 2" },
        { "Add", g => g.Add("Add", [F(g, 3), null]), "input 1 is left out" },
        { "Add", g => g.AddNode("Add", [F(g, 3), F(g, 3)], 2).Output, "has 2 outputs, expected 1" },
        { "Not", g => g.Add("Not", [F(g, 3)]), "is Float, expected Bool" },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void A_wrong_node_fails_where_it_is_written(string op, Func<Graph, Value> build, string problem)
    {
        var e = Assert.Throws<GraphException>(() => build(new Graph("g")));

        Assert.Equal((op, op, 4), (e.Node, e.Operator, e.ExitCode));
        Assert.Contains(problem, e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    private static Value F(Graph g, params long[] dims) => g.AddInput($"x{g.Inputs.Count}", ElementType.Float, Shape.Of(dims));
}
