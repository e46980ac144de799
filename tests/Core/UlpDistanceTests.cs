using UnetSpikes.Core;
using Xunit;

namespace UnetSpikes.Tests.Core;

public class UlpDistanceTests
{
    [Theory]
    [InlineData(1f)]
    [InlineData(-1f)]
    [InlineData(0f)]
    [InlineData(1e-40f)]
    [InlineData(3.4e38f)]
    [InlineData(float.PositiveInfinity)]
    public void Neighbours_are_one_apart(float value)
    {
        Assert.Equal(1, UlpDistance.Between(value, MathF.BitDecrement(value)));
        Assert.Equal(2, UlpDistance.Between(MathF.BitDecrement(MathF.BitDecrement(value)), value));
        Assert.Equal(0, UlpDistance.Between(value, value));
    }

    [Fact]
    public void The_way_across_zero_is_the_sum_of_both_ways()
    {
        Assert.Equal(0, UlpDistance.Between(0f, -0f));
        Assert.Equal(2 * UlpDistance.Between(0, 1), UlpDistance.Between(-1, 1));
        Assert.Equal(1 << 23, UlpDistance.Between(1, 2)); // 23 bits of fraction
    }

    [Fact]
    public void A_number_is_as_far_from_NaN_as_can_be()
    {
        Assert.Equal(long.MaxValue, UlpDistance.Between(1, float.NaN));
        Assert.Equal(0, UlpDistance.Between(float.NaN, float.NaN));
    }

    [Fact]
    public void A_percentile_is_the_nearest_rank()
    {
        long[] distances = [.. Enumerable.Range(1, 200).Select(i => (long)i).Reverse()];

        Assert.Equal(198, UlpDistance.Percentile(distances, 0.99));
        Assert.Equal(200, UlpDistance.Percentile(distances, 1));
        Assert.Equal(7, UlpDistance.Percentile([7], 0.01));
        Assert.Throws<ArgumentOutOfRangeException>(() => UlpDistance.Percentile([], 0.5));
    }
}
