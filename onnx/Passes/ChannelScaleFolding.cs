namespace UnetSpikes.Onnx.Passes;

/// <summary>Moves a product with one number per channel out of the activations and into the small matrices they meet.</summary>
/// <remarks>
/// The gradient through a normalisation ends on a·z, a per channel. All it then meets is linear in its channels:
/// Wᵀ·(a·z) = (a·W)ᵀ·z, and (a·z)·Xᵀ = a·(z·Xᵀ), and so for convolutions, so a goes into W or onto the small result and
/// one reading and writing of the activations is saved. Where any use is of another kind, nothing is touched.
/// </remarks>
public static class ChannelScaleFolding
{
    /// <summary>Folds.</summary>
    /// <param name="graph">Changed in place.</param>
    /// <returns>How many nodes were rewritten.</returns>
    public static int Apply(Graph graph)
    {
        var consumers = graph.Nodes.SelectMany(n => n.Inputs.Select((value, index) => (Node: n, Index: index, Value: value)))
            .Where(use => use.Value is not null).ToLookup(use => use.Value!, use => (use.Node, use.Index));
        var scaleOf = new Dictionary<Node, Value>();
        var scaledUses = new Dictionary<Node, (int Index, Value Scale)>();
        foreach (Node node in graph.Nodes)
        {
            if (node is { OpType: "Mul", Domain: "" } && node.Output.Shape is { Rank: 3, IsStatic: true } shape && shape[0].Size == 1
                && node.Input(1).Shape is { } scale && scale.Equals(Shape.Of(1, shape[1].Size!.Value, 1))
                && Terminals(node.Output, shape[1].Size!.Value, consumers) is { } terminals
                && terminals.TrueForAll(t => !scaledUses.ContainsKey(t.Node)))
            {
                scaleOf.Add(node, node.Input(1));
                terminals.ForEach(t => scaledUses.Add(t.Node, (t.Index, node.Input(1))));
            }
        }

        return Rewriting.Run(graph, node =>
            scaleOf.ContainsKey(node) ? node.Input(0)
            : scaledUses.TryGetValue(node, out (int Index, Value Scale) use) ? Scaled(graph, node, use.Index, use.Scale)
            : null);
    }

    /// <summary>The linear nodes a value reaches through what keeps its channels apart; null when it reaches anything else.</summary>
    private static List<(Node Node, int Index)>? Terminals(Value value, long channels, ILookup<Value, (Node Node, int Index)> consumers)
    {
        var found = new List<(Node Node, int Index)>();
        foreach ((Node node, int index) in consumers[value])
        {
            if (KeepsChannelsApart(node, index, channels))
            {
                if (Terminals(node.Output, channels, consumers) is not { } further)
                {
                    return null;
                }

                found.AddRange(further);
            }
            else if (IsLinear(node, index, channels))
            {
                found.Add((node, index));
            }
            else
            {
                return null;
            }
        }

        return found.Count > 0 ? found : null;
    }

    // A reshape to rows of one channel each, or one matrix for every channel's [R, L].
    private static bool KeepsChannelsApart(Node node, int index, long channels) => (node.OpType, index) switch
    {
        ("Reshape", 0) => AreRowsOfChannels(node.Output.Shape, channels),
        ("FusedMatMul", 1) => node.Attributes.Int("transB", 0) == 0 && node.Input(0).KnownShape.Rank == 2
            && node.Input(1).KnownShape is { Rank: 3 } shape && shape[0].Size == channels,
        _ => false,
    };

    /// <summary>True where no row (a run along the last axis) holds two channels: row r of the activations belongs to channel r · C / rows.</summary>
    private static bool AreRowsOfChannels(Shape? shape, long channels) =>
        shape is { IsStatic: true, Rank: > 1 } && Rows(shape) is > 0 and long rows && rows % channels == 0;

    private static long Rows(Shape shape) => shape.Sizes()[..^1].Aggregate(1L, (product, size) => product * size);

    private static bool IsLinear(Node node, int index, long channels) => (node.OpType, index) switch
    {
        ("Gemm", 0) => IsPlain(node) && node.Attributes.Int("transA", 0) == 0,
        ("Gemm", 1) => IsPlain(node) && node.Attributes.Int("transB", 0) == 0 && node.Attributes.Int("transA", 0) == 1,
        ("FusedMatMul", 0) => node.Attributes.Int("transA", 0) == 0 && HaveSameRows(node.Input(0), node.Output),
        ("FusedMatMul", 1) => node.Attributes.Int("transB", 0) == 1 && Rows(node.Input(1).KnownShape) == channels,
        ("Conv", 0) => node.Inputs.Count == 2 && node.Input(0).KnownShape is { Rank: > 2 } x && x[0].Size == 1 && x[1].Size == channels,
        ("Mul", _) => IsPerChannel(node.Input(1 - index).Shape, node.Output.KnownShape, channels),
        _ => false,
    };

    private static bool IsPlain(Node gemm) => gemm.Inputs.Count == 2;

    private static bool HaveSameRows(Value a, Value b) => a.KnownShape.SkipLast(1).SequenceEqual(b.KnownShape.SkipLast(1));

    // [C, 1, 1] or [1, C, 1, 1] against activations [1, C, T, B].
    private static bool IsPerChannel(Shape? small, Shape activations, long channels) =>
        small is { IsStatic: true } && activations.Rank == 4 && activations[1].Size == channels && small.ElementCount() == channels
        && small.Rank >= 3 && small[-3].Size == channels;

    private static Value Scaled(Graph g, Node node, int index, Value scale)
    {
        Value a = node.Input(0), b = node.Input(1);
        switch (node.OpType, index)
        {
            case ("Gemm" or "FusedMatMul", 0):
                return ScaledRows(g, Again(g, node, a, b), scale);
            case ("Gemm", 1):
                // Wᵀ written out: small, and the product reads it faster. (Were it the product's direct input, ONNX Runtime would undo it.)
                return g.MatMul(g.Mul(g.Transpose(a, 1, 0), g.Reshape(Repeated(g, scale, a.KnownShape[0].Size!.Value), 1, -1)), b);
            case ("FusedMatMul", 1):
                long[] rows = b.KnownShape.Sizes()[..^1];
                return g.Mul(Again(g, node, a, b), g.Reshape(scale, [.. rows[..^1], 1, rows[^1]]));
            case ("Conv", 0):
                return Again(g, node, a, ScaledKernel(g, b, scale, node.Attributes.Int("group", 1)));
            case ("Mul", 0):
                return g.Mul(a, g.Mul(b, g.Reshape(scale, -1, 1, 1)));
            default:
                return g.Mul(g.Mul(a, g.Reshape(scale, -1, 1, 1)), b);
        }
    }

    // A small matrix, or a batch of them, whose rows are the channels', as many running for each.
    private static Value ScaledRows(Graph g, Value matrix, Value scale)
    {
        long[] sizes = matrix.KnownShape.Sizes();
        long channels = scale.KnownShape.ElementCount();
        if (Rows(matrix.KnownShape) == channels)
        {
            return g.Mul(matrix, g.Reshape(scale, [.. sizes[..^1], 1]));
        }

        return g.Reshape(g.Mul(g.Reshape(matrix, channels, -1), g.Reshape(scale, channels, 1)), sizes);
    }

    // One number per row, where several rows running belong to a channel.
    private static Value Repeated(Graph g, Value scale, long rows)
    {
        long channels = scale.KnownShape.ElementCount();
        return rows == channels ? scale : g.Expand(g.Reshape(scale, channels, 1), channels, rows / channels);
    }

    // Kernel [out, in/groups, …]: input channel j of group i is channel i·(in/groups) + j.
    private static Value ScaledKernel(Graph g, Value kernel, Value scale, long groups)
    {
        long[] sizes = kernel.KnownShape.Sizes();
        Value grouped = g.Reshape(kernel, [groups, sizes[0] / groups, sizes[1], -1]);
        return g.Reshape(g.Mul(grouped, g.Reshape(scale, groups, 1, sizes[1], 1)), sizes);
    }

    private static Value Again(Graph g, Node node, Value a, Value b) => g.Add(node.OpType, [a, b], node.Attributes, node.Domain);
}
