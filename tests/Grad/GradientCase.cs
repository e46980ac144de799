using UnetSpikes.Onnx;
using UnetSpikes.Tests.Support;

namespace UnetSpikes.Tests.Grad;

/// <summary>One node to differentiate: its inputs, attributes, and how many outputs the loss uses.</summary>
public sealed record GradientCase(string Operator, string Name, GradientInput?[] Inputs, Attributes Attributes, string Domain = "", int Outputs = 1)
{
    /// <summary>The graph: the node, and the loss Σ output · fixed random weights, so that no two entries look the same.</summary>
    public GradientProblem Build(ElementType type, int opset = 17)
    {
        var random = new Random(17);
        var graph = new Graph("gradient") { Opset = Operator == "Gelu" && Domain.Length == 0 ? 20 : opset };
        var feeds = new Dictionary<Value, ReferenceTensor>();
        var inputs = new Value?[Inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            inputs[i] = Inputs[i] switch
            {
                null => null,
                { Constant: Tensor constant } => graph.AddInitializer(constant.Type == ElementType.Double ? OfType(constant, type) : constant),
                GradientInput variable => Variable(graph, $"x{i}", variable, type, random, feeds),
            };
        }

        Node node = graph.AddNode(Operator, inputs, Outputs, Attributes, Domain);
        Value loss = node.Outputs.Select(y => Weighted(graph, graph.Cast(y, type), random)).Aggregate(graph.Add);
        return new GradientProblem(graph, loss, node.Outputs, feeds);
    }

    /// <summary>The case's name in the test list, unique.</summary>
    public string Key => Domain.Length == 0 ? $"{Operator} {Name}" : $"{Domain} {Operator} {Name}";

    private static Value Variable(
        Graph graph, string name, GradientInput input, ElementType type, Random random, Dictionary<Value, ReferenceTensor> feeds)
    {
        Value value = graph.AddInput(name, type, Shape.Of(input.Dims));
        double Draw(long[] _) => type == ElementType.Float ? (float)input.Draw(random) : input.Draw(random);
        feeds[value] = ReferenceTensor.Build(type, input.Dims, Draw);
        return value;
    }

    private static Tensor OfType(Tensor constant, ElementType type) => type == ElementType.Double
        ? constant
        : Tensor.Of(Array.ConvertAll((double[])constant.Data, v => (float)v), constant.Dims);

    private static Value Weighted(Graph graph, Value y, Random random)
    {
        double[] weights = [.. Enumerable.Range(0, (int)y.KnownShape.ElementCount()).Select(_ => random.NextDouble() - 0.5)];
        Array data = y.Type == ElementType.Float ? Array.ConvertAll(weights, w => (float)w) : weights;
        Value weight = graph.AddInitializer(Tensor.Of(data, y.KnownShape.Sizes()));
        return graph.Add("ReduceSum", [graph.Mul(y, weight)], new() { { "keepdims", 0 } });
    }
}

/// <summary>A variable drawn from a distribution, or a constant that is not differentiated.</summary>
public sealed record GradientInput(long[] Dims, Func<Random, double> Draw, Tensor? Constant = null)
{
    public static implicit operator GradientInput(Tensor constant) => new(constant.Dims, _ => 0, constant);
}

/// <summary>A graph with a loss, and the numbers of its inputs.</summary>
public sealed record GradientProblem(Graph Graph, Value Loss, IReadOnlyList<Value> Outputs, Dictionary<Value, ReferenceTensor> Feeds)
{
    public double LossAt(IReadOnlyDictionary<Value, ReferenceTensor> feeds) => ReferenceEvaluator.Run(Graph, feeds, Loss)[0].Data[0];
}
