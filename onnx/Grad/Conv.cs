namespace UnetSpikes.Onnx.Grad;

/// <summary>Convolutions of any rank. X [N, C, spatial…], W [M, C/groups, kernel…], Y [N, M, spatial'…].</summary>
/// <remarks>
/// The gradient of X is a convolution again, in one of three forms; the gradient of W is a matrix product of dY with
/// the shifted inputs (Conv.Taps.cs). ConvTranspose is the gradient of Conv, so its own gradient swaps the two roles.
/// </remarks>
internal static partial class Conv
{
    public static readonly Dictionary<(string Domain, string Operator), GradientRule> Rules = new()
    {
        [("", "Conv")] = Forward,
        [("", "ConvTranspose")] = Transposed,
    };

    /// <summary>Y = X ⋆ W + b:  dX = dY ⋆ᵀ W,  dW = Σ over positions of dY·X shifted,  db = ΣdY.</summary>
    private static Value?[] Forward(GradientContext c)
    {
        ConvGeometry geometry = ConvGeometry.Of(c);
        return
        [
            c.Needs(0) ? InputGradient(c, geometry) : null,
            c.Needs(1) ? WeightGradient(c, geometry, input: c.X, outputGradient: c.Dy) : null,
            c.Needs(2) ? SumPerChannel(c, c.Dy) : null,
        ];
    }

    /// <summary>Y = X ⋆ᵀ W + b:  dX = dY ⋆ W,  dW = Σ over positions of X·dY shifted,  db = ΣdY.</summary>
    private static Value?[] Transposed(GradientContext c)
    {
        ConvGeometry geometry = ConvGeometry.Of(c);
        return
        [
            c.Needs(0) ? c.Graph.Conv(c.Dy, c.Input(1), null, geometry.Groups, geometry.Strides, geometry.Pads, geometry.Dilations) : null,
            c.Needs(1) ? WeightGradient(c, geometry, input: c.Dy, outputGradient: c.X) : null,
            c.Needs(2) ? SumPerChannel(c, c.Dy) : null,
        ];
    }

    private static Value InputGradient(GradientContext c, ConvGeometry geometry) =>
        geometry.IsDense && Enumerable.Range(0, geometry.Rank).All(axis => Math.Max(geometry.Begin[axis], geometry.End[axis]) <= geometry.Reach(axis))
            ? ByFlippedConv(c, geometry)
            : IsHalvingDepthwise(c, geometry) ? ByInterleaving(c, geometry)
            : ByConvTranspose(c, geometry);

    // Stride 1: the same convolution with the kernel turned round, and inputs and outputs swapped within each group.
    private static Value ByFlippedConv(GradientContext c, ConvGeometry geometry)
    {
        long[] begin = [.. geometry.Begin.Select((pad, axis) => geometry.Reach(axis) - pad)];
        long[] end = [.. geometry.End.Select((pad, axis) => geometry.Reach(axis) - pad)];
        return c.Graph.Conv(c.Dy, FlippedWeights(c, geometry), null, geometry.Groups, null, [.. begin, .. end], geometry.Dilations);
    }

    private static Value FlippedWeights(GradientContext c, ConvGeometry geometry)
    {
        Graph g = c.Graph;
        Value w = c.Input(1);
        long[] sizes = c.Sizes(w);
        long groups = geometry.Groups, outputs = sizes[0] / groups, inputs = sizes[1];
        if (outputs > 1 || inputs > 1)
        {
            long[] order = [0, 2, 1, .. Enumerable.Range(3, geometry.Rank).Select(axis => (long)axis)];
            w = g.Transpose(g.Reshape(w, [groups, outputs, inputs, .. geometry.Kernel]), order);
            w = g.Reshape(w, [groups * inputs, outputs, .. geometry.Kernel]);
        }

        long[] axes = [.. Enumerable.Range(0, geometry.Rank).Where(axis => geometry.Kernel[axis] > 1).Select(axis => axis + 2L)];
        return axes.Length == 0 ? w : Reversed(g, w, axes);
    }

    // Depthwise, kernel 3, stride 2, pad 1 on the first spatial axis, nothing on the others:
    // dX[2j] = w₁·dY[j] and dX[2j+1] = w₂·dY[j] + w₀·dY[j+1], so a product, a convolution of two taps and an interleaving.
    private static bool IsHalvingDepthwise(GradientContext c, ConvGeometry geometry)
    {
        long[] weights = c.Sizes(c.Input(1));
        bool isDepthwise = weights[0] == geometry.Groups && weights[1] == 1;
        bool isHalving = geometry is { Kernel: [3, ..], Strides: [2, ..], Dilations: [1, ..], Begin: [1, ..], End: [1, ..] };
        return isDepthwise && isHalving && Enumerable.Range(1, geometry.Rank - 1).All(axis =>
            geometry.Kernel[axis] == 1 && geometry.Strides[axis] == 1 && geometry.Begin[axis] == 0 && geometry.End[axis] == 0);
    }

    private static Value ByInterleaving(GradientContext c, ConvGeometry geometry)
    {
        Graph g = c.Graph;
        long[] input = c.Sizes(c.X)[2..], half = c.Sizes(c.Y)[2..];
        Value even = g.Mul(c.Dy, g.Reshape(g.Slice(c.Input(1), 2, 1, 2), [-1, .. Enumerable.Repeat(1L, geometry.Rank)]));
        Value outerTaps = g.Add("Slice", [c.Input(1), g.Ints(2), g.Ints(long.MinValue), g.Ints(2), g.Ints(-2)]);       // w₂, w₀
        long[] oneAtTheEnd = new long[2 * geometry.Rank];
        oneAtTheEnd[geometry.Rank] = 1;
        Value odd = g.Conv(c.Dy, outerTaps, null, geometry.Groups, pads: oneAtTheEnd);

        long[] paired = [0, 0, half[0], 1, .. half[1..]], whole = [0, 0, 2 * half[0], .. half[1..]];
        Value interleaved = g.Reshape(g.Concat(3, g.Reshape(even, paired), g.Reshape(odd, paired)), whole);
        return input[0] == 2 * half[0] ? interleaved : g.Slice(interleaved, 2, 0, input[0]);
    }

    // Anything else. What the last window left over at the end is ConvTranspose's output_padding.
    private static Value ByConvTranspose(GradientContext c, ConvGeometry geometry)
    {
        long[] input = c.Sizes(c.X)[2..], output = c.Sizes(c.Y)[2..];
        long[] leftOver = [.. Enumerable.Range(0, geometry.Rank).Select(axis =>
            input[axis] + geometry.Begin[axis] + geometry.End[axis] - ((output[axis] - 1) * geometry.Strides[axis]) - geometry.Reach(axis) - 1)];
        long[]? outputPadding = Array.TrueForAll(leftOver, rest => rest == 0) ? null : leftOver;
        return c.Graph.ConvTranspose(
            c.Dy, c.Input(1), null, geometry.Groups, geometry.Strides, geometry.Pads, geometry.Dilations, outputPadding);
    }

    private static Value SumPerChannel(GradientContext c, Value x) =>
        c.Graph.ReduceSum(x, false, [0, .. Enumerable.Range(2, x.KnownShape.Rank - 2).Select(axis => (long)axis)]);

    private static Value Reversed(Graph g, Value x, long[] axes) => g.Add(
        "Slice",
        [
            x,
            g.Ints([.. axes.Select(_ => -1L)]),
            g.Ints([.. axes.Select(_ => long.MinValue)]),
            g.Ints(axes),
            g.Ints([.. axes.Select(_ => -1L)]),
        ]);
}
