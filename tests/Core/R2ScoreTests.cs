using UnetSpikes.Core;
using Xunit;

namespace UnetSpikes.Tests.Core;

/// <summary>Against the definitions; scikit-learn's numbers hold both in tests/Nlb and tests/Decode.</summary>
public class R2ScoreTests
{
    [Fact]
    public void Each_column_is_scored_about_its_own_mean() =>
        Assert.Equal([1 - (1.0 / 2), 1], R2Score.PerColumn([1, 10, 2, 20, 3, 30], [1, 10, 2, 20, 2, 30], 2));

    [Fact]
    public void A_constant_truth_gives_one_where_met_and_zero_where_missed() =>
        Assert.Equal([1, 0], R2Score.PerColumn([5, 5, 5, 5], [5, 5, 5, 6], 2));

    [Fact]
    public void One_row_has_no_R2() => Assert.Equal([double.NaN], R2Score.PerColumn([1], [1], 1));

    [Fact]
    public void Correlation_knows_sign_and_scale_does_not_matter()
    {
        Assert.Equal(1, Pearson.Correlation([1, 2, 3], [10, 20, 30]), 1e-15);
        Assert.Equal(-1, Pearson.Correlation([1, 2, 3], [3, 2, 1]), 1e-15);
        Assert.Equal(0.5, Pearson.Correlation([1, 2, 3], [1, 3, 2]), 1e-15);
        Assert.Equal(double.NaN, Pearson.Correlation([1, 1], [1, 2]));
        Assert.Equal(double.NaN, Pearson.Correlation([1, double.NaN], [1, 2]));
    }

    [Fact]
    public void Other_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => R2Score.PerColumn([1, 2], [1], 1));
        Assert.Throws<ArgumentException>(() => R2Score.PerColumn([1, 2, 3], [1, 2, 3], 2));
        Assert.Throws<ArgumentException>(() => Pearson.Correlation([1, 2], [1]));
        Assert.Throws<ArgumentException>(() => Pearson.Correlation([1], [1]));
    }
}
