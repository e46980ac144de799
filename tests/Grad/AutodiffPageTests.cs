using System.Runtime.CompilerServices;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Grad;
using Xunit;

namespace UnetSpikes.Tests.Grad;

/// <summary>docs/autodiff.md prints a graph; this is where it comes from.</summary>
public sealed class AutodiffPageTests
{
    [Fact]
    public void The_graph_on_the_page_is_what_the_code_prints()
    {
        var graph = new Graph("example");
        Value x = graph.AddInput("x", ElementType.Float, Shape.Of(4, 3));
        Value w = graph.AddInput("w", ElementType.Float, Shape.Of(3, 2));
        Value b = graph.AddInput("b", ElementType.Float, Shape.Of(2));
        Value y = graph.Relu(graph.Add(graph.MatMul(x, w), b));
        Value loss = graph.ReduceMean(graph.Mul(y, y), false, 0, 1);
        IReadOnlyList<Value?> gradients = Backward.Gradients(graph, loss, [w, b]);
        graph.AddOutput(loss, "loss");
        graph.AddOutput(gradients[0]!, "dw");
        graph.AddOutput(gradients[1]!, "db");

        string dump = GraphText.Dump(graph);

        Assert.True(Page().Contains(dump.TrimEnd(), StringComparison.Ordinal), $"docs/autodiff.md shows another graph; now it is\n{dump}");
    }

    private static string Page([CallerFilePath] string here = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "docs", "autodiff.md"));
}
