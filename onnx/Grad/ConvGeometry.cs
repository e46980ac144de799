namespace UnetSpikes.Onnx.Grad;

/// <summary>How a convolution's windows lie over its input: the attributes of Conv and ConvTranspose, one number per spatial axis.</summary>
/// <param name="Groups">Groups of channels that do not see each other.</param>
/// <param name="Kernel">Kernel sizes.</param>
/// <param name="Strides">Strides.</param>
/// <param name="Dilations">Distances between taps.</param>
/// <param name="Begin">Zeros before.</param>
/// <param name="End">Zeros after.</param>
internal sealed record ConvGeometry(long Groups, long[] Kernel, long[] Strides, long[] Dilations, long[] Begin, long[] End)
{
    /// <summary>Number of spatial axes.</summary>
    public int Rank => Kernel.Length;

    /// <summary>Begin of every axis, then end of every axis, as the attribute has it.</summary>
    public long[] Pads => [.. Begin, .. End];

    /// <summary>Whether no axis is strided.</summary>
    public bool IsDense => Array.TrueForAll(Strides, stride => stride == 1);

    /// <summary>Distance from the first to the last tap of an axis, (k − 1)·dilation.</summary>
    public long Reach(int axis) => (Kernel[axis] - 1) * Dilations[axis];

    /// <summary>The taps as positions in the kernel, row-major.</summary>
    public IEnumerable<long[]> Taps() => Kernel.Aggregate(
        (IEnumerable<long[]>)[[]],
        (taps, size) => taps.SelectMany(tap => Enumerable.Range(0, (int)size).Select(k => (long[])[.. tap, k])));

    /// <summary>Where a tap looks, counted from an output position times the stride.</summary>
    public long[] Offsets(long[] tap) => [.. tap.Select((k, axis) => (k * Dilations[axis]) - Begin[axis])];

    /// <summary>Reads a node's attributes.</summary>
    /// <param name="c">A Conv or ConvTranspose node; its second input's shape is known.</param>
    public static ConvGeometry Of(GradientContext c)
    {
        if (c.Attributes.String("auto_pad", "NOTSET") is not ("NOTSET" or "VALID") || c.Attributes.Has("output_shape"))
        {
            throw c.Refuse("auto_pad and output_shape have no gradient, expected explicit pads");
        }

        long[] kernel = c.Sizes(c.Input(1))[2..];
        long[] pads = c.Attributes.Ints("pads") ?? new long[2 * kernel.Length];
        return new ConvGeometry(
            c.Attributes.Int("group", 1),
            kernel,
            c.Attributes.Ints("strides") ?? Ones(kernel.Length),
            c.Attributes.Ints("dilations") ?? Ones(kernel.Length),
            pads[..kernel.Length],
            pads[kernel.Length..]);
    }

    private static long[] Ones(int count) => [.. Enumerable.Repeat(1L, count)];
}
