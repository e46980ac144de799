using UnetSpikes.Core;
using Xunit;

namespace UnetSpikes.Tests.Core;

public class TrialTensorTests
{
    [Fact]
    public void Units_are_innermost_then_bins_then_trials()
    {
        var tensor = new TrialTensor(2, 3, 4, [.. Enumerable.Range(0, 24).Select(i => (float)i)]);

        Assert.Equal(23, tensor[1, 2, 3]);
        Assert.Equal((1 * 12) + (2 * 4) + 0, tensor[1, 2, 0]);
        Assert.Equal(tensor[1, 0, 0], tensor.Trial(1)[0]);
        Assert.Equal("[2, 3, 4]", tensor.ToString());
    }

    [Fact]
    public void A_trial_is_a_view_not_a_copy()
    {
        var tensor = new TrialTensor(2, 3, 4);

        tensor.Trial(1)[5] = 9;

        Assert.Equal(9, tensor[1, 1, 1]);
    }

    [Theory]
    [InlineData(2, 0, 0)]
    [InlineData(0, 3, 0)]
    [InlineData(0, 0, 4)]
    [InlineData(0, -1, 0)]
    public void An_index_outside_its_own_axis_is_refused_even_where_the_flat_one_exists(int trial, int bin, int unit) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrialTensor(2, 3, 4)[trial, bin, unit]);

    [Fact]
    public void Values_that_do_not_fill_the_shape_are_refused()
    {
        Assert.Contains("[2, 3, 4]", Assert.Throws<ArgumentException>(() => new TrialTensor(2, 3, 4, new float[23])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrialTensor(-1, -1, 1, new float[1]));
    }

    [Fact]
    public void Shapes_compare_axis_by_axis()
    {
        Assert.True(new TrialTensor(2, 3, 4).HasShapeOf(new TrialTensor(2, 3, 4)));
        Assert.False(new TrialTensor(2, 3, 4).HasShapeOf(new TrialTensor(2, 4, 3)));
    }
}
