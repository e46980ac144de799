using System.Text.Json;
using UnetSpikes.App;
using UnetSpikes.Cli;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Inspect;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Formats;

/// <summary><c>inspect</c> on recordings, against what was written into them.</summary>
public sealed class InspectRecordingTests : IDisposable
{
    private static readonly string Oddities = Path.GetFullPath(Path.Combine(FormatFiles.Folder, "..", "nwb", "oddities.nwb"));

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_recording_is_summed_up_for_a_program()
    {
        (int code, string output, string error) = Run("inspect", Oddities, "--json");
        JsonElement file = JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("files")[0];
        JsonElement units = file.GetProperty("units"), trials = file.GetProperty("tables")[0], hand = file.GetProperty("series")[0];

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(("recording", "NWB 2.0b", 4.0), (file.GetProperty("kind").GetString(), file.GetProperty("format").GetString(), file.GetProperty("end_seconds").GetDouble()));
        Assert.Equal([5, 0, 7], units.GetProperty("rates").EnumerateArray().Select(unit => unit.GetProperty("spikes").GetInt32()));
        // Observed from 0 to 2 s and from 3.001 s (the first whole millisecond) to 4 s.
        Assert.Equal(2.999, units.GetProperty("observed_seconds").GetDouble(), 1e-9);
        Assert.Equal(1.001, units.GetProperty("gap_seconds").GetDouble(), 1e-9);
        Assert.Equal(2, units.GetProperty("stretches").GetInt32());
        Assert.Equal(7 / 2.999, units.GetProperty("quantiles_hz")[4].GetDouble(), 1e-9);
        Assert.Equal(2, units.GetProperty("labels").GetProperty("good").GetInt32());
        Assert.Equal(1, Column(trials, "go_time").GetProperty("missing").GetInt32());
        Assert.Equal("2 true, 1 false", Column(trials, "correct").GetProperty("values").GetString());
        Assert.Equal(("lists of numbers × 2", 1), (Column(trials, "points").GetProperty("kind").GetString(), Column(trials, "points").GetProperty("missing").GetInt32()));
        Assert.Equal((1, "cm"), (hand.GetProperty("gaps").GetInt32(), hand.GetProperty("unit").GetString()));
        Assert.Equal(0.498, hand.GetProperty("longest_gap_seconds").GetDouble(), 1e-9);
    }

    [Fact]
    public void A_recording_is_shown_as_tables()
    {
        (int code, string output, _) = Run("inspect", Oddities);

        Assert.Equal(0, code);
        Assert.Contains("oddities.nwb: recording, NWB 2.0b, 4 s\n", output, StringComparison.Ordinal);
        Assert.Matches(@"units +3, 1 silent\n", output);
        Assert.Matches(@"observed +2\.999 s in 2 stretches, 1\.001 s of gaps between them\n", output);
        Assert.Matches(@"go_time +numbers +1 +0\.25 to 3\.25\n", output);
        Assert.Matches(@"kind +texts +0 +left, right\n", output);
        Assert.Matches(@"Position_hand +5 +x, y +cm +about 1000 +0\.000 +0\.501 +1 +0\.498\n", output);
        Assert.Matches(@"lick +4 +lick +100 +0\.500 +0\.530 +0\n", output);
        Assert.Matches(@"empty +0 +0, 1, 2 +- +- +- +0\n", output);
        Assert.Contains("warning: ", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sorters_folder_shows_its_labels_noise_included()
    {
        (int code, string output, _) = Run("inspect", FormatFiles.In("kilosort"));

        Assert.Equal(0, code);
        Assert.Matches(@"units +5, 0 silent\n", output);
        Assert.Matches(@"labels +2 good, 1 noise, 1 mua, 1 unsorted\n", output);
        Assert.Contains("always (the recording does not say when not)", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("counts_f4_fortran.npy", @"/ +\(4, 6, 3\) +float32 +Fortran order")]
    [InlineData("plain.npz", @"/first +\(4, 6, 3\) +uint8 +C order")]
    [InlineData("counts.mat", @"/spikes +\(3, 6, 4\) +float64 +chunked, filtered")]
    public void Counts_keep_their_view(string name, string row)
    {
        (int code, string output, string error) = Run("inspect", FormatFiles.In(name), "--json");

        Assert.Equal((0, ""), (code, error));
        Assert.Matches(row, output);
        JsonElement file = JsonDocument.Parse(output.TrimEnd().Split('\n')[^1]).RootElement.GetProperty("files")[0];
        Assert.Equal("counts", file.GetProperty("kind").GetString());
        double[] mean = [.. file.GetProperty("arrays").EnumerateArray().Select(array => array.GetProperty("mean_per_bin").GetDouble())];
        Assert.Contains(mean, value => Math.Abs(value - FormatFiles.Counts.SelectMany(trial => trial).SelectMany(bin => bin).Average()) < 1e-6);
    }

    [Fact]
    public void The_format_can_be_said()
    {
        string text = FormatFiles.In("spikes.csv");

        Assert.Equal(0, Run("inspect", text, "--format", "csv").Code);
        Assert.Equal((ExitCode.Data, $"error: {text}: is not an HDF5 file (no HDF5 signature)\n"), Pick(Run("inspect", text, "--format", "nwb")));
        Assert.Equal(
            (ExitCode.Usage, "error: --format: is plx, expected one of hdf5, nwb, mat, kilosort, npy, npz, csv\n"), Pick(Run("inspect", text, "--format", "plx")));
    }

    [Fact]
    public void Time_stamps_are_read_piece_by_piece_and_steps_back_are_counted()
    {
        const int Samples = (1 << 21) + 5; // three pieces
        static double TimeAt(long i) => i == (1 << 20) ? 0 : (i * 0.5) + (i > 1_500_000 ? 9 : 0);
        var series = new TimeSeries("a", "/a", Samples, ["x"], (_, _, _) => throw new InvalidOperationException("samples are not read"), (first, into) =>
        {
            Assert.InRange(into.Length, 1, 1 << 20);
            for (int i = 0; i < into.Length; i++)
            {
                into[i] = TimeAt(first + i);
            }
        });

        RecordingSummary summary = RecordingSummary.Of(new Recording("a", "made", new SpikeTrains([], [], (_, _) => { })) { Series = [series] });

        SeriesSummary one = Assert.Single(summary.Series);
        Assert.Equal((2.0, 2L, 1L), (one.RateHz, one.Gaps, one.StepsBack)); // after the step back, time jumps to where it was
        Assert.Equal((0.0, TimeAt(Samples - 1)), (one.StartSeconds, one.EndSeconds));
        Assert.Equal(["a: /a goes back in time 1 times"], summary.Warnings);
        Assert.True(double.IsNaN(summary.Units.MeanHz) && summary.Units.QuantilesHz.All(double.IsNaN));
    }

    [Fact]
    public void Prep_chooses_a_sorters_units()
    {
        string good = _folder.File("good.h5");

        (int code, _, string error) = Run("prep", "--data-root", FormatFiles.In("kilosort"), "--chop", "500", "--bin", "10", "--units", "good+mua", "--out", good);

        Assert.True(code == 0, error);
        using (UnetSpikes.Hdf5.Hdf5File file = UnetSpikes.Hdf5.Hdf5File.OpenRead(good))
        {
            Assert.Equal(["0", "5", "9"], file.Dataset("/unit_ids").ReadStrings());
        }

        Assert.Equal(
            (ExitCode.Usage, $"error: --units: chooses by the labels of a sorter's folder, which {Oddities} is not\n"),
            Pick(Run("prep", "--data-root", Oddities, "--chop", "500", "--units", "all", "--out", _folder.File("x.h5"))));
    }

    private static JsonElement Column(JsonElement table, string name) =>
        table.GetProperty("columns").EnumerateArray().Single(column => column.GetProperty("name").GetString() == name);

    private static (int Code, string Error) Pick((int Code, string Output, string Error) run) => (run.Code, run.Error);

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        int code = ToolHost.Run(RootVerbs.Create(), args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
