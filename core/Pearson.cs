namespace UnetSpikes.Core;

/// <summary>Pearson's correlation coefficient.</summary>
public static class Pearson
{
    /// <summary>How linearly two series go together, −1 to 1.</summary>
    /// <param name="x">At least two numbers.</param>
    /// <param name="y">As many.</param>
    /// <returns>NaN when a series is constant or holds a NaN, as in scipy.</returns>
    /// <exception cref="ArgumentException">The lengths differ, or are below two.</exception>
    public static double Correlation(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length || x.Length < 2)
        {
            throw new ArgumentException($"series of {x.Length} and {y.Length} numbers, expected as many in both and at least two", nameof(y));
        }

        // Two passes: deviations from means that are already known do not cancel.
        (double meanX, double meanY) = (Mean(x), Mean(y));
        (double xx, double yy, double xy) = (0, 0, 0);
        for (int i = 0; i < x.Length; i++)
        {
            (double dx, double dy) = (x[i] - meanX, y[i] - meanY);
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }

        return xx > 0 && yy > 0 ? Math.Clamp(xy / (Math.Sqrt(xx) * Math.Sqrt(yy)), -1, 1) : double.NaN;
    }

    private static double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
        {
            sum += value;
        }

        return sum / values.Length;
    }
}
