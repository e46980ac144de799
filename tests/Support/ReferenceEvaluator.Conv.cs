using UnetSpikes.Onnx;
using Xunit;

namespace UnetSpikes.Tests.Support;

public static partial class ReferenceEvaluator
{
    private static Dictionary<(string Domain, string Operator), Func<ReferenceCall, ReferenceTensor[]>> ConvTable() => new()
    {
        [("", "Conv")] = Conv,
        [("", "ConvTranspose")] = ConvTranspose,
        [(Graph.MicrosoftDomain, "FusedConv")] = FusedConv,
    };

    // Y[n, m, p] = b[m] + Σ over c in m's group and taps k of W[m, c, k] · X[n, c, p·stride + k·dilation − pad].
    private static ReferenceTensor[] Conv(ReferenceCall c)
    {
        ReferenceTensor x = c.X, w = c.Input(1);
        var window = new Window(c, w.Dims[2..]);
        long perGroup = w.Dims[0] / window.Groups;
        long[] spatial = [.. window.Kernel.Select((k, a) =>
            ((x.Dims[a + 2] + window.Begin[a] + window.End[a] - ((k - 1) * window.Dilations[a]) - 1) / window.Strides[a]) + 1)];
        return [ReferenceTensor.Build(x.Type, [x.Dims[0], w.Dims[0], .. spatial], i =>
        {
            double sum = c.Optional(2)?.Data[i[1]] ?? 0;
            foreach (long[] tap in ReferenceTensor.Indices([w.Dims[1], .. window.Kernel]))
            {
                long[] at = [.. tap[1..].Select((k, a) => (i[a + 2] * window.Strides[a]) + (k * window.Dilations[a]) - window.Begin[a])];
                bool isInside = at.Select((p, a) => p >= 0 && p < x.Dims[a + 2]).All(inside => inside);
                long channel = (i[1] / perGroup * w.Dims[1]) + tap[0];
                sum += isInside ? w.Data[Flat(w.Dims, [i[1], .. tap])] * x.Data[Flat(x.Dims, [i[0], channel, .. at])] : 0;
            }

            return sum;
        })];
    }

    // activation(Conv(X, W, b) + Z), ONNX Runtime's own.
    private static ReferenceTensor[] FusedConv(ReferenceCall c)
    {
        ReferenceTensor conv = Conv(c)[0];
        string activation = c.Attributes.String("activation", "");
        Assert.Contains(activation, (string[])["", "Relu"]);
        return [ReferenceTensor.Build(conv.Type, conv.Dims, i =>
        {
            double sum = conv[i] + (c.Optional(3)?[i] ?? 0);
            return activation == "Relu" ? Math.Max(sum, 0) : sum;
        })];
    }

    // Each X[n, c, p] adds X · W[c, m, k] to Y[n, m, p·stride + k·dilation − pad].
    private static ReferenceTensor[] ConvTranspose(ReferenceCall c)
    {
        ReferenceTensor x = c.X, w = c.Input(1);
        var window = new Window(c, w.Dims[2..]);
        long[] extra = c.Attributes.Ints("output_padding") ?? new long[window.Kernel.Length];
        long perGroup = x.Dims[1] / window.Groups, outputs = w.Dims[1] * window.Groups;
        long[] spatial = [.. window.Kernel.Select((k, a) =>
            ((x.Dims[a + 2] - 1) * window.Strides[a]) + extra[a] + ((k - 1) * window.Dilations[a]) + 1 - window.Begin[a] - window.End[a])];
        ReferenceTensor y = ReferenceTensor.Build(x.Type, [x.Dims[0], outputs, .. spatial], i => c.Optional(2)?.Data[i[1]] ?? 0);
        foreach (long[] i in ReferenceTensor.Indices(x.Dims))
        {
            foreach (long[] tap in ReferenceTensor.Indices([w.Dims[1], .. window.Kernel]))
            {
                long[] at = [.. tap[1..].Select((k, a) => (i[a + 2] * window.Strides[a]) + (k * window.Dilations[a]) - window.Begin[a])];
                long channel = (i[1] / perGroup * w.Dims[1]) + tap[0];
                if (at.Select((p, a) => p >= 0 && p < spatial[a]).All(inside => inside))
                {
                    y.Data[Flat(y.Dims, [i[0], channel, .. at])] += x.Data[Flat(x.Dims, i)] * w.Data[Flat(w.Dims, [i[1], .. tap])];
                }
            }
        }

        return [y];
    }

    private static long Flat(long[] dims, long[] index)
    {
        long flat = 0;
        for (int axis = 0; axis < dims.Length; axis++)
        {
            flat = (flat * dims[axis]) + index[axis];
        }

        return flat;
    }

    private sealed class Window
    {
        public Window(ReferenceCall c, long[] kernel)
        {
            Assert.Equal("NOTSET", c.Attributes.String("auto_pad", "NOTSET"));
            long[] pads = c.Attributes.Ints("pads") ?? new long[2 * kernel.Length], ones = [.. kernel.Select(_ => 1L)];
            Kernel = kernel;
            Groups = c.Attributes.Int("group", 1);
            Strides = c.Attributes.Ints("strides") ?? ones;
            Dilations = c.Attributes.Ints("dilations") ?? ones;
            Begin = pads[..kernel.Length];
            End = pads[kernel.Length..];
        }

        public long Groups { get; }

        public long[] Kernel { get; }

        public long[] Strides { get; }

        public long[] Dilations { get; }

        public long[] Begin { get; }

        public long[] End { get; }
    }
}
