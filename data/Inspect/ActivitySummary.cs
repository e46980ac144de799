namespace UnetSpikes.Data.Inspect;

/// <summary>Counts or rates of one array, measured.</summary>
public sealed record ActivitySummary
{
    /// <summary>Bins read at a time are as many as fit this many values (4 MB).</summary>
    private const int SlabValues = 1 << 20;

    /// <summary>Reads consecutive bins of a trial into a span.</summary>
    /// <param name="trial">From 0.</param>
    /// <param name="firstBin">From 0.</param>
    /// <param name="binCount">How many bins.</param>
    /// <param name="destination">Receives [bin, unit].</param>
    public delegate void SlabReader(int trial, int firstBin, int binCount, Span<float> destination);

    /// <summary>The array's key.</summary>
    public required string Name { get; init; }

    /// <summary>Number of trials.</summary>
    public required int Trials { get; init; }

    /// <summary>Bins per trial.</summary>
    public required int Bins { get; init; }

    /// <summary>Number of units.</summary>
    public required int Units { get; init; }

    /// <summary>Mean spikes per bin over everything recorded; NaN when nothing is.</summary>
    public double MeanPerBin { get; init; }

    /// <summary>Mean rate in Hz over everything recorded; null when the bin width is not known.</summary>
    public double? MeanRateHz { get; init; }

    /// <summary>The largest value of a bin.</summary>
    public double Maximum { get; init; }

    /// <summary>Units without a single spike (or with a rate of 0 throughout).</summary>
    public int SilentUnits { get; init; }

    /// <summary>Values that are gaps (NaN).</summary>
    public long Gaps { get; init; }

    /// <summary>Reads an array through once and sums it up.</summary>
    internal static ActivitySummary Measure(string name, int trials, int bins, int units, double? binWidthMs, SlabReader read)
    {
        var perUnit = new double[units];
        double maximum = 0;
        long gaps = 0;
        int step = Math.Clamp(SlabValues / Math.Max(1, units), 1, Math.Max(1, bins));
        var slab = new float[(long)step * units];
        for (int trial = 0; trial < trials && units > 0; trial++)
        {
            for (int bin = 0; bin < bins; bin += step)
            {
                Span<float> values = slab.AsSpan(0, Math.Min(step, bins - bin) * units);
                read(trial, bin, values.Length / units, values);
                for (int i = 0; i < values.Length; i++)
                {
                    if (float.IsNaN(values[i]))
                    {
                        gaps++;
                        continue;
                    }

                    perUnit[i % units] += values[i];
                    maximum = Math.Max(maximum, values[i]);
                }
            }
        }

        double mean = perUnit.Sum() / (((double)trials * bins * units) - gaps);
        return new ActivitySummary
        {
            Name = name,
            Trials = trials,
            Bins = bins,
            Units = units,
            MeanPerBin = mean,
            MeanRateHz = binWidthMs is double width ? mean * 1000 / width : null,
            Maximum = maximum,
            SilentUnits = perUnit.Count(sum => sum == 0),
            Gaps = gaps,
        };
    }
}
