namespace UnetSpikes.Onnx.Inference;

/// <summary>Normalizations: the first output has the input's shape.</summary>
internal static class Normalization
{
    public static IEnumerable<Operator> Table { get; } =
    [
        new("InstanceNormalization", "T T T", "T", Types.Floats, Instance, "epsilon:float"),
        new("BatchNormalization", "T F F F F", "T X? X?", Types.Floats, Batch, "epsilon:float", "momentum:float", "training_mode:int"),
        new("LayerNormalization", "T T T?", "T S? S?", Types.Floats, Layer, "axis:int", "epsilon:float", "stash_type:int") { Since = 17 },
    ];

    private static Shape Instance(InferenceContext n)
    {
        n.Require(n.X.Rank >= 3, $"the input {n.X} must have 3 axes or more: [N, C, spatial…]");
        CheckPerChannel(n, 2);
        return n.X;
    }

    private static Shape Batch(InferenceContext n)
    {
        n.Require(n.X.Rank >= 2, $"the input {n.X} must have 2 axes or more: [N, C, …]");
        CheckPerChannel(n, 4);
        bool training = n.Node.Attributes.Int("training_mode", 0) == 1;
        n.Require(n.Outputs == (training ? 3 : 1), training ? "training_mode = 1 gives 3 outputs" : "running statistics are given in training_mode = 1 only");
        for (int i = 1; i < n.Outputs; i++)
        {
            n.Set(i, new Shape(n.X[1]), n.Node.Input(3).Type);
        }

        return n.X;
    }

    /// <summary>Scale and bias lie over the axes normalised; mean and 1/σ keep those axes with size 1.</summary>
    private static Shape Layer(InferenceContext n)
    {
        int axis = n.AxisAttribute(-1, n.X.Rank);
        var normalised = new Shape([.. n.X.Skip(axis)]);
        n.CheckBroadcastsTo(n.ShapeOf(1), normalised, "the scale");
        if (n.Has(2))
        {
            n.CheckBroadcastsTo(n.ShapeOf(2), normalised, "the bias");
        }

        for (int i = 1; i < n.Outputs; i++)
        {
            n.Set(i, new Shape([.. n.X.Select((dim, a) => a < axis ? dim : 1)]));
        }

        return n.X;
    }

    private static void CheckPerChannel(InferenceContext n, int last)
    {
        for (int i = 1; i <= last; i++)
        {
            n.Require(n.ShapeOf(i).Rank == 1, $"input {i} {n.ShapeOf(i)} must have 1 axis");
            n.Same(n.ShapeOf(i)[0], n.X[1], $"sizes of input {i} and of the channels");
        }
    }
}
