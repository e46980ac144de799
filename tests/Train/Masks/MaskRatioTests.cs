using UnetSpikes.Core;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train.Masks;

/// <summary>How the ratio goes through a run.</summary>
public class MaskRatioTests
{
    [Fact]
    public void A_fixed_ratio_stays_and_draws_nothing()
    {
        var rng = new Rng(1, "mask ratio");
        ulong[] before = rng.State;

        Assert.All(new long[] { 1, 50, 100 }, step => Assert.Equal(0.3, MaskRatio.Fixed(0.3).At(step, 100, rng)));
        Assert.Equal(before, rng.State);
    }

    [Fact]
    public void A_uniform_ratio_fills_its_range_evenly_whatever_the_step()
    {
        var rng = new Rng(1, "mask ratio");
        double[] drawn = [.. Enumerable.Range(1, 10_000).Select(step => MaskRatio.Uniform(0.3, 0.7).At(step, 10_000, rng))];

        Assert.All(drawn, ratio => Assert.InRange(ratio, 0.3, 0.7));
        Assert.All(Enumerable.Range(0, 4), i => Assert.InRange(drawn.Count(r => r >= 0.3 + (0.1 * i) && r < 0.4 + (0.1 * i)), 2300, 2700));
        // The first steps are no different from the last ones.
        Assert.Equal(0.5, drawn[..2000].Average(), 0.02);
        Assert.Equal(0.5, drawn[^2000..].Average(), 0.02);
    }

    [Fact]
    public void A_moved_ratio_goes_from_the_first_step_to_the_last_in_a_line()
    {
        MaskRatio ratio = MaskRatio.Linear(0.1, 0.5);
        var rng = new Rng(1, "mask ratio");

        Assert.Equal([0.1, 0.2, 0.3, 0.4, 0.5], new long[] { 1, 26, 51, 76, 101 }.Select(step => Math.Round(ratio.At(step, 101, rng), 12)));
        Assert.Equal(0.1, ratio.At(1, 1, rng));
    }

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(0.5, 1)]
    [InlineData(double.NaN, 0.5)]
    public void No_probability_is_refused(double from, double to) => Assert.Throws<ArgumentOutOfRangeException>(() => MaskRatio.Uniform(from, to));
}
