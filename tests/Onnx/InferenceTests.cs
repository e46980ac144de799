using UnetSpikes.Core;
using UnetSpikes.Onnx;
using Xunit;

namespace UnetSpikes.Tests.Onnx;

/// <summary>Every operator's inference rule against onnx's own shape inference.</summary>
public class InferenceTests
{
    public static TheoryData<string> Operators_with_cases => [.. InferenceCase.All().Select(c => c.Op).Distinct()];

    [Theory]
    [MemberData(nameof(Operators_with_cases))]
    public void An_operator_infers_what_onnx_infers(string op)
    {
        foreach (InferenceCase c in InferenceCase.All().Where(c => c.Op == op && !c.IsRefused))
        {
            Node node = c.Build();

            foreach ((Value actual, var expected) in node.Outputs.Zip(c.Expected))
            {
                Assert.True(InferenceCase.TypeOf(expected) == actual.Type, $"{actual}: {c}");
                Assert.True(SaysAsMuch(actual.Shape, InferenceCase.ShapeOf(expected)), $"{actual}: {c}");
            }

            foreach ((Dictionary<string, long> symbols, var outputs) in c.Concrete)
            {
                foreach ((Value actual, var expected) in node.Outputs.Zip(outputs))
                {
                    Assert.True(IsTrueOf(actual.Shape!, InferenceCase.ShapeOf(expected)!, symbols), $"{actual}: {c}");
                }
            }
        }
    }

    [Fact]
    public void What_onnx_refuses_is_refused_with_node_and_operator()
    {
        InferenceCase[] cases = [.. InferenceCase.All().Where(c => c.IsRefused)];

        Assert.NotEmpty(cases);
        foreach (InferenceCase c in cases)
        {
            GraphException? e = null;
            try
            {
                c.Build();
            }
            catch (GraphException caught)
            {
                e = caught;
            }

            Assert.True(e is not null, $"accepted: {c}");
            Assert.Equal((c.Op, c.Op), (e.Node, e.Operator));
        }
    }

    [Fact]
    public void Every_form_of_every_operator_has_a_case()
    {
        HashSet<Operator> covered = [.. InferenceCase.All().Where(c => !c.IsRefused).Select(c => Operators.Find(c.Domain, c.Op, c.Opset)!)];

        Assert.Empty(Operators.All.Where(o => !covered.Contains(o)).Select(o => $"{o} since {o.Since}"));
    }

    [Fact]
    public void Every_attribute_of_every_operator_is_named_once_and_has_a_kind()
    {
        string[] kinds = ["int", "ints", "float", "floats", "string", "tensor", "graph"];

        Assert.All(Operators.All, o => Assert.Equal(o.AttributeNames.Count(), o.AttributeNames.Distinct().Count()));
        Assert.All(Operators.All.SelectMany(o => o.Attributes), a => Assert.Contains(a.Kind, kinds));
    }

    /// <summary>Everything onnx knows must be known here, and the same; more may be known.</summary>
    private static bool SaysAsMuch(Shape? actual, Shape? expected) =>
        expected is null || (actual is not null && actual.Rank == expected.Rank && actual.Zip(expected).All(p => p.Second == Dim.Unknown || p.First == p.Second));

    /// <summary>Whether a shape with symbols is right when they have these sizes.</summary>
    private static bool IsTrueOf(Shape actual, Shape expected, Dictionary<string, long> symbols) =>
        actual.Rank == expected.Rank && actual.Zip(expected).All(p =>
            p.First == Dim.Unknown || (p.First.Size ?? symbols[p.First.Symbol!]) == p.Second.Size);
}
