using UnetSpikes.Onnx;
using Xunit;

namespace UnetSpikes.Tests.Onnx;

public class GraphCensusTests
{
    [Fact]
    public void Branches_are_counted_and_of_two_one_runs()
    {
        var graph = new Graph("branches");
        Value x = graph.AddInput("x", ElementType.Float, Shape.Of(2)), isLarge = graph.AddInput("is_large", ElementType.Bool, Shape.Of());
        Value shifted = graph.Add(x, graph.AddInitializer(Tensor.Fill(ElementType.Float, 1, 2)));
        Value y = graph.If(
            isLarge,
            then => [then.Add(then.Add(shifted, then.AddInitializer(Tensor.Fill(ElementType.Float, 2, 5, 2))), then.AddInitializer(Tensor.Fill(ElementType.Float, 3, 5, 2)))],
            otherwise => [otherwise.Mul(shifted, otherwise.AddInitializer(Tensor.Fill(ElementType.Float, 4, 7, 2)))])[0];
        graph.AddOutput(graph.Add("Reshape", [y, graph.AddInitializer(Tensor.Ints(-1))]), "y");
        graph.AddOutput(graph.FusedMatMul(x, graph.AddInitializer(Tensor.Fill(ElementType.Float, 1, 2, 3))), "z");

        var census = GraphCensus.Of(graph);

        Assert.Equal(new Dictionary<string, int> { ["Add"] = 3, ["If"] = 1, ["Mul"] = 1, ["Reshape"] = 1, ["com.microsoft.FusedMatMul"] = 1 }, census.Operators);
        Assert.Equal((17, 2 + 20 + 14 + 6, 2 + 20 + 6), (census.Opset, census.StoredNumbers, census.Weights)); // The shape of Reshape is no weight.
    }
}
