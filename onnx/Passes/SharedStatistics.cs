namespace UnetSpikes.Onnx.Passes;

/// <summary>Normalises one sample with the statistics that the gradient needs anyway, instead of computing them a second time.</summary>
/// <remarks>
/// <c>InstanceNormalization</c> of [1, C, L] becomes <c>BatchNormalization</c> with given statistics: one reading and one
/// writing of the activations instead of three readings and a writing; <see cref="ChannelAffineFusion"/> takes in what stands
/// behind it. Run <see cref="CommonSubexpressions"/> afterwards: the statistics are written once more here.
/// </remarks>
public static class SharedStatistics
{
    /// <summary>Rewrites.</summary>
    /// <param name="graph">Changed in place.</param>
    /// <returns>How many normalisations were rewritten.</returns>
    public static int Apply(Graph graph) => Rewriting.Run(graph, node =>
        node.OpType == "InstanceNormalization" && node.Input(0).Shape is { Rank: 3, IsStatic: true } shape && shape[0].Size == 1
            ? Normalize(graph, node)
            : null);

    private static Value Normalize(Graph g, Node node)
    {
        ChannelStatistics statistics = ChannelStatistics.Of(g, node.Input(0));
        return g.BatchNormalization(
            node.Input(0), node.Input(1), node.Input(2), statistics.Mean, statistics.Variance, node.Attributes.Float("epsilon", 1e-5f));
    }
}
