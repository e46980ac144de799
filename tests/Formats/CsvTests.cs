using UnetSpikes.Recordings;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Formats;

/// <summary>Text files of units and times against the numbers Python wrote into them.</summary>
public sealed class CsvTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("spikes.csv")] // comma, a comment, a header with the columns the other way round, quotes
    [InlineData("spikes.tsv")] // tab, no header, Windows' line ends
    [InlineData("spikes.txt")] // semicolon, a byte order mark, an empty line, no end of the last line
    public void Units_are_gathered_whatever_the_order_of_rows(string name)
    {
        using Recording recording = FormatFiles.Open(FormatFiles.In(name));

        Assert.Equal(["3", "10", "a b"], recording.Units.Ids);
        Assert.Equal(FormatFiles.Times("text").Values, Enumerable.Range(0, 3).Select(recording.Units.TimesOf));
    }

    [Fact]
    public void Lines_across_the_readers_pieces_are_whole()
    {
        string path = _folder.File("long.csv");
        File.WriteAllLines(path, Enumerable.Range(0, 5000).Select(n => $"{n % 7},{n}.5"));

        using Recording recording = FormatFiles.Open(path);

        Assert.Equal(7, recording.Units.Count);
        Assert.Equal(Enumerable.Range(0, 5000).Where(n => n % 7 == 3).Select(n => n + 0.5), recording.Units.TimesOf(3));
    }

    [Theory]
    [InlineData("1,0.5\n2,soon\n", "line 2 is '2,soon', expected a unit and a time in seconds")]
    [InlineData("1,0.5\n\n2\n", "line 3 is '2', expected a unit and a time in seconds")]
    [InlineData("1;0.5\n2;0,5\n", "line 2 is '2;0,5', expected a unit and a time in seconds")]
    [InlineData("unit,time\n1,NaN\n", "line 2 is '1,NaN', expected a unit and a time in seconds")]
    [InlineData("unit,time\n,0.5\n", "line 2 is ',0.5', expected a unit and a time in seconds")]
    [InlineData("unit,when\n1,0.5\n", "line 1 is 'unit,when', expected a unit and a time in seconds, or their names (unit, cluster, neuron; time, time_s, spike_time, spike_times, t)")]
    public void A_bad_line_is_named_by_its_number(string text, string problem)
    {
        string path = _folder.File("a.csv");
        File.WriteAllText(path, text);

        FormatFiles.Refused(path, problem, () => FormatFiles.Open(path));
    }

    [Fact]
    public void A_line_without_end_is_not_read_into_memory()
    {
        string path = _folder.File("a.csv");
        File.WriteAllText(path, "1,0.5\n" + new string('1', 100_000));

        FormatFiles.Refused(path, "line 2 is longer than 4096 characters, expected a unit and a time", () => FormatFiles.Open(path));
    }

    [Fact]
    public void Without_lines_there_are_no_units()
    {
        string path = _folder.File("a.csv");
        File.WriteAllText(path, "unit,time\n");

        using Recording recording = FormatFiles.Open(path);

        Assert.Empty(recording.Units.Ids);
        Assert.Equal(0, recording.EndSeconds());
    }
}
