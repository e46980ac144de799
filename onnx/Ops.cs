namespace UnetSpikes.Onnx;

/// <summary>One method per operator, so that graph code reads like the mathematics. The operator's specification is the contract.</summary>
/// <remarks>Of the opset that the graph declares; those of ONNX Runtime's own domain are in <c>Ops.Fused.cs</c>.</remarks>
public static partial class Ops
{
    /// <summary>A scalar constant of the same type as <paramref name="like"/>.</summary>
    public static Value Scalar(this Graph g, Value like, double value) => g.AddInitializer(Tensor.Scalar(like.Type, value));

    /// <summary>A constant list of 64-bit integers: a shape, axes, pads.</summary>
    public static Value Ints(this Graph g, params long[] values) => g.AddInitializer(Tensor.Ints(values));

    /// <summary>a + b, broadcast.</summary>
    public static Value Add(this Graph g, Value a, Value b) => g.Add("Add", [a, b]);

    /// <summary>a − b, broadcast.</summary>
    public static Value Sub(this Graph g, Value a, Value b) => g.Add("Sub", [a, b]);

    /// <summary>a · b element by element, broadcast.</summary>
    public static Value Mul(this Graph g, Value a, Value b) => g.Add("Mul", [a, b]);

    /// <summary>a · constant.</summary>
    public static Value Mul(this Graph g, Value a, double b) => g.Mul(a, g.Scalar(a, b));

    /// <summary>a + constant.</summary>
    public static Value Add(this Graph g, Value a, double b) => g.Add(a, g.Scalar(a, b));

    /// <summary>a / b, broadcast.</summary>
    public static Value Div(this Graph g, Value a, Value b) => g.Add("Div", [a, b]);

    /// <summary>−x.</summary>
    public static Value Neg(this Graph g, Value x) => g.Add("Neg", [x]);

    /// <summary>1 / x.</summary>
    public static Value Reciprocal(this Graph g, Value x) => g.Add("Reciprocal", [x]);

    /// <summary>|x|.</summary>
    public static Value Abs(this Graph g, Value x) => g.Add("Abs", [x]);

    /// <summary>eˣ.</summary>
    public static Value Exp(this Graph g, Value x) => g.Add("Exp", [x]);

    /// <summary>Natural logarithm.</summary>
    public static Value Log(this Graph g, Value x) => g.Add("Log", [x]);

    /// <summary>√x.</summary>
    public static Value Sqrt(this Graph g, Value x) => g.Add("Sqrt", [x]);

    /// <summary>aᵇ, broadcast.</summary>
    public static Value Pow(this Graph g, Value a, Value b) => g.Add("Pow", [a, b]);

    /// <summary>max(x, 0).</summary>
    public static Value Relu(this Graph g, Value x) => g.Add("Relu", [x]);

    /// <summary>1 / (1 + e⁻ˣ).</summary>
    public static Value Sigmoid(this Graph g, Value x) => g.Add("Sigmoid", [x]);

    /// <summary>tanh x.</summary>
    public static Value Tanh(this Graph g, Value x) => g.Add("Tanh", [x]);

    /// <summary>eˣ / Σeˣ along the last axis.</summary>
    public static Value Softmax(this Graph g, Value x) => g.Add("Softmax", [x], new() { { "axis", -1 } });

    /// <summary>max(0, min(1, alpha · x + beta)).</summary>
    public static Value HardSigmoid(this Graph g, Value x, double alpha, double beta) =>
        g.Add("HardSigmoid", [x], new() { { "alpha", alpha }, { "beta", beta } });

    /// <summary>Element-wise maximum, broadcast.</summary>
    public static Value Max(this Graph g, params Value[] values) => g.Add("Max", values);

    /// <summary>Element-wise minimum, broadcast.</summary>
    public static Value Min(this Graph g, params Value[] values) => g.Add("Min", values);

    /// <summary>condition ? a : b, broadcast.</summary>
    public static Value Where(this Graph g, Value condition, Value a, Value b) => g.Add("Where", [condition, a, b]);

    /// <summary>a &lt; b, broadcast; Bool.</summary>
    public static Value Less(this Graph g, Value a, Value b) => g.Add("Less", [a, b]);

    /// <summary>a &gt; b, broadcast; Bool.</summary>
    public static Value Greater(this Graph g, Value a, Value b) => g.Add("Greater", [a, b]);

    /// <summary>Converts elements.</summary>
    public static Value Cast(this Graph g, Value x, ElementType to) => x.Type == to ? x : g.Add("Cast", [x], new() { { "to", (long)to } });

    /// <summary>Matrix product with numpy's batching.</summary>
    public static Value MatMul(this Graph g, Value a, Value b) => g.Add("MatMul", [a, b]);

    /// <summary>alpha · A' · B' + C with A' = Aᵀ where <paramref name="transA"/>; A and B are matrices.</summary>
    public static Value Gemm(this Graph g, Value a, Value b, Value? c = null, bool transA = false, bool transB = false, double alpha = 1)
    {
        Attributes attributes = [];
        if (alpha != 1)
        {
            attributes.Add("alpha", alpha);
        }

        if (transA)
        {
            attributes.Add("transA", 1);
        }

        if (transB)
        {
            attributes.Add("transB", 1);
        }

        return g.Add("Gemm", c is null ? [a, b] : [a, b, c], attributes);
    }

    /// <summary>Cross-correlation. X [N, C, spatial…], W [M, C/groups, kernel…] → [N, M, spatial'…].</summary>
    /// <param name="g">The graph.</param>
    /// <param name="x">Input.</param>
    /// <param name="w">Weights.</param>
    /// <param name="bias">[M] or null.</param>
    /// <param name="groups">Groups.</param>
    /// <param name="strides">One per spatial axis; null for 1.</param>
    /// <param name="pads">Begin of every axis, then end of every axis; null for 0.</param>
    /// <param name="dilations">One per spatial axis; null for 1.</param>
    public static Value Conv(this Graph g, Value x, Value w, Value? bias = null, long groups = 1, long[]? strides = null, long[]? pads = null, long[]? dilations = null)
    {
        Attributes attributes = new() { { "group", groups } };
        AddIfGiven(attributes, "kernel_shape", [.. w.KnownShape.Skip(2).Select(d => d.Size!.Value)]);
        AddIfGiven(attributes, "strides", strides);
        AddIfGiven(attributes, "pads", pads);
        AddIfGiven(attributes, "dilations", dilations);
        return g.Add("Conv", bias is null ? [x, w] : [x, w, bias], attributes);
    }

    /// <summary>Transposed convolution. X [N, C, spatial…], W [C, M/groups, kernel…] → [N, M, spatial'…].</summary>
    public static Value ConvTranspose(
        this Graph g, Value x, Value w, Value? bias = null, long groups = 1, long[]? strides = null, long[]? pads = null, long[]? dilations = null, long[]? outputPadding = null)
    {
        Attributes attributes = new() { { "group", groups } };
        AddIfGiven(attributes, "kernel_shape", [.. w.KnownShape.Skip(2).Select(d => d.Size!.Value)]);
        AddIfGiven(attributes, "strides", strides);
        AddIfGiven(attributes, "pads", pads);
        AddIfGiven(attributes, "dilations", dilations);
        AddIfGiven(attributes, "output_padding", outputPadding);
        return g.Add("ConvTranspose", bias is null ? [x, w] : [x, w, bias], attributes);
    }

    /// <summary>Normalises each [n, c] over its spatial axes: scale · (x − mean) / √(var + epsilon) + bias.</summary>
    public static Value InstanceNormalization(this Graph g, Value x, Value scale, Value bias, double epsilon = 1e-5) =>
        g.Add("InstanceNormalization", [x, scale, bias], new() { { "epsilon", epsilon } });

    /// <summary>Normalises over the last axis: scale · (x − mean) / √(var + epsilon) + bias; scale and bias lie along it.</summary>
    public static Value LayerNormalization(this Graph g, Value x, Value scale, Value bias, double epsilon = 1e-5) =>
        g.Add("LayerNormalization", [x, scale, bias], new() { { "axis", -1 }, { "epsilon", epsilon } });

    /// <summary>Inference form, statistics given: scale · (x − mean) / √(var + epsilon) + bias per channel (axis 1).</summary>
    public static Value BatchNormalization(this Graph g, Value x, Value scale, Value bias, Value mean, Value variance, double epsilon = 1e-5) =>
        g.Add("BatchNormalization", [x, scale, bias, mean, variance], new() { { "epsilon", epsilon } });

    /// <summary>The same numbers in another shape; −1 is inferred, 0 copies the input's size.</summary>
    public static Value Reshape(this Graph g, Value x, params long[] shape) => g.Add("Reshape", [x, g.Ints(shape)]);

    /// <summary>The same numbers in a computed shape.</summary>
    public static Value Reshape(this Graph g, Value x, Value shape) => g.Add("Reshape", [x, shape]);

    /// <summary>Axes in another order.</summary>
    public static Value Transpose(this Graph g, Value x, params long[] perm) => g.Add("Transpose", [x], new() { { "perm", perm } });

    /// <summary>Values one after another along an axis.</summary>
    public static Value Concat(this Graph g, long axis, params Value[] values) =>
        values.Length == 1 ? values[0] : g.Add("Concat", values, new() { { "axis", axis } });

    /// <summary>Cut along an axis into pieces of given sizes.</summary>
    public static IReadOnlyList<Value> Split(this Graph g, Value x, long axis, params long[] sizes) =>
        g.AddNode("Split", [x, g.Ints(sizes)], sizes.Length, new() { { "axis", axis } }).Outputs;

    /// <summary>x[start:end:step] along one axis; end may be <see cref="long.MaxValue"/>.</summary>
    public static Value Slice(this Graph g, Value x, long axis, long start, long end, long step = 1) =>
        g.Add("Slice", [x, g.Ints(start), g.Ints(end), g.Ints(axis), g.Ints(step)]);

    /// <summary>Zeros around: begin of every axis, then end of every axis; negative amounts cut.</summary>
    public static Value Pad(this Graph g, Value x, params long[] pads) => g.Add("Pad", [x, g.Ints(pads)]);

    /// <summary>Broadcast to a shape.</summary>
    public static Value Expand(this Graph g, Value x, params long[] shape) => g.Add("Expand", [x, g.Ints(shape)]);

    /// <summary>Entries of an axis by index.</summary>
    public static Value Gather(this Graph g, Value x, Value indices, long axis = 0) => g.Add("Gather", [x, indices], new() { { "axis", axis } });

    /// <summary>The shape as a list of 64-bit integers.</summary>
    public static Value ShapeOf(this Graph g, Value x) => g.Add("Shape", [x]);

    /// <summary>Sum over axes (opset 13: axes are an input).</summary>
    public static Value ReduceSum(this Graph g, Value x, bool keepDims, params long[] axes) =>
        g.Add("ReduceSum", [x, g.Ints(axes)], new() { { "keepdims", keepDims } });

    /// <summary>Mean over axes (an attribute until opset 17, from 18 an input).</summary>
    public static Value ReduceMean(this Graph g, Value x, bool keepDims, params long[] axes) => g.Opset < 18
        ? g.Add("ReduceMean", [x], new() { { "axes", axes }, { "keepdims", keepDims } })
        : g.Add("ReduceMean", [x, g.Ints(axes)], new() { { "keepdims", keepDims } });

    private static void AddIfGiven(Attributes attributes, string name, long[]? value)
    {
        if (value is not null)
        {
            attributes.Add(name, value);
        }
    }
}
