using UnetSpikes.Core;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Grad;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Grad;

/// <summary>Walks the rule table: every operator's gradient against central differences of the reference evaluator, in double.</summary>
public sealed class GradientTableTests
{
    // Central differences with this step are off by h²·f'''/6 and by rounding, 1e-16·|f|/h: both about 1e-10 for losses of order 1 to 10.
    private const double Step = 1e-5;

    // A hundred times the worst of that, and far below what any wrong term in a formula would show.
    private const double Tolerance = 1e-7;

    public static TheoryData<string> Cases() => [.. GradientCases.All.Select(c => c.Key)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_gradient_is_the_limit_of_difference_quotients(string name)
    {
        GradientProblem problem = GradientCases.All.Single(c => c.Key == name).Build(ElementType.Double);
        Value[] variables = [.. problem.Feeds.Keys];

        IReadOnlyList<Value?> gradients = Backward.Gradients(problem.Graph, problem.Loss, variables);

        Dictionary<Value, ReferenceTensor> values = ReferenceEvaluator.Run(problem.Graph, problem.Feeds);
        for (int v = 0; v < variables.Length; v++)
        {
            ReferenceTensor x = problem.Feeds[variables[v]];
            ReferenceTensor? gradient = gradients[v] is Value g ? values[g] : null;
            Assert.True(gradient is null || gradient.Dims.SequenceEqual(x.Dims), $"{variables[v]} has a gradient {gradient}");
            for (int i = 0; i < x.Data.Length; i++)
            {
                double expected = DifferenceQuotient(problem, variables[v], i), actual = gradient?.Data[i] ?? 0;
                Assert.True(
                    Math.Abs(expected - actual) <= Tolerance * (1 + Math.Abs(expected)), $"{variables[v]} entry {i}: difference quotient {expected:R}, gradient {actual:R}");
            }
        }
    }

    [Fact]
    public void Every_rule_has_a_case()
    {
        HashSet<(string, string)> tested = [.. GradientCases.All.Select(c => (c.Domain, c.Operator))];

        Assert.All(GradientRules.All.Keys, key => Assert.Contains(key, tested));
    }

    [Fact]
    public void Every_case_has_a_name_of_its_own_and_variables_to_check()
    {
        Assert.Equal(GradientCases.All.Count, GradientCases.All.Select(c => c.Key).Distinct().Count());
        Assert.All(GradientCases.All, c => Assert.NotEmpty(c.Build(ElementType.Double).Feeds));
    }

    [Fact]
    public void Every_rule_is_for_an_operator_the_graph_knows() =>
        Assert.All(GradientRules.All.Keys, key => Assert.NotNull(Operators.Find(key.Domain, key.Operator, Operators.NewestOpset)));

    [Fact]
    public void An_operator_without_a_rule_is_an_error_that_names_it()
    {
        var graph = new Graph("no rule");
        Value x = graph.AddInput("x", ElementType.Float, Shape.Of(3));
        Value scattered = graph.AddNode(
            "ScatterND", [x, graph.AddInitializer(Tensor.Of(new[] { 0L }, 1, 1)), graph.AddInitializer(Tensor.Of(new[] { 1f }, 1))], name: "the_scatter").Output;
        Value loss = graph.ReduceSum(scattered, false, 0);

        var error = Assert.Throws<GraphException>(() => Backward.Gradients(graph, loss, [x]));

        Assert.Equal("the_scatter", error.Node);
        Assert.Equal("ScatterND", error.Operator);
        Assert.Contains("no gradient rule", error.Message, StringComparison.Ordinal);
    }

    private static double DifferenceQuotient(GradientProblem problem, Value variable, int entry)
    {
        double At(double step)
        {
            ReferenceTensor x = problem.Feeds[variable];
            double[] moved = [.. x.Data];
            moved[entry] += step;
            return problem.LossAt(new Dictionary<Value, ReferenceTensor>(problem.Feeds) { [variable] = new(x.Type, moved, x.Dims) });
        }

        return (At(Step) - At(-Step)) / (2 * Step);
    }
}
