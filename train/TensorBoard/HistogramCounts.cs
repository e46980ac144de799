namespace UnetSpikes.Train.TensorBoard;

/// <summary>Values counted into equal bins between their extremes, with the sums that TensorBoard shows beside them.</summary>
/// <remarks>Thirty equal bins are the default of TensorBoard's own <c>tf.summary.histogram</c> (plugins/histogram/summary_v2.py).</remarks>
/// <param name="Min">Smallest value.</param>
/// <param name="Max">Largest value.</param>
/// <param name="Number">How many values.</param>
/// <param name="Sum">Σv.</param>
/// <param name="SumOfSquares">Σv².</param>
/// <param name="UpperLimits">Right edge of each bin, ascending.</param>
/// <param name="Counts">Values per bin.</param>
internal sealed record HistogramCounts(double Min, double Max, double Number, double Sum, double SumOfSquares, double[] UpperLimits, double[] Counts)
{
    /// <summary>Counts values; those that are not finite are left out.</summary>
    /// <param name="values">Any number, also none.</param>
    /// <param name="bins">At least 1.</param>
    public static HistogramCounts Of(ReadOnlySpan<float> values, int bins = 30)
    {
        (double min, double max, double number, double sum, double squares) = (double.PositiveInfinity, double.NegativeInfinity, 0, 0, 0);
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                (min, max) = (Math.Min(min, value), Math.Max(max, value));
                (number, sum, squares) = (number + 1, sum + value, squares + ((double)value * value));
            }
        }

        if (number == 0)
        {
            return new HistogramCounts(0, 0, 0, 0, 0, [0], [0]);
        }

        var counts = new double[bins];
        double width = Math.Max((max - min) / bins, double.Epsilon);
        foreach (float value in values)
        {
            if (float.IsFinite(value))
            {
                counts[Math.Clamp((int)((value - min) / width), 0, bins - 1)]++;
            }
        }

        double[] limits = [.. Enumerable.Range(1, bins).Select(i => i == bins ? max : min + (i * width))];
        return new HistogramCounts(min, max, number, sum, squares, limits, counts);
    }
}
