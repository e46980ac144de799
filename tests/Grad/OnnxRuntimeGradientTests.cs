using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Grad;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Grad;

/// <summary>ONNX Runtime runs, in float32, every node the rules emit, and its numbers are those of the reference evaluator.</summary>
public sealed class OnnxRuntimeGradientTests
{
    // float32 has 6e-8 per operation; the cases add at most a few hundred products of order one.
    private const double Tolerance = 1e-5;

    public static TheoryData<string> Cases() => [.. GradientCases.All.Where(c => c.Operator != "RandomUniformLike").Select(c => c.Key)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void Forward_and_backward_graphs_run_and_agree(string name)
    {
        GradientProblem problem = GradientCases.All.Single(c => c.Key == name).Build(ElementType.Float);
        Value[] variables = [.. problem.Feeds.Keys];
        Value[] wanted = [problem.Loss, .. problem.Outputs, .. Backward.Gradients(problem.Graph, problem.Loss, variables).OfType<Value>()];

        ReferenceTensor[] expected = ReferenceEvaluator.Run(problem.Graph, problem.Feeds, wanted);
        ReferenceTensor[] actual = ReferenceComparison.RunInOnnxRuntime(problem.Graph, problem.Feeds, wanted);

        for (int i = 0; i < wanted.Length; i++)
        {
            ReferenceComparison.AssertClose(expected[i], actual[i], Tolerance, i == 0 ? "the loss" : wanted[i].ToString());
        }
    }
}
