using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Synthetic;
using UnetSpikes.Hdf5;
using Xunit;

namespace UnetSpikes.Tests.Data;

/// <summary>The benchmark's tensors as training takes them: held-in and held-out units and forward bins in one, and which of it may be seen.</summary>
public sealed class NlbFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_validation_file_has_its_targets_in_the_data_sets_group()
    {
        SpikeDataset data = SpikeDataset.Read(Prep("mc_maze_20_val.h5"));

        Assert.Equal((9, 10, 12, 20.0), (data.HeldInUnits, data.ForwardBins, data.UnitIds.Count, data.BinWidthMs));
        Assert.Equal("[21, 45, 12] [7, 45, 12]", $"{data.Train.Counts} {data.Valid.Counts}");
        Assert.Equal(new ObservedPart(35, 9), data.Observed);
        Assert.Null(data.Note);
    }

    /// <summary>Each tensor of the file lies where it belongs, read here by itself.</summary>
    [Theory]
    [InlineData("/train_spikes_heldin", true, 0, 0)]
    [InlineData("/train_spikes_heldout", true, 0, 9)]
    [InlineData("/train_spikes_heldin_forward", true, 35, 0)]
    [InlineData("/train_spikes_heldout_forward", true, 35, 9)]
    [InlineData("/eval_spikes_heldin", false, 0, 0)]
    [InlineData("/mc_maze_20/eval_spikes_heldout", false, 0, 9)]
    [InlineData("/mc_maze_20/eval_spikes_heldin_forward", false, 35, 0)]
    [InlineData("/mc_maze_20/eval_spikes_heldout_forward", false, 35, 9)]
    public void Every_tensor_has_its_place(string key, bool isTraining, int firstBin, int firstUnit)
    {
        SpikeDataset data = SpikeDataset.Read(Prep("mc_maze_20_val.h5"));
        using Hdf5File file = Hdf5File.OpenRead(Prep("mc_maze_20_val.h5"));
        Hdf5Dataset tensor = file.Dataset(key);
        (int bins, int units) = ((int)tensor.Shape[1], (int)tensor.Shape[2]);

        TrialTensor all = (isTraining ? data.Train : data.Valid).Counts;

        Assert.Equal(tensor.Read<float>(), all.Part(firstBin..(firstBin + bins), firstUnit..(firstUnit + units)).Values);
    }

    [Fact]
    public void Targets_may_lie_in_a_file_beside()
    {
        Copy("mc_rtt_20_input.h5");
        string target = Copy("mc_rtt_20_target.h5");
        var options = new LfadsOptions { EvalFileName = Path.GetFileName(target) };

        SpikeDataset data = SpikeDataset.Read(_folder.File("mc_rtt_20_input.h5"), options);

        Assert.Null(data.Note);
        Assert.Equal("[15, 40, 11] [5, 40, 11]", $"{data.Train.Counts} {data.Valid.Counts}");
        Assert.False(data.Valid.Counts.HasGaps());
    }

    [Fact]
    public void Without_targets_some_training_trials_are_for_validation_and_it_is_said()
    {
        SpikeDataset data = SpikeDataset.Read(Prep("mc_maze_20_test.h5")), again = SpikeDataset.Read(Prep("mc_maze_20_test.h5"), new LfadsOptions { Seed = 7 });

        Assert.Equal((22, 6), (data.Train.Counts.Trials, data.Valid.Counts.Trials));
        Assert.Equal(Enumerable.Range(0, 28), data.Train.TrialIds.Concat(data.Valid.TrialIds).Order());
        Assert.Equal(data.Fingerprint, again.Fingerprint);
        Assert.Equal(data.Valid.Counts.Values, again.Valid.Counts.Values);
        Assert.Contains("6 of its 28 training trials are for validation", data.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_bins_can_be_left_out()
    {
        SpikeDataset with = SpikeDataset.Read(Prep("mc_maze_20_val.h5"));

        SpikeDataset without = SpikeDataset.Read(Prep("mc_maze_20_val.h5"), new LfadsOptions { IgnoreForward = true });

        Assert.Equal((0, "[21, 35, 12]", with.Fingerprint), (without.ForwardBins, without.Train.Counts.ToString(), without.Fingerprint));
        Assert.Equal(with.Train.Counts.Part(..35, ..).Values, without.Train.Counts.Values);
    }

    /// <summary>What a simulation writes with held-out units is what it had, true rates too.</summary>
    [Theory]
    [InlineData(2, 3)]
    [InlineData(2, 0)]
    [InlineData(0, 3)]
    [InlineData(0, 0)]
    public void A_simulated_data_set_comes_back(int heldOut, int forwardBins)
    {
        Simulation simulation = LorenzSimulator.Run(new LorenzOptions { Trials = 10, Repeats = 2, Units = 6, DurationMs = 200 }).WithHeldOut(heldOut, forwardBins);
        string path = _folder.File("lorenz.h5");

        simulation.WriteNlb(path, "lorenz");
        SpikeDataset read = SpikeDataset.Read(path), written = simulation.Dataset;

        Assert.Equal((written.HeldInUnits, written.ForwardBins, written.BinWidthMs), (read.HeldInUnits, read.ForwardBins, read.BinWidthMs));
        Assert.Equal((6 - heldOut, forwardBins), (read.HeldInUnits, read.ForwardBins));
        foreach ((SpikeSplit before, SpikeSplit after) in new[] { (written.Train, read.Train), (written.Valid, read.Valid) })
        {
            Assert.Equal(before.Counts.Values, after.Counts.Values);
            Assert.All(before.Rates!.Values.Zip(after.Rates!.Values), pair => Assert.Equal(pair.First, pair.Second, 1e-6f * pair.First));
        }
    }

    /// <summary>Gaps and unknown held-out counts (dmfc_rsg) come through as NaN.</summary>
    [Fact]
    public void What_was_not_recorded_stays_unknown()
    {
        string path = Tensors(("train_spikes_heldin", [2, 3, 2], [1, float.NaN, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), ("train_spikes_heldout", [2, 3, 1], [float.NaN, 1, 2, 3, 4, 5]));

        SpikeDataset data = SpikeDataset.Read(path);
        TrialTensor counts = data.Train.TrialIds[0] == 0 ? data.Train.Counts : data.Valid.Counts;

        Assert.Equal([1, float.NaN, float.NaN, 0, 0, 1, 0, 0, 2], counts.Values);
        Assert.Equal([1, 0, 0, 0, 0, 0], counts.Part(.., ..2).WithZerosForGaps().Values);
    }

    [Fact]
    public void Tensors_that_do_not_fit_each_other_are_refused()
    {
        string path = Tensors(("train_spikes_heldin", [2, 3, 2], new float[12]), ("train_spikes_heldout", [2, 4, 1], new float[8]));

        string message = Assert.Throws<DataFormatException>(() => SpikeDataset.Read(path)).Message;

        Assert.Contains("/train_spikes_heldout has shape (2, 4, 1), expected (2, 3, 1)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Trials_with_forward_bins_are_not_cut()
    {
        string message = Assert.Throws<UsageException>(() => SpikeDataset.Read(Prep("mc_maze_20_val.h5"), new LfadsOptions { TrialLength = 10 })).Message;

        Assert.Contains("MODEL.TRIAL_LENGTH", message, StringComparison.Ordinal);
        Assert.Equal(3 * 21, SpikeDataset.Read(Prep("mc_maze_20_val.h5"), new LfadsOptions { TrialLength = 10, IgnoreForward = true }).Train.Counts.Trials);
    }

    [Fact]
    public void Several_data_sets_in_one_file_need_a_name()
    {
        var values = new float[12];
        string path = Tensors(
            ("train_spikes_heldin", [2, 3, 2], values), ("train_spikes_heldout", [2, 3, 2], values), ("eval_spikes_heldin", [2, 3, 2], values),
            ("a_20/eval_spikes_heldout", [2, 3, 2], values), ("b_20/eval_spikes_heldout", [2, 3, 2], values));

        Assert.Contains("a_20, b_20", Assert.Throws<DataFormatException>(() => SpikeDataset.Read(path)).Message, StringComparison.Ordinal);
    }

    internal static string Prep(string name) => Path.Combine(Path.GetDirectoryName(TestFiles.Golden("layouts.h5"))!, "..", "nlb", name);

    private string Copy(string name)
    {
        File.Copy(Prep(name), _folder.File(name));
        return _folder.File(name);
    }

    private string Tensors(params (string Key, long[] Shape, float[] Values)[] tensors)
    {
        using Hdf5File file = Hdf5File.Create(_folder.File("prep.h5"));
        foreach ((string key, long[] shape, float[] values) in tensors)
        {
            file.Write<float>("/" + key, shape, values);
        }

        file.Flush();
        return file.Path;
    }
}
