using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Nwb;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Nwb;

/// <summary>NWB files against what h5py wrote into them.</summary>
public class NwbRecordingTests
{
    private static readonly string Oddities = TestFiles.Golden(Path.Combine("..", "nwb", "oddities.nwb"));

    [Fact]
    public void Units_are_read_by_index_whatever_its_type()
    {
        using Recording recording = NwbRecording.Open(Oddities);

        Assert.Equal("NWB 2.0b", recording.Format);
        Assert.Equal(["3", "1", "7"], recording.Units.Ids);
        double[][] expected = Expected().GetProperty("spikes").Deserialize<double[][]>()!;
        Assert.Equal(expected, Enumerable.Range(0, 3).Select(recording.Units.TimesOf));
        Assert.Equal([new Interval(0, 2), new Interval(3.0005, 4)], recording.Units.Observed![1].ToArray());
        Assert.Equal(["good", "mua", "good"], recording.Units.Table!.Texts("quality"));
        Assert.Null(recording.Units.IsHeldOut);
    }

    [Fact]
    public void Tables_hold_numbers_texts_booleans_points_and_lists_of_lists()
    {
        using Recording recording = NwbRecording.Open(Oddities);
        ColumnTable trials = recording.Trials!;

        Assert.Equal(["10", "11", "12"], trials.Ids);
        Assert.Equal([0.25, double.NaN, 3.25], trials.Numbers("go_time"));
        Assert.Equal(["left", "right", "left"], trials.Texts("kind"));
        Assert.True(trials.Find("correct")!.IsBoolean);
        Assert.Equal([1, 0, 1], trials.Numbers("correct"));
        TableColumn points = trials.Find("points")!;
        Assert.Equal((2, 8), (points.Width, points.Numbers.Count));
        Assert.Equal([1, 1, 4], points.RowEnds!);
        Assert.Equal([2, 2, 6], trials.Find("nested")!.RowEnds!);
        Assert.Null(trials.Find("when")); // compound
    }

    [Fact]
    public void Series_are_found_in_containers_with_time_stamps_or_a_rate()
    {
        using Recording recording = NwbRecording.Open(Oddities);

        Assert.Equal(["Position_hand", "empty", "lick"], recording.Series.Select(series => series.Name));
        TimeSeries hand = recording.Series[0], lick = recording.Series[2];
        Assert.Equal(["x", "y"], hand.Columns);
        Assert.Equal(("cm", 0.01), (hand.Unit, hand.Conversion));
        Assert.Equal([0, 0.001, 0.002, 0.5, 0.501], hand.Times());
        var part = new double[4];
        hand.Read(3, 2, part);
        Assert.Equal([6, 7, 8, 9], part);
        Assert.Equal([0.5, 0.51, 0.52, 0.53], lick.Times().Select(time => Math.Round(time, 9)));
        Assert.Contains(recording.Warnings, line => line.EndsWith("/acquisition/notes is of type string, expected numbers; it is left out", StringComparison.Ordinal));
    }

    [Fact]
    public void Counts_are_numpys_and_unobserved_bins_are_gaps()
    {
        using CountsSource source = CountsSource.Open(Oddities, new CountsOptions { BinWidthMs = 5 });
        CountsArray array = Assert.Single(source.Arrays);
        int[][] expected = Expected().GetProperty("counts").Deserialize<int[][]>()!;

        Assert.Equal((1, 800, 3), (array.Trials, array.Bins, array.Units));
        var all = new float[800 * 3];
        array.Read(0, 0, 800, all);
        for (int bin = 0; bin < 800; bin++)
        {
            bool isGap = bin is >= 400 and <= 600; // 2 s to 3.001 s: the bin at 3.000 s begins unobserved
            Assert.Equal(isGap ? [float.NaN, float.NaN, float.NaN] : expected[bin].Select(n => (float)n), all.AsSpan(bin * 3, 3).ToArray());
        }

        var part = new float[17 * 3];
        array.Read(0, 393, 17, part);
        Assert.Equal(all.AsSpan(393 * 3, 17 * 3).ToArray(), part);
    }

    [Fact]
    public void Spike_times_need_bins()
    {
        var error = Assert.Throws<UsageException>(() => CountsSource.Open(Oddities));

        Assert.Equal($"--bin-ms: is missing: {Oddities} holds spike times, which need bins", error.Message);
    }

    private static JsonElement Expected() =>
        JsonDocument.Parse(File.ReadAllText(Path.ChangeExtension(Oddities, ".json"))).RootElement;
}
