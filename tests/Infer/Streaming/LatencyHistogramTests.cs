using System.Diagnostics;
using UnetSpikes.Core;
using UnetSpikes.Infer.Streaming;
using Xunit;

namespace UnetSpikes.Tests.Infer.Streaming;

public class LatencyHistogramTests
{
    [Fact]
    public void Percentiles_are_those_of_the_sorted_times_to_one_percent()
    {
        var rng = new Rng(1, "times");
        long[] times = [.. Enumerable.Range(0, 5000).Select(_ => (long)Math.Exp(rng.NextDouble() * 25))];
        var histogram = new LatencyHistogram();
        Array.ForEach(times, histogram.Add);
        Array.Sort(times);

        Assert.Equal(5000, histogram.Count);
        Assert.Equal(Ms(times[^1]), histogram.MaxMs);
        foreach (double share in new[] { 0.001, 0.5, 0.95, 0.99, 1 })
        {
            double exact = Ms(times[(int)Math.Ceiling(share * 5000) - 1]);
            Assert.InRange(histogram.PercentileMs(share), exact, exact * 1.01);
        }

        static double Ms(long ticks) => ticks * 1000.0 / Stopwatch.Frequency;
    }

    [Fact]
    public void Without_times_there_is_no_number()
    {
        var histogram = new LatencyHistogram();

        Assert.True(double.IsNaN(histogram.PercentileMs(0.99)));
        Assert.True(double.IsNaN(histogram.MaxMs));
    }
}
