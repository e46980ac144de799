using UnetSpikes.Cli;
using Xunit;

namespace UnetSpikes.Tests.Cli;

public class ResultTableTests
{
    [Fact]
    public void Columns_line_up_with_numbers_right_and_text_left()
    {
        var table = new ResultTable("features", "alpha", "R2");
        table.Add("raw counts", "1000", ResultTable.Cell(0.12345));
        table.Add("rates", "0.1", ResultTable.Cell(double.NaN));
        table.Note("R2: mean over dimensions");
        var output = new StringWriter();

        table.Write(output);

        Assert.Equal(
            """
            features    alpha      R2
            ----------  -----  ------
            raw counts   1000  0.1235
            rates         0.1       -
            R2: mean over dimensions

            """,
            output.ToString());
    }

    [Fact]
    public void A_row_of_the_wrong_length_is_refused() =>
        Assert.Throws<ArgumentException>(() => new ResultTable("a", "b").Add("1"));
}
