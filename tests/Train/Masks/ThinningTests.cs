using UnetSpikes.Core;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train.Masks;

/// <summary>Removed spikes are binomial.</summary>
public class ThinningTests
{
    [Theory]
    [InlineData(1, 0.3)]
    [InlineData(4, 0.5)]
    [InlineData(20, 0.1)]
    public void The_spikes_removed_have_the_mean_and_variance_of_a_binomial(int count, double ratio)
    {
        var rng = new Rng(1, "masks");
        double[] removed = [.. Enumerable.Range(0, 50_000).Select(_ => (double)Thinning.DrawRemoved(count, ratio, rng))];

        double mean = removed.Average(), variance = removed.Average(r => (r - mean) * (r - mean));
        double expected = count * ratio * (1 - ratio);
        Assert.All(removed, r => Assert.InRange(r, 0, count));
        Assert.Equal(count * ratio, mean, 4 * Math.Sqrt(expected / 50_000));
        Assert.Equal(expected, variance, 0.05 * expected);
    }

    /// <summary>The reason for thinning at all: of a Poisson count, what is left says nothing of what was taken.</summary>
    [Fact]
    public void The_two_parts_of_a_Poisson_count_are_uncorrelated()
    {
        var rng = new Rng(2, "masks");
        (double Left, double Removed)[] parts = [.. Enumerable.Range(0, 100_000).Select(_ =>
        {
            int count = rng.NextPoisson(1.5);
            double removed = Thinning.DrawRemoved(count, 0.4, rng);
            return (count - removed, removed);
        })];

        double left = parts.Average(p => p.Left), taken = parts.Average(p => p.Removed);
        double covariance = parts.Average(p => (p.Left - left) * (p.Removed - taken));

        Assert.Equal((0.9, 0.6), (Math.Round(left, 1), Math.Round(taken, 1)));
        // Four standard errors: √(0.9 · 0.6 / 100,000).
        Assert.Equal(0, covariance, 0.01);
    }
}
