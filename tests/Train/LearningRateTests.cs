using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

public class LearningRateTests
{
    [Fact]
    public void It_rises_in_a_line_falls_along_a_cosine_and_ends_at_zero()
    {
        var rate = new LearningRate(Peak: 0.01, WarmupSteps: 10, IsCosine: true, TotalSteps: 110);

        Assert.Equal(0.001, rate.At(1), 1e-15);
        Assert.Equal(0.005, rate.At(5), 1e-15);
        Assert.Equal(0.01, rate.At(10), 1e-15);
        Assert.Equal(0.005, rate.At(60), 1e-15);
        Assert.Equal(0.01 * 0.5 * (1 + Math.Cos(Math.PI / 4)), rate.At(35), 1e-15);
        Assert.Equal(0, rate.At(110), 1e-15);
        Assert.Equal(0, rate.At(1000), 1e-15);
        Assert.All(Enumerable.Range(11, 98), step => Assert.True(rate.At(step + 1) < rate.At(step)));
    }

    [Fact]
    public void Without_a_cosine_it_stays()
    {
        var rate = new LearningRate(0.02, 4, IsCosine: false, 100);

        Assert.Equal([0.005, 0.01, 0.015, 0.02, 0.02, 0.02, 0.02], new[] { 1, 2, 3, 4, 5, 99, 500 }.Select(step => rate.At(step)));
    }

    [Fact]
    public void Without_a_warm_up_it_starts_near_the_peak()
    {
        Assert.Equal(0.02, new LearningRate(0.02, 0, IsCosine: false, 100).At(1));
        Assert.InRange(new LearningRate(0.02, 0, IsCosine: true, 100).At(1), 0.0199, 0.02);
    }

    [Fact]
    public void A_warm_up_as_long_as_the_run_ends_at_the_peak() => Assert.Equal(0.02, new LearningRate(0.02, 100, IsCosine: true, 100).At(100));
}
