using UnetSpikes.Tests.Models;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

public class LearningRateTests
{
    private static readonly PlateauState Nothing = new();

    [Fact]
    public void It_rises_in_a_line_falls_along_a_cosine_and_ends_at_zero()
    {
        var rate = new LearningRate(Peak: 0.01, WarmupSteps: 10, LearningRateSchedule.Cosine, TotalSteps: 110);

        Assert.Equal(0.001, rate.At(1, Nothing), 1e-15);
        Assert.Equal(0.005, rate.At(5, Nothing), 1e-15);
        Assert.Equal(0.01, rate.At(10, Nothing), 1e-15);
        Assert.Equal(0.005, rate.At(60, Nothing), 1e-15);
        Assert.Equal(0.01 * 0.5 * (1 + Math.Cos(Math.PI / 4)), rate.At(35, Nothing), 1e-15);
        Assert.Equal(0, rate.At(110, Nothing), 1e-15);
        Assert.Equal(0, rate.At(1000, Nothing), 1e-15);
        Assert.All(Enumerable.Range(11, 98), step => Assert.True(rate.At(step + 1, Nothing) < rate.At(step, Nothing)));
    }

    [Fact]
    public void Without_a_cosine_it_stays()
    {
        var rate = new LearningRate(0.02, 4, LearningRateSchedule.Constant, 100);

        Assert.Equal([0.005, 0.01, 0.015, 0.02, 0.02, 0.02, 0.02], new[] { 1, 2, 3, 4, 5, 99, 500 }.Select(step => rate.At(step, Nothing)));
    }

    [Fact]
    public void Without_a_warm_up_it_starts_near_the_peak()
    {
        Assert.Equal(0.02, new LearningRate(0.02, 0, LearningRateSchedule.Constant, 100).At(1, Nothing));
        Assert.InRange(new LearningRate(0.02, 0, LearningRateSchedule.Cosine, 100).At(1, Nothing), 0.0199, 0.02);
    }

    [Fact]
    public void A_warm_up_as_long_as_the_run_ends_at_the_peak() => Assert.Equal(0.02, new LearningRate(0.02, 100, LearningRateSchedule.Cosine, 100).At(100, Nothing));

    /// <summary>PyTorch's ReduceLROnPlateau on the same losses; validations of the warm-up are not among those it saw.</summary>
    [Fact]
    public void On_a_plateau_it_falls_as_in_PyTorch()
    {
        using PyTorchGolden golden = PyTorchGolden.Optimizers();
        double[] losses = golden.Doubles("plateau/losses"), expected = golden.Doubles("plateau/rates");
        var rate = new LearningRate(0.02, 4, LearningRateSchedule.Plateau, 100) { Factor = 0.3, Patience = 2, Minimum = 1e-3 };
        PlateauState plateau = rate.Observe(Nothing, 4, loss: -99);

        Assert.Equal(Nothing, plateau);
        Assert.True(expected.Distinct().Count() > 3, "the golden data would not show a fall");
        for (int i = 0; i < losses.Length; i++)
        {
            plateau = rate.Observe(plateau, 5 + i, losses[i]);
            Assert.Equal(expected[i], rate.At(6 + i, plateau), 1e-15);
        }
    }

    [Fact]
    public void Another_schedule_knows_no_plateau()
    {
        var rate = new LearningRate(0.02, 0, LearningRateSchedule.Constant, 100) { Patience = 0 };

        Assert.Equal(Nothing, rate.Observe(rate.Observe(Nothing, 10, 1), 20, 2));
        Assert.Equal(0.02, rate.At(30, Nothing with { Scale = 0.1 }));
    }
}
