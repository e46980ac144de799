namespace UnetSpikes.Onnx.Passes;

/// <summary>Where the gradient needs a normalisation's statistics anyway, the forward pass uses them instead of computing its own.</summary>
/// <remarks>
/// <c>InstanceNormalization(X)</c> of one sample becomes <c>BatchNormalization(X − mean X)</c> with the variance that is
/// already there: one pass over the activations instead of three. Run it after <see cref="CommonSubexpressions"/>.
/// </remarks>
public static class SharedStatistics
{
    /// <summary>Rewrites.</summary>
    /// <param name="graph">Changed in place.</param>
    /// <returns>How many normalisations were rewritten.</returns>
    public static int Apply(Graph graph)
    {
        var centredOf = new Dictionary<Value, Value>();
        var varianceOf = new Dictionary<Value, Value>();
        return Rewriting.Run(graph, node =>
        {
            Remember(node, centredOf, varianceOf);
            bool isKnown = node.OpType == "InstanceNormalization" && node.Input(0).Shape is { Rank: > 2 } shape && shape[0].Size == 1;
            return isKnown && centredOf.TryGetValue(node.Input(0), out Value? centred) && varianceOf.TryGetValue(centred, out Value? variance)
                ? Normalize(graph, node, centred, variance)
                : null;
        });
    }

    private static Value Normalize(Graph graph, Node node, Value centred, Value variance)
    {
        Value zero = graph.AddInitializer(Tensor.Fill(centred.Type, 0, centred.KnownShape[1].Size!.Value));
        return graph.BatchNormalization(
            centred, node.Input(1), node.Input(2), zero, graph.Reshape(variance, -1), node.Attributes.Float("epsilon", 1e-5f));
    }

    /// <summary>X − mean X over the last axes, and the mean of its square.</summary>
    private static void Remember(Node node, Dictionary<Value, Value> centredOf, Dictionary<Value, Value> varianceOf)
    {
        if (node.OpType == "Sub" && node.Input(1).Producer is { OpType: "ReduceMean" } mean && mean.Input(0) == node.Input(0) && IsPerChannel(mean))
        {
            centredOf.TryAdd(node.Input(0), node.Output);
        }
        else if (node.OpType == "ReduceMean" && node.Input(0).Producer is { OpType: "Mul" } square && square.Input(0) == square.Input(1) && IsPerChannel(node))
        {
            varianceOf.TryAdd(square.Input(0), node.Output);
        }
    }

    private static bool IsPerChannel(Node mean)
    {
        int rank = mean.Input(0).KnownShape.Rank;
        return mean.Attributes.Int("keepdims", 1) == 1 && mean.Attributes.Ints("axes") is long[] axes
            && axes.Select(axis => axis < 0 ? axis + rank : axis).Order().SequenceEqual(Enumerable.Range(2, rank - 2).Select(axis => (long)axis));
    }
}
