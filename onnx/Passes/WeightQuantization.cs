namespace UnetSpikes.Onnx.Passes;

/// <summary>Stores the weights of products and convolutions as int8, with one scale for each output channel, from which they are made when the model is loaded.</summary>
/// <remarks>
/// Symmetric, so that zero stays zero: w ≈ s · round(w / s), s = largest |w| of the channel / 127. Written as Cast and Mul, which runtimes fold into constants once;
/// DequantizeLinear ONNX Runtime leaves in place for fusions of its own, at 5 to 15 % of a run. Activations stay as they are: in int8 too
/// (DynamicQuantizeLinear, ConvInteger) a run took 1.6 to 3.4 times as long, and an output would depend on all that is fed beside it (docs/export.md).
/// </remarks>
public static class WeightQuantization
{
    /// <summary>The fewest weights that share a scale: below, the scales take what the weights save. Depthwise kernels and biases stay.</summary>
    public const int FewestPerScale = 8;

    /// <summary>Quantizes, in branches too.</summary>
    /// <param name="graph">Changed in place; run <see cref="DeadCode"/> afterwards.</param>
    /// <returns>How many weights were.</returns>
    public static int Apply(Graph graph) => Apply(graph, []);

    private static int Apply(Graph graph, Dictionary<(Value Weight, int Axis), Value> expanded)
    {
        int before = expanded.Count;
        foreach (Node node in graph.TakeNodes())
        {
            foreach (Graph branch in node.Branches)
            {
                Apply(branch, expanded);
            }

            foreach ((int input, int axis) in Weights(node))
            {
                if (node.Input(input) is { Constant.Data: float[] numbers } weight && numbers.Length >= FewestPerScale * weight.KnownShape[axis].Size)
                {
                    node.ReplaceInput(input, Expanded(weight, axis, expanded));
                }
            }

            graph.Append(node);
        }

        return expanded.Count - before;
    }

    /// <summary>Inputs that may be weights, each with the axis of its output channels.</summary>
    private static (int Input, int Axis)[] Weights(Node node) => node switch
    {
        { Domain: not "" } => [],
        { OpType: "Conv" } => [(1, 0)],
        { OpType: "ConvTranspose" } => node.Attributes.Int("group", 1) == 1 ? [(1, 1)] : [],
        { OpType: "Gemm" } => [(0, (int)node.Attributes.Int("transA", 0)), (1, 1 - (int)node.Attributes.Int("transB", 0))],
        { OpType: "MatMul" } when node.Input(1).Shape is { Rank: 2 } => [(1, 1)],
        _ => [],
    };

    private static Value Expanded(Value weight, int axis, Dictionary<(Value Weight, int Axis), Value> expanded)
    {
        if (!expanded.TryGetValue((weight, axis), out Value? value))
        {
            Graph g = weight.Owner;
            long[] dims = weight.Constant!.Dims;
            (sbyte[] steps, float[] scales) = Quantize((float[])weight.Constant.Data, dims, axis);
            value = g.Mul(
                g.Cast(g.AddInitializer(Tensor.Of(steps, dims), weight.Name + ".int8"), ElementType.Float),
                g.AddInitializer(Tensor.Of(scales, [scales.Length, .. Enumerable.Repeat(1L, dims.Length - 1 - axis)]), weight.Name + ".scale"));
            expanded.Add((weight, axis), value);
        }

        return value;
    }

    private static (sbyte[] Steps, float[] Scales) Quantize(float[] weights, long[] dims, int axis)
    {
        long inner = dims[(axis + 1)..].Aggregate(1L, (product, size) => product * size);
        long Channel(long i) => i / inner % dims[axis];
        var scales = new float[dims[axis]];
        for (int i = 0; i < weights.Length; i++)
        {
            scales[Channel(i)] = Math.Max(scales[Channel(i)], Math.Abs(weights[i]) / sbyte.MaxValue);
        }

        // A channel of zeros has any scale.
        scales = Array.ConvertAll(scales, s => s == 0 ? 1 : s);
        return ([.. weights.Select((w, i) => (sbyte)MathF.Round(w / scales[Channel(i)]))], scales);
    }
}
