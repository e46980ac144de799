namespace UnetSpikes.Onnx.Inference;

/// <summary>Convolutions of X [N, C, spatial…] with any number of spatial axes.</summary>
internal static class Convolution
{
    private static readonly string[] Window = ["auto_pad:string", "dilations:ints", "group:int", "kernel_shape:ints", "pads:ints", "strides:ints"];

    public static IEnumerable<Operator> Table { get; } =
    [
        new("Conv", "T T T?", "T", Types.Floats, Conv, Window),
        new("FusedConv", "T T T? T?", "T", Types.Floats, Conv, [.. Window, "activation:string", "activation_params:floats"]) { Domain = Graph.MicrosoftDomain },
        new("ConvTranspose", "T T T?", "T", Types.Floats, ConvTranspose, [.. Window, "output_padding:ints", "output_shape:ints"]),
    ];

    private static Shape Conv(InferenceContext n)
    {
        var c = new Geometry(n);
        n.Same(n.X[1], Times(c.W[1], c.Group), "channels of X and of W · group");
        n.Require(c.W[0].Size is not { } m || m % c.Group == 0, $"{c.W[0]} output channels cannot be cut into {c.Group} groups");
        CheckBias(n, c.W[0]);
        Dim[] spatial = [.. Enumerable.Range(0, c.Axes).Select(i => ConvSize(n, c, i))];
        return new Shape([n.X[0], c.W[0], .. spatial]);
    }

    private static Dim ConvSize(InferenceContext n, Geometry c, int i)
    {
        Dim size = n.X[i + 2];
        if (c.AutoPad.StartsWith("SAME", StringComparison.Ordinal))
        {
            return size.Size is { } whole ? (whole + c.Strides[i] - 1) / c.Strides[i] : c.Strides[i] == 1 ? size : Dim.Unknown;
        }

        if (c.Extent(i) is not { } extent)
        {
            return Dim.Unknown;
        }

        if (size.Size is not { } known)
        {
            return c.Strides[i] == 1 && c.PadSum(i) == extent - 1 ? size : Dim.Unknown;
        }

        long room = known + c.PadSum(i) - extent;
        n.Require(room >= 0, $"the kernel covers {extent} of axis {i + 2}, and there are {known} and {c.PadSum(i)} of padding");
        return (room / c.Strides[i]) + 1;
    }

    private static Shape ConvTranspose(InferenceContext n)
    {
        var c = new Geometry(n);
        n.Same(n.X[1], c.W[0], "channels of X and of W");
        n.Require(n.X[1].Size is not { } channels || channels % c.Group == 0, $"{n.X[1]} input channels cannot be cut into {c.Group} groups");
        Dim outputs = Times(c.W[1], c.Group);
        CheckBias(n, outputs);
        long[] extra = c.List("output_padding", 0);
        long[]? given = n.Node.Attributes.Ints("output_shape");
        n.Require(given is null || (given.Length >= c.Axes && Array.TrueForAll(given, s => s >= 0)), $"output_shape must have {c.Axes} sizes");
        Dim[] spatial = [.. Enumerable.Range(0, c.Axes).Select(i => given is null ? TransposedSize(n, c, extra, i) : given[^(c.Axes - i)])];
        return new Shape([n.X[0], outputs, .. spatial]);
    }

    private static Dim TransposedSize(InferenceContext n, Geometry c, long[] extra, int i)
    {
        n.Require(extra[i] >= 0 && (extra[i] == 0 || extra[i] < Math.Max(c.Strides[i], c.Dilations[i])), "output_padding must be less than the stride or the dilation");
        if (n.X[i + 2].Size is not { } size)
        {
            return Dim.Unknown;
        }

        if (c.AutoPad.StartsWith("SAME", StringComparison.Ordinal))
        {
            return size * c.Strides[i];
        }

        if (c.Extent(i) is not { } extent)
        {
            return Dim.Unknown;
        }

        long full = (c.Strides[i] * (size - 1)) + extra[i] + extent - c.PadSum(i);
        return full >= 0 ? full : throw n.Fail($"axis {i + 2} of {size} would have {full} entries");
    }

    private static Dim Times(Dim d, long factor) => d.Size is { } size ? size * factor : factor == 1 ? d : Dim.Unknown;

    private static void CheckBias(InferenceContext n, Dim channels)
    {
        if (n.Has(2))
        {
            n.Require(n.ShapeOf(2).Rank == 1, $"the bias {n.ShapeOf(2)} must have 1 axis");
            n.Same(n.ShapeOf(2)[0], channels, "sizes of the bias and of the output channels");
        }
    }

    /// <summary>The window's attributes, checked against the shapes and with their defaults filled in.</summary>
    private sealed class Geometry
    {
        private readonly InferenceContext _n;
        private readonly long[] _pads;

        public Geometry(InferenceContext n)
        {
            _n = n;
            W = n.ShapeOf(1);
            n.Require(n.X.Rank >= 3, $"X {n.X} must have 3 axes or more: [N, C, spatial…]");
            n.Require(W.Rank == n.X.Rank, $"W {W} must have as many axes as X {n.X}");
            Axes = n.X.Rank - 2;
            Group = n.Node.Attributes.Int("group", 1);
            n.Require(Group >= 1, "group must be at least 1");
            Strides = List("strides", 1);
            Dilations = List("dilations", 1);
            n.Require(Array.TrueForAll(Strides, s => s >= 1) && Array.TrueForAll(Dilations, d => d >= 1), "strides and dilations must be at least 1");
            AutoPad = n.Node.Attributes.String("auto_pad", "NOTSET");
            n.Require(AutoPad is "NOTSET" or "VALID" or "SAME_UPPER" or "SAME_LOWER", $"auto_pad cannot be '{AutoPad}'");
            _pads = AutoPad == "NOTSET" ? n.Node.Attributes.Ints("pads") ?? new long[2 * Axes] : new long[2 * Axes];
            n.Require(_pads.Length == 2 * Axes, $"pads has {_pads.Length} entries, expected {2 * Axes}");
            long[]? kernel = n.Node.Attributes.Ints("kernel_shape");
            n.Require(kernel is null || kernel.Length == Axes, $"kernel_shape has {kernel?.Length} entries, expected {Axes}");
            for (int i = 0; kernel is not null && i < Axes; i++)
            {
                n.Require(kernel[i] >= 1, "kernel_shape must be at least 1");
                n.Same(kernel[i], W[i + 2], "kernel_shape and the sizes of W");
            }

            n.Require(W.Skip(2).All(d => d.Size is null or >= 1), $"W {W} has a kernel of size 0");
        }

        public Shape W { get; }

        public int Axes { get; }

        public long Group { get; }

        public long[] Strides { get; }

        public long[] Dilations { get; }

        public string AutoPad { get; }

        /// <summary>Entries of the axis one output entry looks at, from first to last.</summary>
        public long? Extent(int i)
        {
            long? kernel = W[i + 2].Size ?? _n.Node.Attributes.Ints("kernel_shape")?[i];
            return ((kernel - 1) * Dilations[i]) + 1;
        }

        public long PadSum(int i) => _pads[i] + _pads[i + Axes];

        public long[] List(string name, long fallback)
        {
            long[] values = _n.Node.Attributes.Ints(name) ?? [.. Enumerable.Repeat(fallback, Axes)];
            _n.Require(values.Length == Axes, $"{name} has {values.Length} entries, expected {Axes}");
            return values;
        }
    }
}
