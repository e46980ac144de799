using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Inspect;

/// <summary>A time series, measured by its time stamps; its samples are not read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Place">Where in the file.</param>
/// <param name="Samples">How many.</param>
/// <param name="Columns">A name for each column.</param>
/// <param name="Unit">The unit of measure; "" where the file does not say.</param>
/// <param name="HasRate">Whether the file gives a rate; otherwise every sample has a time stamp.</param>
/// <param name="RateHz">The rate, or one over the commonest distance of time stamps; NaN with fewer than two.</param>
/// <param name="StartSeconds">The first sample; NaN without any.</param>
/// <param name="EndSeconds">The last sample.</param>
/// <param name="Gaps">Distances of more than one and a half times the common one.</param>
/// <param name="LongestGapSeconds">The longest of them; 0 without any.</param>
/// <param name="StepsBack">Time stamps that lie before the one before them.</param>
public sealed record SeriesSummary(
    string Name, string Place, long Samples, IReadOnlyList<string> Columns, string Unit, bool HasRate, double RateHz,
    double StartSeconds, double EndSeconds, long Gaps, double LongestGapSeconds, long StepsBack)
{
    /// <summary>Time stamps read at a time (8 MB); the common distance is the median of the first so many.</summary>
    private const int Slab = 1 << 20;

    private const double GapFactor = 1.5;

    /// <summary>Measures a series.</summary>
    /// <exception cref="DataFormatException">Its time stamps are damaged.</exception>
    internal static SeriesSummary Of(TimeSeries series)
    {
        var buffer = new double[Math.Min(Slab, series.Samples)];
        if (series.RateHz is not null || buffer.Length == 0)
        {
            double last = series.StartSeconds + ((series.Samples - 1) / (series.RateHz ?? 1));
            return Of(series, series.RateHz ?? double.NaN, buffer.Length == 0 ? double.NaN : series.StartSeconds, buffer.Length == 0 ? double.NaN : last, 0, 0, 0);
        }

        series.ReadTimes(0, buffer);
        double start = buffer[0], before = start, step = MedianStep(buffer), longest = 0;
        long gaps = 0, back = 0;
        for (long first = 0; first < series.Samples; first += buffer.Length)
        {
            Span<double> times = buffer.AsSpan(0, (int)Math.Min(buffer.Length, series.Samples - first));
            series.ReadTimes(first, times);
            foreach (double time in times)
            {
                double distance = time - before;
                back += distance < 0 ? 1 : 0;
                (gaps, longest) = distance > GapFactor * step ? (gaps + 1, Math.Max(longest, distance)) : (gaps, longest);
                before = time;
            }
        }

        return Of(series, 1 / step, start, before, gaps, longest, back);
    }

    private static SeriesSummary Of(TimeSeries series, double rateHz, double start, double end, long gaps, double longest, long back) =>
        new(series.Name, series.Place, series.Samples, series.Columns, series.Unit, series.RateHz is not null, rateHz, start, end, gaps, longest, back);

    private static double MedianStep(ReadOnlySpan<double> times)
    {
        var steps = new double[Math.Max(0, times.Length - 1)];
        for (int i = 0; i < steps.Length; i++)
        {
            steps[i] = times[i + 1] - times[i];
        }

        Array.Sort(steps);
        return steps.Length == 0 ? double.NaN : steps[steps.Length / 2];
    }
}
