using UnetSpikes.Onnx;
using Xunit;

namespace UnetSpikes.Tests.Support;

/// <summary>One node with the numbers of its inputs.</summary>
public sealed record ReferenceCall(Node Node, ReferenceTensor?[] Inputs)
{
    public ReferenceTensor X => Input(0);

    public Attributes Attributes => Node.Attributes;

    public ReferenceTensor Input(int index) => Optional(index) ?? throw new InvalidOperationException($"{Node}: input {index} is missing");

    public ReferenceTensor? Optional(int index) => index < Inputs.Length ? Inputs[index] : null;

    /// <summary>An axis attribute, counted from the front.</summary>
    public int Axis(long fallback, string name = "axis") => FromFront(Attributes.Int(name, fallback));

    public int FromFront(long axis) => (int)(axis < 0 ? axis + X.Rank : axis);
}

/// <summary>
/// Runs a graph in double precision with definitions of a few lines each, taken from the operators' specifications:
/// slow, plain, and therefore the oracle for gradients, passes and ONNX Runtime itself.
/// </summary>
public static partial class ReferenceEvaluator
{
    private static readonly Dictionary<(string Domain, string Operator), Func<ReferenceCall, ReferenceTensor[]>> Operators =
        new[] { ElementwiseTable, LinearTable, ConvTable, LayoutTable, IndexingTable, ReductionTable, NormalizationTable }
            .SelectMany(family => family()).ToDictionary(entry => entry.Key, entry => entry.Value);

    /// <summary>Operators that can be run.</summary>
    public static IReadOnlyCollection<(string Domain, string Operator)> Known => Operators.Keys;

    /// <summary>Every value of the graph, from the numbers of its inputs. Feeds for computed values or constants win over the graph's own.</summary>
    public static Dictionary<Value, ReferenceTensor> Run(Graph graph, IReadOnlyDictionary<Value, ReferenceTensor> feeds)
    {
        var values = new Dictionary<Value, ReferenceTensor>(feeds);
        RunInto(graph, values);
        return values;
    }

    /// <summary>The numbers of some values.</summary>
    public static ReferenceTensor[] Run(Graph graph, IReadOnlyDictionary<Value, ReferenceTensor> feeds, params IEnumerable<Value> wanted)
    {
        Dictionary<Value, ReferenceTensor> values = Run(graph, feeds);
        return [.. wanted.Select(value => values[value])];
    }

    private static void RunInto(Graph graph, Dictionary<Value, ReferenceTensor> values)
    {
        foreach (Value constant in graph.Initializers)
        {
            values.TryAdd(constant, ReferenceTensor.From(constant.Constant!));
        }

        foreach (Node node in graph.Nodes)
        {
            var call = new ReferenceCall(node, [.. node.Inputs.Select(v => v is null ? null : values[v])]);
            ReferenceTensor[] outputs = node.OpType == "If" ? RunBranch(call, values) : RunNode(call);
            for (int i = 0; i < node.Outputs.Count; i++)
            {
                Check(node.Outputs[i], outputs[i]);
                values.TryAdd(node.Outputs[i], outputs[i]);
            }
        }
    }

    private static ReferenceTensor[] RunNode(ReferenceCall call) =>
        Operators.TryGetValue((call.Node.Domain, call.Node.OpType), out Func<ReferenceCall, ReferenceTensor[]>? run)
            ? run(call)
            : throw new NotSupportedException($"the reference evaluator has no {call.Node}");

    // A branch sees the values around it; its own are forgotten afterwards.
    private static ReferenceTensor[] RunBranch(ReferenceCall call, Dictionary<Value, ReferenceTensor> values)
    {
        Graph branch = call.Attributes.Branch(call.X.Data[0] != 0 ? "then_branch" : "else_branch")!;
        var inner = new Dictionary<Value, ReferenceTensor>(values);
        RunInto(branch, inner);
        return [.. branch.Outputs.Select(output => inner[output])];
    }

    // Shape and type inference is under test in every graph that is run here.
    private static void Check(Value value, ReferenceTensor result)
    {
        bool fits = value.Type == result.Type && (value.Shape is null || (value.Shape.Rank == result.Rank
            && value.Shape.Zip(result.Dims).All(pair => pair.First.Size is null || pair.First.Size == pair.Second)));
        Assert.True(fits, $"inference says {value}, the numbers are {result} ({value.Producer})");
    }

    private static long[] BroadcastDims(params IEnumerable<long[]> shapes)
    {
        int rank = shapes.Max(dims => dims.Length);
        return [.. Enumerable.Range(0, rank).Select(axis => shapes
            .Select(dims => axis - (rank - dims.Length) is int i && i >= 0 ? dims[i] : 1)
            .Aggregate((a, b) => a == 1 ? b : b == 1 || a == b ? a : throw new InvalidOperationException("shapes do not broadcast")))];
    }

    private static long[] With(long[] index, int axis, long entry)
    {
        long[] copy = [.. index];
        copy[axis] = entry;
        return copy;
    }
}
