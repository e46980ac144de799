using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Hdf5;
using UnetSpikes.Recordings;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Formats;

/// <summary>MATLAB v7.3 files, as MATLAB lays them out, against what h5py was given.</summary>
public class MatTests
{
    [Theory]
    [InlineData("spikes.mat", "21 22 25 28")]
    [InlineData("other_name.mat", "1 2 3 4")]
    public void A_cell_array_of_vectors_is_spike_times(string name, string ids)
    {
        using Recording recording = FormatFiles.Open(FormatFiles.In(name));
        double[][] expected = FormatFiles.Expected.GetProperty("cells").EnumerateArray().Select(unit => unit.EnumerateArray().Select(t => t.GetDouble()).ToArray()).ToArray();

        Assert.Equal(ids.Split(' '), recording.Units.Ids);
        Assert.Equal(expected, Enumerable.Range(0, 4).Select(recording.Units.TimesOf));
        var part = new double[6]; // the end of one unit, a silent one, a unit of one spike, the beginning of another
        recording.Units.Read(4, part);
        Assert.Equal([.. expected[0][4..], .. expected[2], .. expected[3][..3]], part);
    }

    [Fact]
    public void Spike_times_are_binned_like_any_recordings()
    {
        using CountsSource source = CountsSource.Open(FormatFiles.In("spikes.mat"), new CountsOptions { BinWidthMs = 10 });

        Assert.Equal("MATLAB v7.3", source.Format);
        Assert.Equal(16, FormatFiles.Trial(source.Arrays[0], 0, piece: 50).Sum(bin => bin.Sum()));
    }

    [Fact]
    public void Counts_come_out_in_MATLABs_order_of_axes()
    {
        using CountsSource source = CountsSource.Open(FormatFiles.In("counts.mat"));

        Assert.Equal(["eval_spikes", "spikes"], source.Arrays.Select(array => array.Name));
        CountsArray array = source.Array("spikes");
        Assert.Equal((4, 6, 3, 70.0), (array.Trials, array.Bins, array.Units, array.BinWidthMs!.Value));
        Assert.Equal(FormatFiles.Counts, Enumerable.Range(0, 4).Select(trial => FormatFiles.Trial(array, trial)));
        Assert.Equal(FormatFiles.Counts[0], FormatFiles.Trial(source.Array("eval_spikes"), 0));
    }

    [Fact]
    public void A_file_of_neither_says_what_was_looked_for()
    {
        string path = FormatFiles.In("neither.mat");

        FormatFiles.Refused(
            path, "/ holds neither spike times (a cell array of vectors, such as spike_times) nor counts (an array of [trial, bin, unit], such as spikes)",
            () => CountsSource.Open(path));
    }

    [Fact]
    public void Cells_of_a_known_name_that_are_no_vectors_and_old_files_are_refused()
    {
        using var folder = new TemporaryFolder();
        string old = folder.Write("old.mat", [.. "MATLAB 5.0 MAT-file, Platform: GLNXA64"u8, .. new byte[200]]);
        FormatFiles.Refused(old, "is a MATLAB file of before v7.3, expected one saved with '-v7.3'", () => CountsSource.Open(old));

        byte[] bytes = File.ReadAllBytes(FormatFiles.In("neither.mat"));
        ReadOnlySpan<byte> name = "labels"u8;
        for (int at = bytes.AsSpan().IndexOf(name); at >= 0;)
        {
            "spikes"u8.CopyTo(bytes.AsSpan(at));
            int next = bytes.AsSpan(at + 1).IndexOf(name);
            at = next < 0 ? -1 : at + 1 + next;
        }

        string path = folder.Write("texts.mat", bytes);
        FormatFiles.Refused(path, "/spikes has (4, 1) of class 'char' in cell 1, expected a vector of times in seconds", () => FormatFiles.Open(path));
    }

    [Fact]
    public void Damage_is_refused_in_one_line_or_changes_nothing_that_is_read()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = File.ReadAllBytes(FormatFiles.In("spikes.mat"));
        var random = new Rng(3, "damage");
        for (int n = 0; n < 40; n++)
        {
            byte[] damaged = [.. whole];
            damaged[512 + random.NextInt(whole.Length - 512)] ^= (byte)(1 << random.NextInt(8));
            string path = folder.Write("a.mat", damaged);
            try
            {
                using Recording recording = RecordingFiles.Open(path, RecordingFormat.Mat);
                recording.Units.Read(0, new double[recording.Units.SpikeCount]);
            }
            catch (DataFormatException error)
            {
                Assert.StartsWith(path + ": ", error.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', error.Message);
            }
        }

        Assert.True(Hdf5File.HasSignature(FormatFiles.In("spikes.mat")));
    }
}
