using UnetSpikes.Core;
using UnetSpikes.Recordings;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Formats;

/// <summary>Folders of Kilosort and phy against what numpy makes of them.</summary>
public sealed class KilosortTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Clusters_become_units_in_seconds_and_noise_is_left_out()
    {
        using Recording recording = FormatFiles.Open(FormatFiles.In("kilosort"));
        SpikeTrains units = recording.Units;

        Assert.Equal("Kilosort", recording.Format);
        Assert.Equal(["0", "5", "9", "130"], units.Ids);
        Dictionary<string, double[]> expected = FormatFiles.Times("kilosort");
        Assert.Equal(units.Ids.Select(id => expected[id]), Enumerable.Range(0, 4).Select(units.TimesOf));
        Assert.Equal([$"{recording.Path}: 1 of 5 clusters are left out by their labels"], recording.Warnings);
    }

    [Fact]
    public void Peoples_groups_go_before_Kilosorts_labels_and_other_columns_come_along()
    {
        using Recording recording = FormatFiles.Open(FormatFiles.In("kilosort"));
        ColumnTable table = recording.Units.Table!;

        Assert.Equal(["good", "good", "mua", "unsorted"], table.Texts("label"));
        Assert.Equal(["good", "mua", "good", ""], table.Texts("KSLabel"));
        Assert.Equal([12.5, 30.25, double.NaN, double.NaN], table.Numbers("Amplitude"));
    }

    [Theory]
    [InlineData("good", "0 5")]
    [InlineData("good+mua", "0 5 9")]
    [InlineData("not-noise", "0 5 9 130")]
    [InlineData("all", "0 2 5 9 130")]
    public void Units_are_chosen_by_their_labels(string choice, string expected)
    {
        using Recording recording = FormatFiles.Open(FormatFiles.In("kilosort"), UnitChoices.Parse(choice));

        Assert.Equal(expected.Split(' '), recording.Units.Ids);
    }

    [Fact]
    public void Before_phy_was_there_templates_are_the_clusters()
    {
        using Recording recording = FormatFiles.Open(FormatFiles.In("kilosort_unlabelled"));

        Assert.Equal(FormatFiles.Times("kilosort_unlabelled").Values, Enumerable.Range(0, 5).Select(recording.Units.TimesOf));
        Assert.All(recording.Units.Table!.Texts("label"), label => Assert.Equal("unsorted", label));
        Assert.Empty(recording.Warnings);
    }

    [Fact]
    public void Spikes_out_of_order_are_put_in_order()
    {
        string folder = Copy("kilosort_unlabelled");
        WriteColumn(Path.Combine(folder, "spike_times.npy"), [300, 100, 200]);
        WriteColumn(Path.Combine(folder, "spike_templates.npy"), [1, 1, 0]);

        using Recording recording = FormatFiles.Open(folder);

        Assert.Equal([200 / 3e4], recording.Units.TimesOf(0));
        Assert.Equal([100 / 3e4, 300 / 3e4], recording.Units.TimesOf(1));
    }

    [Theory]
    [InlineData("sample_rate = 30000. + 1\n", "has 0 lines of a sample rate, expected one such as 'sample_rate = 30000.'")]
    [InlineData("sample_rate = open('x')\n", "has 0 lines of a sample rate, expected one such as 'sample_rate = 30000.'")]
    [InlineData("sample_rate = 0\n", "has 1 lines of a sample rate, 0, expected one such as 'sample_rate = 30000.'")]
    [InlineData("sample_rate = 3\nsample_rate = 4\n", "has 2 lines of a sample rate, expected one such as 'sample_rate = 30000.'")]
    public void The_sample_rate_is_one_plain_number(string text, string problem)
    {
        string folder = Copy("kilosort_unlabelled"), file = Path.Combine(folder, "params.py");
        File.WriteAllText(file, text);

        FormatFiles.Refused(file, problem, () => FormatFiles.Open(folder));
    }

    [Fact]
    public void Missing_and_unfit_files_are_named()
    {
        string folder = Copy("kilosort"), clusters = Path.Combine(folder, "spike_clusters.npy"), groups = Path.Combine(folder, "cluster_group.tsv");
        WriteColumn(clusters, [1, 2, 3]);
        FormatFiles.Refused(clusters, "has 3 spikes, expected the 60 of spike_times.npy", () => FormatFiles.Open(folder));

        File.Copy(FormatFiles.In("counts_f2.npy"), clusters, overwrite: true);
        FormatFiles.Refused(clusters, "has shape (4, 6, 3) of type float16, expected one whole number per spike", () => FormatFiles.Open(folder));

        File.Copy(FormatFiles.In("kilosort/spike_clusters.npy"), clusters, overwrite: true);
        File.WriteAllText(groups, "cluster_id\tgroup\nfive\tgood\n");
        FormatFiles.Refused(groups, "line 2 has 2 columns beginning with 'five', expected a cluster's number and 1 values", () => FormatFiles.Open(folder));

        File.Delete(Path.Combine(folder, "params.py"));
        FormatFiles.Refused(Path.Combine(folder, "params.py"), "no such file, expected one with a line 'sample_rate = 30000.'", () => FormatFiles.Open(folder));

        File.Delete(Path.Combine(folder, "spike_times.npy"));
        FormatFiles.Refused(folder, "is a folder without spike_times.npy, expected Kilosort's or phy's output", () => FormatFiles.Open(folder));
        Assert.Equal("--units: is best, expected one of good, good+mua, not-noise, all", Assert.Throws<UsageException>(() => UnitChoices.Parse("best")).Message);
    }

    private string Copy(string name)
    {
        string folder = Directory.CreateDirectory(_folder.File(name)).FullName;
        foreach (string file in Directory.GetFiles(FormatFiles.In(name)))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        return folder;
    }

    private static void WriteColumn(string path, long[] values) =>
        File.WriteAllBytes(path, NpyBytes.Of("<i8", $"({values.Length},)", [.. values.SelectMany(BitConverter.GetBytes)]));
}
