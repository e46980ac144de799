namespace UnetSpikes.Onnx;

/// <summary>What a graph is made of, its branches included.</summary>
/// <param name="Opset">Version of the default domain's operators.</param>
/// <param name="Operators">How many nodes of each operator; those of other domains as <c>domain.Operator</c>.</param>
/// <param name="StoredNumbers">Constant numbers in the file, indices and shapes left out.</param>
/// <param name="Weights">Those that one run uses: of the branches of an If, the larger.</param>
public sealed record GraphCensus(int Opset, IReadOnlyDictionary<string, int> Operators, long StoredNumbers, long Weights)
{
    /// <summary>Counts.</summary>
    /// <param name="graph">A whole model.</param>
    public static GraphCensus Of(Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var operators = new SortedDictionary<string, int>(StringComparer.Ordinal);
        (long stored, long weights) = Count(graph, operators);
        return new GraphCensus(graph.Opset, operators, stored, weights);
    }

    private static (long Stored, long Weights) Count(Graph graph, SortedDictionary<string, int> operators)
    {
        long own = graph.Initializers.Where(v => IsNumber(v.Type)).Sum(v => v.Constant!.Count);
        (long stored, long weights) = (own, own);
        foreach (Node node in graph.Nodes)
        {
            string name = node.Domain.Length == 0 ? node.OpType : $"{node.Domain}.{node.OpType}";
            operators[name] = operators.GetValueOrDefault(name) + 1;
            (long Stored, long Weights)[] branches = [.. node.Branches.Select(branch => Count(branch, operators))];
            stored += branches.Sum(b => b.Stored);
            weights += branches.Select(b => b.Weights).DefaultIfEmpty().Max();
        }

        return (stored, weights);
    }

    private static bool IsNumber(ElementType type) => type is not (ElementType.Int32 or ElementType.Int64 or ElementType.Bool);
}
