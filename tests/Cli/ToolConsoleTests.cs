using UnetSpikes.Cli;
using Xunit;

namespace UnetSpikes.Tests.Cli;

public class ToolConsoleTests
{
    [Theory]
    [InlineData(false, false, "info\nwarning: care\n")]
    [InlineData(false, true, "info\ndetail\nwarning: care\n")]
    [InlineData(true, false, "warning: care\n")]
    public void Quiet_leaves_out_messages_and_verbose_adds_details_but_warnings_stay(bool quiet, bool verbose, string expected)
    {
        var error = new StringWriter();
        var console = new ToolConsole(TextWriter.Null, error, quiet, verbose);

        console.Info("info");
        console.Detail("detail");
        console.Warn("care");

        Assert.Equal(expected, error.ToString());
    }

    [Fact]
    public void A_writer_that_is_not_the_processs_own_is_no_terminal() =>
        Assert.False(new ToolConsole(TextWriter.Null, new StringWriter(), Quiet: false, Verbose: false).IsTerminal);
}
