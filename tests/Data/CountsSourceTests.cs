using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Hdf5;
using Xunit;

namespace UnetSpikes.Tests.Data;

public class CountsSourceTests
{
    [Fact]
    public void The_counts_of_an_LFADS_file_read_by_slabs()
    {
        using CountsSource source = CountsSource.Open(TestFiles.Golden("lfads_small.h5"));
        CountsArray train = source.Array("train_data");
        var slab = new float[4 * 3];

        train.Read(2, 1, 4, slab);

        Assert.Equal(["train_data", "valid_data"], source.Arrays.Select(a => a.Name));
        Assert.Equal((4, 6, 3), (train.Trials, train.Bins, train.Units));
        Assert.Equal(20, train.BinWidthMs);
        Assert.Equal([0, 1, 3, 4], train.TrialIds!);
        Assert.Equal(TestFiles.Counts(3)[3..15], slab);
    }

    [Fact]
    public void One_long_trial_NLB_keys_and_gaps_are_taken()
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, f =>
        {
            f.Write<float>("/spikes", [4, 2], [1, 0, float.NaN, 2, 0, 0, 3, 1]);
            f.Write<long>("/eval_spikes_heldin", [1, 1, 2], [1, 1]);
            f.Write<long>("/behaviour", [3], [1, 1, 1]);
            f.WriteStrings("/unit_ids", ["a", "b"]);
            f.WriteAttribute("/", "bin_ms", 5.0);
            f.WriteAttribute("/spikes", "bin_ms", 10.0);
        });

        using CountsSource source = CountsSource.Open(path);
        CountsArray spikes = source.Array("spikes");
        var slab = new float[6];
        spikes.Read(0, 1, 3, slab);

        Assert.Equal(["eval_spikes_heldin", "spikes"], source.Arrays.Select(a => a.Name));
        Assert.Equal((1, 4, 2), (spikes.Trials, spikes.Bins, spikes.Units));
        Assert.Equal([float.NaN, 2, 0, 0, 3, 1], slab);
        Assert.Equal((10.0, 5.0), (spikes.BinWidthMs, source.Array("eval_spikes_heldin").BinWidthMs));
        Assert.Equal(["a", "b"], source.UnitIds!);
        Assert.Null(spikes.TrialIds);
    }

    [Fact]
    public void What_is_no_count_is_named_with_its_place_in_the_file()
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, f =>
        {
            f.Write<float>("/spikes", [4, 2], [1, 0, 0, 2, 0, 0, 3, -1]);
            f.Write<float>("/train_data", [2, 2, 2], [0, 0, 0, 0, 0, 0, 0.25f, 0]);
        });
        using CountsSource source = CountsSource.Open(path);

        source.Array("spikes").Read(0, 0, 3, new float[6]); // the slab without it is fine
        var negative = Assert.Throws<DataFormatException>(() => source.Array("spikes").Read(0, 3, 1, new float[2]));
        var fraction = Assert.Throws<DataFormatException>(() => source.Array("train_data").Read(1, 1, 1, new float[2]));

        Assert.Equal($"{path}: /spikes has a negative count, -1, at [3, 1], expected whole spike counts of at least 0", negative.Message);
        Assert.Equal($"{path}: /train_data has 0.25 at [1, 1, 0], expected whole spike counts of at least 0", fraction.Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Array("spikes").Read(0, 2, 3, new float[6]));
        Assert.Throws<ArgumentException>(() => source.Array("spikes").Read(0, 2, 2, new float[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Array("spikes").Read(1, 0, 1, new float[2]));
    }

    [Fact]
    public void A_slab_larger_than_the_buffer_is_read_in_halves_that_join()
    {
        using var folder = new TemporaryFolder();
        const int Bins = 3001, Units = 701; // 2.1 million values, twice the buffer
        long[] values = [.. Enumerable.Range(0, Bins * Units).Select(i => i % 97L)];
        string path = Write(folder, f => f.Write<long>("/counts", [Bins, Units], values, Hdf5Storage.Compressed([Bins, Units], 8, 1)));
        using CountsSource source = CountsSource.Open(path);
        var slab = new float[Bins * Units];

        source.Array("counts").Read(0, 0, Bins, slab);

        Assert.Equal(values.Select(v => (float)v), slab);
    }

    [Fact]
    public void Files_without_counts_or_with_counts_of_a_wrong_rank_are_refused()
    {
        using var folder = new TemporaryFolder();
        string none = Write(folder, f => f.Write<long>("/x", [1], [1]));
        string flat = Write(folder, f => f.Write<long>("/train_data", [2], [1, 1]));
        string text = Write(folder, f => f.WriteStrings("/spikes", ["a"]));

        Assert.Equal($"{none}: / holds no spike counts, expected train_data, valid_data, *_spikes*, spikes, counts or data", Refusal(none));
        Assert.Equal($"{flat}: /train_data has 1 axis, expected 3 [trial, bin, unit] or 2 [bin, unit]", Refusal(flat));
        Assert.Equal($"{text}: /spikes is of type string, expected spike counts", Refusal(text));
        using CountsSource source = CountsSource.Open(TestFiles.Golden("lfads_small.h5"));
        Assert.EndsWith(": /test_data is missing, expected one of train_data, valid_data", Assert.Throws<DataFormatException>(() => source.Array("test_data")).Message);
    }

    private static string Refusal(string path) => Assert.Throws<DataFormatException>(() => CountsSource.Open(path)).Message;

    private static string Write(TemporaryFolder folder, Action<Hdf5File> write)
    {
        string path = folder.File(Guid.NewGuid().ToString("N") + ".h5");
        using Hdf5File file = Hdf5File.Create(path);
        write(file);
        return path;
    }
}
