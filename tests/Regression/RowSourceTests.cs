using FsCheck.Fluent;
using UnetSpikes.Core;
using UnetSpikes.Regression;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Regression;

public class RowSourceTests
{
    [Fact]
    public void Lags_put_the_bins_around_a_bin_beside_each_other_earliest_first()
    {
        // Two trials of three bins of two units, all numbers different.
        var rates = new TrialTensor(2, 3, 2, [.. Enumerable.Range(1, 12).Select(i => (float)i)]);

        double[] lagged = RowSource.Of(rates).Lagged(3, -1, 1).ToArray();

        Assert.Equal([double.NaN, double.NaN, 1, 2, 3, 4], lagged[..6]);
        Assert.Equal([1, 2, 3, 4, 5, 6], lagged[6..12]);
        Assert.Equal([3, 4, 5, 6, double.NaN, double.NaN], lagged[12..18]); // The second trial's 7 and 8 are no future of the first.
        Assert.Equal([7, 8, 9, 10, 11, 12], lagged[24..30]);
    }

    [Fact]
    public void A_lag_of_zero_is_the_row_itself_and_taking_all_rows_changes_nothing()
    {
        Law.Holds(Gen.Choose(-9, 9).ArrayOf(24), 20, values =>
        {
            RowSource rows = RowSource.Of([.. values.Select(v => (double)v)], 3);
            return rows.Lagged(4, 0, 0).ToArray().SequenceEqual(rows.ToArray())
                && rows.Take([.. Enumerable.Range(0, 8)]).ToArray().SequenceEqual(rows.ToArray());
        });
    }

    [Fact]
    public void What_is_not_whole_rows_is_refused()
    {
        Assert.Throws<ArgumentException>(() => RowSource.Of([1.0, 2, 3], 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => RowSource.Of([1.0, 2], 1).Lagged(2, 1, 0));
    }
}
