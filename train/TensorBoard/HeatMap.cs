namespace UnetSpikes.Train.TensorBoard;

/// <summary>A matrix as a picture: one row of pixels per unit, time to the right, dark = low, bright = high, grey-blue = not recorded.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Rgb">Row-major from the top left, three bytes a pixel.</param>
public sealed record HeatMap(int Width, int Height, byte[] Rgb)
{
    // Black over violet, red and yellow to white: brightness rises evenly, so it reads in greyscale and for the colour-blind too.
    private static readonly (double R, double G, double B)[] Ramp =
        [(0, 0, 0), (70, 15, 110), (160, 35, 100), (230, 90, 50), (250, 175, 50), (255, 255, 230)];

    private static readonly byte[] Missing = [90, 100, 120];

    /// <summary>Draws one trial.</summary>
    /// <param name="values">[bin, unit], row-major; NaN = not recorded.</param>
    /// <param name="units">Units per bin.</param>
    /// <param name="low">The value drawn darkest, or NaN for the smallest.</param>
    /// <param name="high">The value drawn brightest, or NaN for the largest.</param>
    /// <param name="scale">Pixels per bin and per unit.</param>
    /// <exception cref="ArgumentException">There is nothing to draw, or values are no whole number of bins.</exception>
    public static HeatMap Draw(ReadOnlySpan<float> values, int units, float low = float.NaN, float high = float.NaN, int scale = 4)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(units, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        if (values.Length == 0 || values.Length % units != 0)
        {
            throw new ArgumentException($"{values.Length} values are no whole number of bins of {units} units", nameof(values));
        }

        (double from, double to) = Limits(values, low, high);
        int bins = values.Length / units;
        int width = bins * scale;
        var rgb = new byte[width * units * scale * 3];
        for (int unit = 0; unit < units; unit++)
        {
            Span<byte> row = rgb.AsSpan(unit * scale * width * 3, width * 3);
            for (int x = 0; x < width; x += scale)
            {
                ReadOnlySpan<byte> colour = Colour(values[(x / scale * units) + unit], from, to);
                for (int i = 0; i < scale; i++)
                {
                    colour.CopyTo(row[((x + i) * 3)..]);
                }
            }

            for (int copy = 1; copy < scale; copy++)
            {
                row.CopyTo(rgb.AsSpan(((unit * scale) + copy) * width * 3));
            }
        }

        return new HeatMap(width, units * scale, rgb);
    }

    private static (double From, double To) Limits(ReadOnlySpan<float> values, float low, float high)
    {
        double min = double.PositiveInfinity;
        double max = double.NegativeInfinity;
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                (min, max) = (Math.Min(min, value), Math.Max(max, value));
            }
        }

        return (float.IsNaN(low) ? min : low, float.IsNaN(high) ? max : high);
    }

    private static byte[] Colour(float value, double from, double to)
    {
        if (float.IsNaN(value))
        {
            return Missing;
        }

        double share = to > from ? Math.Clamp((value - from) / (to - from), 0, 1) : 0;
        double place = share * (Ramp.Length - 1);
        int below = Math.Min((int)place, Ramp.Length - 2);
        double t = place - below;
        (double r, double g, double b) = Ramp[below];
        (double r2, double g2, double b2) = Ramp[below + 1];
        return [(byte)(r + (t * (r2 - r))), (byte)(g + (t * (g2 - g))), (byte)(b + (t * (b2 - b)))];
    }
}
