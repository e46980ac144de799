namespace UnetSpikes.Onnx.Grad;

/// <summary>The gradient of a convolution's weights: matrix products with the taps, stacked as rows or one by one.</summary>
internal static partial class Conv
{
    // What was measured; with many taps a scale that is folded into their product costs a node for each.
    private const long MostSeparateTaps = 3;

    // dW[m, c, k] = Σ over n and output positions p of dY[n, m, p] · X[n, c, p·stride + k·dilation − pad]:
    // per group, dY [out, L] times the stacked taps [in·K, L] transposed, L output positions. Then the sum over n.
    private static Value WeightGradient(GradientContext c, ConvGeometry geometry, Value input, Value outputGradient)
    {
        Graph g = c.Graph;
        long[] windows = c.Sizes(outputGradient)[2..], weights = c.Sizes(c.Input(1));
        long groups = geometry.Groups, outputs = weights[0] / groups, inputs = weights[1];
        long positions = windows.Aggregate(1L, (product, size) => product * size);
        long taps = geometry.Kernel.Aggregate(1L, (product, size) => product * size);
        bool isSingle = input.KnownShape[0].Size == 1;
        if (isSingle && groups > 1 && Math.Min(inputs, outputs) == 1)
        {
            return ByRows(c, geometry, input, outputGradient);
        }

        if (isSingle && groups == 1 && taps is > 1 and <= MostSeparateTaps)
        {
            return ByTaps(c, geometry, input, outputGradient);
        }

        long[] batch = isSingle ? [] : [0]; // Reshape's 0 copies the batch axis, known or not.

        // The taps stack outside the channels, so that whole [in, L] blocks are copied; the small product is turned round afterwards.
        Value[] shifted = [.. geometry.Taps().Select(tap => g.Reshape(
            Moved(c, input, geometry.Offsets(tap), geometry.Strides, windows), [.. batch, groups, inputs, positions]))];
        Value stacked = g.Concat(-2, shifted);
        Value rows = g.Reshape(outputGradient, [.. batch, groups, outputs, positions]);
        Value product = g.FusedMatMul(rows, stacked, transB: true);         // [n, groups, out, K·in]
        Value sum = isSingle ? product : g.ReduceSum(product, false, 0);
        if (taps > 1 && inputs > 1)
        {
            sum = g.Transpose(g.Reshape(sum, groups * outputs, taps, inputs), 0, 2, 1);
        }

        return g.Reshape(sum, weights);
    }

    // All channels in one group, a single sample: a product for every tap. The products take as long as one of the stacked taps; the
    // stacking, a copy of K times the activations, falls away.
    private static Value ByTaps(GradientContext c, ConvGeometry geometry, Value input, Value outputGradient)
    {
        Graph g = c.Graph;
        long[] windows = c.Sizes(outputGradient)[2..], weights = c.Sizes(c.Input(1));
        Value dy = g.Reshape(outputGradient, weights[0], -1);
        Value[] perTap = [.. geometry.Taps().Select(tap => g.Reshape(
            g.FusedMatMul(dy, g.Reshape(Moved(c, input, geometry.Offsets(tap), geometry.Strides, windows), weights[1], -1), transB: true),
            1,
            weights[0] * weights[1]))];
        return g.Reshape(g.Transpose(g.Concat(0, perTap), 1, 0), weights);
    }

    // Groups with one input or one output channel, a single sample: per tap, that channel's row times the other side's rows.
    // Products with one row run 4 times faster than the stacked ones here, and nothing needs stacking.
    private static Value ByRows(GradientContext c, ConvGeometry geometry, Value input, Value outputGradient)
    {
        Graph g = c.Graph;
        long[] windows = c.Sizes(outputGradient)[2..], weights = c.Sizes(c.Input(1));
        long groups = geometry.Groups, outputs = weights[0] / groups, inputs = weights[1];
        bool movesGradient = outputs < inputs && geometry.IsDense && input.KnownShape.Skip(2).SequenceEqual(outputGradient.KnownShape.Skip(2));
        Value[] perTap = [.. geometry.Taps().Select(tap =>
        {
            // Either side can be the one that is moved, the other way round then: the narrower one is copied faster.
            Value moved = movesGradient
                ? Moved(c, outputGradient, [.. geometry.Offsets(tap).Select(offset => -offset)], geometry.Strides, windows)
                : Moved(c, input, geometry.Offsets(tap), geometry.Strides, windows);
            Value x = g.Reshape(movesGradient ? input : moved, groups, inputs, -1);
            Value dy = g.Reshape(movesGradient ? moved : outputGradient, groups, outputs, -1);
            return inputs == 1 ? g.FusedMatMul(x, dy, transB: true) : g.FusedMatMul(dy, x, transB: true);
        })];
        Value stacked = g.Concat(1, perTap);                                // [groups, K, out or in]
        return g.Reshape(g.Transpose(stacked, 0, 2, 1), weights);
    }

    // What one tap of the kernel sees at every output position: X moved by the tap's offsets, every stride-th entry, zeros outside.
    private static Value Moved(GradientContext c, Value x, long[] offsets, long[] strides, long[] windows)
    {
        int rank = offsets.Length;
        long[] sizes = c.Sizes(x)[2..], pads = new long[2 * (rank + 2)];
        for (int axis = 0; axis < rank; axis++)
        {
            (long stride, long offset) = (strides[axis], offsets[axis]);
            long first = Math.Clamp(CeilDiv(-offset, stride), 0, windows[axis]);
            long end = Math.Clamp(CeilDiv(sizes[axis] - offset, stride), first, windows[axis]);
            if (first == end)
            {
                return c.Graph.AddInitializer(Tensor.Fill(x.Type, 0, [.. SizesBefore(c, x), .. windows]));
            }

            long start = offset + (first * stride), last = offset + ((end - 1) * stride);
            pads[axis + 2] = first - (stride == 1 ? start : 0);
            pads[rank + 4 + axis] = windows[axis] - end - (stride == 1 ? sizes[axis] - last - 1 : 0);
            x = stride == 1 ? x : c.Graph.Slice(x, axis + 2, start, last + 1, stride);
        }

        return Array.TrueForAll(pads, pad => pad == 0) ? x : c.Graph.Pad(x, pads);
    }

    private static long[] SizesBefore(GradientContext c, Value x) => c.Sizes(x)[..2];

    private static long CeilDiv(long a, long b) => (long)Math.Ceiling(a / (double)b);
}
