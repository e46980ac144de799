using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Hdf5;
using Xunit;

namespace UnetSpikes.Tests.Data;

public class LfadsFileTests
{
    private static readonly int[] TrainTrials = [0, 1, 3, 4];
    private static readonly int[] ValidTrials = [2, 5];

    [Fact]
    public void A_file_of_h5py_reads_with_rates_in_spikes_per_bin()
    {
        SpikeDataset data = LfadsFile.Read(TestFiles.Golden("lfads_small.h5"));

        Assert.Equal(20, data.BinWidthMs);
        Assert.Equal(["0", "1", "2"], data.UnitIds);
        Assert.Equal(TestFiles.Counts(TrainTrials), data.Train.Counts.Values);
        Assert.Equal(TestFiles.Counts(ValidTrials), data.Valid.Counts.Values);
        Assert.Equal(TestFiles.Counts(TrainTrials).Select(c => (c / 2) + 0.25f), data.Train.Rates!.Values);
        Assert.Equal(TrainTrials, data.Train.TrialIds);
        Assert.Equal([0, 0, 1, 1], data.Train.Conditions!);
        Assert.Equal("[4, 6, 2]", data.Train.Latents!.ToString());
        Assert.Equal(data.Train.Counts[3, 5, 1] - 1, data.Train.Latents[3, 5, 1]);
        Assert.Equal(Math.Log(data.Valid.Rates!.Values[7] + 1e-7), data.Valid.LogRates(1e-7)!.Values[7], 1e-6);
    }

    [Fact]
    public void A_file_of_only_counts_has_no_rates_and_no_bin_width_but_the_one_it_names()
    {
        SpikeDataset data = LfadsFile.Read(TestFiles.Golden("lfads_counts_only.h5"));

        Assert.Null(data.Train.Rates);
        Assert.Null(data.Train.LogRates(1e-7));
        Assert.Equal(20, data.BinWidthMs);
        Assert.Null(LfadsFile.Read(TestFiles.Golden("lfads_matlab.h5")).BinWidthMs);
    }

    [Theory]
    [InlineData("lfads_small.h5", 0)]
    [InlineData("lfads_matlab.h5", 1)]
    public void Training_and_validation_merge_by_0_based_and_1_based_indices(string name, int first)
    {
        SpikeDataset data = LfadsFile.Read(TestFiles.Golden(name), new LfadsOptions { MergeTrainValid = true });

        Assert.Equal(TestFiles.Counts(0, 1, 2, 3, 4, 5), data.Train.Counts.Values);
        Assert.Equal(TestFiles.Counts(0, 1, 2, 3, 4, 5).Select(c => (c / 2) + 0.25f), data.Train.Rates!.Values);
        Assert.Equal(Enumerable.Range(first, 6), data.Train.TrialIds);
        Assert.Equal(TestFiles.Counts(ValidTrials), data.Valid.Counts.Values);
    }

    [Fact]
    public void Without_indices_merging_puts_validation_behind_training()
    {
        using var folder = new TemporaryFolder();
        string path = WriteCounts(folder, [1, 2], [3], 1);

        SpikeDataset data = LfadsFile.Read(path, new LfadsOptions { MergeTrainValid = true });

        Assert.Equal([1, 2, 3], data.Train.Counts.Values);
        Assert.Equal([0, 1, 2], data.Train.TrialIds);
    }

    [Fact]
    public void Indices_that_do_not_name_every_trial_once_are_refused_when_merging()
    {
        using var folder = new TemporaryFolder();
        string path = WriteCounts(folder, [1, 2], [3], 1, file =>
        {
            file.Write<long>("/train_inds", [2], [0, 2]);
            file.Write<long>("/valid_inds", [1], [2]);
        });

        Assert.Equal(3, LfadsFile.Read(path).Train.Counts.Trials + LfadsFile.Read(path).Valid.Counts.Trials);
        Assert.Equal(
            $"{path}: /valid_inds has index 2, expected each of 0 … 2 once in train_inds and valid_inds together",
            Refusal(path, new LfadsOptions { MergeTrainValid = true }));
    }

    [Fact]
    public void Trials_are_cut_as_torch_split_and_cat_do_first_pieces_first()
    {
        SpikeDataset whole = LfadsFile.Read(TestFiles.Golden("lfads_small.h5"));

        SpikeDataset cut = LfadsFile.Read(TestFiles.Golden("lfads_small.h5"), new LfadsOptions { TrialLength = 4 });
        SpikeSplit pieces = whole.Train.Chop(2);

        Assert.Equal("[4, 4, 3]", cut.Train.Counts.ToString()); // the last two bins are trimmed
        Assert.Equal(whole.Train.Counts[2, 3, 1], cut.Train.Counts[2, 3, 1]);
        Assert.Equal("[12, 2, 3]", pieces.Counts.ToString());
        for (int piece = 0; piece < 3; piece++)
        {
            for (int trial = 0; trial < 4; trial++)
            {
                Assert.Equal(whole.Train.Counts.Trial(trial).Slice(piece * 6, 6), pieces.Counts.Trial((piece * 4) + trial));
                Assert.Equal(whole.Train.Rates!.Trial(trial).Slice(piece * 6, 6), pieces.Rates!.Trial((piece * 4) + trial));
                Assert.Equal(TrainTrials[trial], pieces.TrialIds[(piece * 4) + trial]);
            }
        }
    }

    [Fact]
    public void Pieces_longer_than_the_trials_name_the_key()
    {
        var error = Assert.Throws<UsageException>(() => LfadsFile.Read(TestFiles.Golden("lfads_small.h5"), new LfadsOptions { TrialLength = 7 }));

        Assert.Equal("MODEL.TRIAL_LENGTH: 7 bins are longer than the trials of 6 bins", error.Message);
    }

    [Fact]
    public void The_overfit_test_keeps_two_trials_and_clipping_lowers_counts()
    {
        SpikeDataset data = LfadsFile.Read(TestFiles.Golden("lfads_small.h5"), new LfadsOptions { OverfitTest = true, MaxCount = 1 });

        Assert.Equal(TestFiles.Counts(0, 1).Select(c => Math.Min(c, 1)), data.Train.Counts.Values);
        Assert.Equal(2, data.Valid.Counts.Trials);
    }

    [Fact]
    public void A_random_subset_is_of_training_only_and_repeats_with_its_seed()
    {
        string path = TestFiles.Golden("lfads_small.h5");
        int[][] chosen = [.. Enumerable.Range(0, 20).Select(seed =>
            LfadsFile.Read(path, new LfadsOptions { TrainFraction = 0.5, Seed = (ulong)seed }).Train.TrialIds)];
        SpikeDataset again = LfadsFile.Read(path, new LfadsOptions { TrainFraction = 0.5, Seed = 3 });

        Assert.All(chosen, ids => Assert.Equal(2, ids.Intersect(TrainTrials).Count()));
        Assert.Equal(chosen[3], again.Train.TrialIds);
        Assert.Equal(2, again.Valid.Counts.Trials);
        Assert.True(chosen.Select(ids => string.Join(',', ids)).Distinct().Count() > 2);
        Assert.Throws<UsageException>(() => LfadsFile.Read(path, new LfadsOptions { TrainFraction = 1.5 }));
    }

    [Fact]
    public void The_fingerprint_is_of_the_counts_alone()
    {
        string a = LfadsFile.Read(TestFiles.Golden("lfads_small.h5")).Fingerprint;
        string b = LfadsFile.Read(TestFiles.Golden("lfads_counts_only.h5"), new LfadsOptions { TrialLength = 2, OverfitTest = true }).Fingerprint;
        using var folder = new TemporaryFolder();
        string other = LfadsFile.Read(WriteCounts(folder, [1, 2], [3], 1)).Fingerprint;

        Assert.Matches("^[0-9a-f]{64}$", a);
        Assert.Equal(a, b);
        Assert.NotEqual(a, other);
    }

    [Fact]
    public void Truth_without_a_conversion_factor_asks_for_the_option()
    {
        string path = TestFiles.Golden("lfads_no_factor.h5");

        SpikeDataset data = LfadsFile.Read(path, new LfadsOptions { ConversionFactor = 50 });

        Assert.Equal(data.Train.Counts.Values.Select(c => (c / 2) + 0.25f), data.Train.Rates!.Values);
        Assert.Equal(
            $"{path}: /conversion_factor is missing, so /train_truth has no known unit; say with --conversion-factor what it is to be divided by to give spikes per bin",
            Refusal(path));
    }

    [Theory]
    [InlineData(-1.0, "/train_data has a negative count, -1, at [1, 0, 0], expected whole spike counts of at least 0")]
    [InlineData(0.5, "/train_data has 0.5 at [1, 0, 0], expected whole spike counts of at least 0")]
    [InlineData(double.NaN, "/train_data has NaN (a gap) at [1, 0, 0], expected whole spike counts of at least 0")]
    [InlineData(1e9, "/train_data has 1000000000 spikes in one bin at [1, 0, 0], expected whole spike counts of at least 0")]
    [InlineData(double.PositiveInfinity, "/train_data has Infinity spikes in one bin at [1, 0, 0], expected whole spike counts of at least 0")]
    public void What_is_no_count_is_named_with_its_place(double value, string problem)
    {
        using var folder = new TemporaryFolder();
        string path = WriteCounts(folder, [1, value], [3], 1);

        Assert.Equal($"{path}: {problem}", Refusal(path));
    }

    [Fact]
    public void Missing_keys_wrong_ranks_and_shapes_that_differ_are_refused()
    {
        using var folder = new TemporaryFolder();

        Assert.EndsWith(": /valid_data is missing, expected a dataset", Refusal(Write(folder, f => f.Write<long>("/train_data", [1, 1, 1], [1]))));
        Assert.EndsWith(": /train_data has 2 axes, expected 3 [trial, bin, unit]", Refusal(Write(folder, f => f.Write<long>("/train_data", [1, 1], [1]))));
        Assert.EndsWith(": /train_data has 1 axis, expected 3 [trial, bin, unit]", Refusal(Write(folder, f => f.WriteStrings("/train_data", ["a"]))));
        Assert.EndsWith(
            ": /valid_data has 2 units where /train_data has 1, expected the same units in both",
            Refusal(Write(folder, f =>
            {
                f.Write<long>("/train_data", [1, 1, 1], [1]);
                f.Write<long>("/valid_data", [1, 1, 2], [1, 1]);
            })));
        Assert.EndsWith(
            ": /train_truth has shape (2, 2, 1), expected that of /train_data, [2, 1, 1]",
            Refusal(WriteCounts(folder, [1, 2], [3], 1, f =>
            {
                f.WriteNumber("/conversion_factor", 50.0);
                f.Write<double>("/train_truth", [2, 2, 1], [1, 2, 3, 4]);
            })));
        Assert.EndsWith(
            ": /train_truth has -2 at element 1, expected rates of at least 0",
            Refusal(WriteCounts(folder, [1, 2], [3], 1, f =>
            {
                f.WriteNumber("/conversion_factor", 50.0);
                f.Write<double>("/train_truth", [2, 1, 1], [1, -2]);
            })));
        Assert.EndsWith(": /conversion_factor is 0, expected a positive number", Refusal(WriteCounts(folder, [1, 2], [3], 1, f =>
        {
            f.WriteNumber("/conversion_factor", 0.0);
            f.Write<double>("/train_truth", [2, 1, 1], [1, 2]);
        })));
        Assert.EndsWith(
            ": /train_latents has shape (1, 1, 3), expected the trials and bins of /train_data, [2, 1, 1]",
            Refusal(WriteCounts(folder, [1, 2], [3], 1, f => f.Write<double>("/train_latents", [1, 1, 3], [1, 2, 3]))));
        Assert.EndsWith(": /dt is not a bin width, expected a positive number", Refusal(WriteCounts(folder, [1, 2], [3], 1, f => f.WriteNumber("/dt", -1.0))));
        Assert.EndsWith(": /unit_ids names 2 units, expected 1", Refusal(WriteCounts(folder, [1, 2], [3], 1, f => f.WriteStrings("/unit_ids", ["a", "b"]))));
        Assert.EndsWith(": /condition_labels_train has shape (1,), expected 2 numbers, one per trial", Refusal(WriteCounts(folder, [1, 2], [3], 1, f => f.Write<long>("/condition_labels_train", [1], [1]))));
        Assert.EndsWith(": /train_inds has 0.5 at [0], expected whole numbers", Refusal(WriteCounts(folder, [1, 2], [3], 1, f => f.Write<double>("/train_inds", [2], [0.5, 1]))));
    }

    [Fact]
    public void A_file_cut_short_anywhere_is_refused_or_reads_right()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = File.ReadAllBytes(TestFiles.Golden("lfads_small.h5"));
        int refused = 0;
        for (int length = 0; length < bytes.Length; length += 97)
        {
            string path = folder.Write("cut.h5", bytes.AsSpan(0, length));
            try
            {
                Assert.Equal(TestFiles.Counts(TrainTrials), LfadsFile.Read(path).Train.Counts.Values);
            }
            catch (DataFormatException e)
            {
                refused++;
                Assert.StartsWith(path + ": ", e.Message, StringComparison.Ordinal);
                Assert.DoesNotContain('\n', e.Message);
            }
        }

        Assert.True(refused > bytes.Length / 97 / 2);
    }

    [Fact]
    public void Claimed_sizes_are_not_believed()
    {
        using var folder = new TemporaryFolder();
        string path = Write(folder, f => f.CreateDataset(
            "/train_data", Hdf5Type.Int64, [10_000, 10_000, 100], new Hdf5Storage { Chunk = [1, 100, 100], GzipLevel = 1 }));

        Assert.Contains("/train_data claims shape (10000, 10000, 100), impossible in a file of ", Refusal(path), StringComparison.Ordinal);
    }

    private static string Refusal(string path, LfadsOptions? options = null) =>
        Assert.Throws<DataFormatException>(() => LfadsFile.Read(path, options)).Message;

    private static string Write(TemporaryFolder folder, Action<Hdf5File> write)
    {
        string path = folder.File(Guid.NewGuid().ToString("N") + ".h5");
        using Hdf5File file = Hdf5File.Create(path);
        write(file);
        return path;
    }

    private static string WriteCounts(TemporaryFolder folder, double[] train, double[] valid, int units, Action<Hdf5File>? more = null) =>
        Write(folder, f =>
        {
            f.Write<double>("/train_data", [train.Length / units, 1, units], train);
            f.Write<double>("/valid_data", [valid.Length / units, 1, units], valid);
            more?.Invoke(f);
        });
}
