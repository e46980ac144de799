using System.Runtime.CompilerServices;
using System.Text.Json;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Grad;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Grad;

/// <summary>Small networks against PyTorch's own gradients in float64 (tests/golden/grad/make_grad_golden.py).</summary>
public sealed class PyTorchGradientTests
{
    // Both sides are float64; sums of at most a few hundred terms of order one.
    private const double Tolerance = 1e-9;

    // 2⁻¹⁷ is a float32 exactly, so both sides add the same epsilon.
    private const double Epsilon = 1.0 / (1 << 17);

    private static readonly Dictionary<string, Func<Graph, Func<string, Value>, Value>> Networks = new()
    {
        ["conv1d_grouped_strided"] = (g, v) => g.Conv(v("x"), v("w"), v("b"), 2, [2], [2, 2], [2]),
        ["conv1d_dense"] = (g, v) => g.Conv(v("x"), v("w"), v("b"), 1, null, [1, 1]),
        ["conv1d_halving"] = (g, v) => g.Conv(v("x"), v("w"), null, 3, [2], [1, 1]),
        ["conv_transpose1d"] = (g, v) => g.ConvTranspose(v("x"), v("w"), v("b"), 2, [2], [1, 1], null, [1]),
        ["batch_norm_relu"] = BatchNormRelu,
        ["layer_norm"] = (g, v) => g.Add("LayerNormalization", [v("x"), v("w"), v("b")], new() { { "axis", 1 }, { "epsilon", Epsilon } }),
        ["gelu"] = (g, v) => g.Add("Gelu", [v("x")], null, Graph.MicrosoftDomain),
        ["poisson_loss"] = (g, v) => g.Reshape(g.ReduceMean(g.Sub(g.Exp(v("logits")), g.Mul(v("counts"), v("logits"))), false, 0, 1), 1),
        ["attention"] = Attention,
        ["convnext"] = ConvNext,
        ["log_softmax"] = (g, v) => g.Add("LogSoftmax", [v("x")], new() { { "axis", 1 } }),
    };

    public static TheoryData<string> Names() => [.. Networks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_are_those_of_PyTorch(string name)
    {
        JsonElement golden = Golden().GetProperty(name);
        var graph = new Graph(name);
        var feeds = golden.GetProperty("inputs").EnumerateObject().ToDictionary(
            p => graph.AddInput(p.Name, ElementType.Double, Shape.Of(Read(p.Value).Dims)), p => Read(p.Value));
        Value output = Networks[name](graph, input => feeds.Keys.Single(v => v.Name == input));
        ReferenceTensor weights = Read(golden.GetProperty("weights"));
        Value weighted = graph.Mul(output, graph.AddInitializer(Tensor.Of(weights.Data, weights.Dims)));
        Value loss = graph.Add("ReduceSum", [weighted], new() { { "keepdims", 0 } });
        Value[] variables = [.. feeds.Keys];

        Value?[] gradients = [.. Backward.Gradients(graph, loss, variables)];

        Dictionary<Value, ReferenceTensor> values = ReferenceEvaluator.Run(graph, feeds);
        AssertClose(Read(golden.GetProperty("output")), values[output], "output");
        for (int i = 0; i < variables.Length; i++)
        {
            AssertClose(Read(golden.GetProperty("gradients").GetProperty(variables[i].Name)), values[gradients[i]!], variables[i].Name);
        }
    }

    [Fact]
    public void Every_network_of_the_file_is_checked() =>
        Assert.Equal(Golden().EnumerateObject().Select(p => p.Name).Order(), Networks.Keys.Order());

    // Batch statistics of [N, C, T] are instance statistics of [1, C, N·T].
    private static Value BatchNormRelu(Graph g, Func<string, Value> v)
    {
        Value flat = g.Reshape(g.Transpose(v("x"), 1, 0, 2), 1, 2, 18);
        Value normalized = g.InstanceNormalization(flat, v("scale"), v("bias"), Epsilon);
        return g.Relu(g.Transpose(g.Reshape(normalized, 2, 3, 6), 1, 0, 2));
    }

    private static Value Attention(Graph g, Func<string, Value> v)
    {
        Value Heads(string weight) => g.Transpose(g.Reshape(g.MatMul(v("x"), v(weight)), 2, 5, 2, 3), 0, 2, 1, 3);
        Value scores = g.Div(g.FusedMatMul(Heads("wq"), Heads("wk"), transB: true), g.Scalar(v("x"), Math.Sqrt(3)));
        Value mixed = g.MatMul(g.Add("Softmax", [scores], new() { { "axis", -1 } }), Heads("wv"));
        return g.MatMul(g.Reshape(g.Transpose(mixed, 0, 2, 1, 3), 2, 5, 6), v("wo"));
    }

    private static Value ConvNext(Graph g, Func<string, Value> v)
    {
        Value y = g.Transpose(g.Conv(v("x"), v("depth"), null, 4, null, [3, 3]), 0, 2, 1);
        y = g.Add("LayerNormalization", [y, v("norm_w"), v("norm_b")], new() { { "axis", -1 }, { "epsilon", Epsilon } });
        Value hidden = g.Add("Gelu", [g.MatMul(y, v("w1"))], null, Graph.MicrosoftDomain);
        return g.Add(v("x"), g.Transpose(g.MatMul(hidden, v("w2")), 0, 2, 1));
    }

    private static void AssertClose(ReferenceTensor expected, ReferenceTensor actual, string what)
    {
        Assert.Equal(expected.Dims, actual.Dims);
        double worst = expected.Data.Zip(actual.Data, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst <= Tolerance, $"{what} is off by {worst:R}");
    }

    private static ReferenceTensor Read(JsonElement tensor) => new(
        ElementType.Double,
        [.. tensor.GetProperty("data").EnumerateArray().Select(e => e.GetDouble())],
        [.. tensor.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())]);

    private static JsonElement Golden([CallerFilePath] string here = "")
    {
        string path = Path.Combine(Path.GetDirectoryName(here)!, "..", "golden", "grad", "torch_gradients.json");
        return JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("cases");
    }
}
