using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Models;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>Batches of several sizes: which size has its turn, and that the state goes along from session to session.</summary>
public sealed class BatchSizesTests : IDisposable
{
    private static readonly SpikeNetwork Network = new ModelOptions { Layers = 1, Channels = 4, LatentDim = 2 }.Build();

    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Sizes_follow_one_another_at_their_updates()
    {
        BatchSizes sizes = BatchSizes.Parse("64@0, 256@10,16@12")!;
        var rng = new Rng(1, "batch sizes");
        ulong[] before = rng.State;

        Assert.Equal([64, 64, 256, 256, 16, 16], new long[] { 1, 9, 10, 11, 12, 99 }.Select(step => sizes.At(step, rng)));
        Assert.Equal(before, rng.State);
        Assert.Equal(256, sizes.Largest);
    }

    [Fact]
    public void Sizes_without_updates_are_drawn_each_as_often()
    {
        BatchSizes sizes = BatchSizes.Parse("8,16,32")!;
        var rng = new Rng(1, "batch sizes");

        int[] drawn = [.. Enumerable.Range(1, 3000).Select(step => sizes.At(step, rng))];

        // 1000 each, standard deviation 26.
        Assert.All(new[] { 8, 16, 32 }, size => Assert.InRange(drawn.Count(d => d == size), 850, 1150));
    }

    /// <summary>The sampler knows how many trials were dealt: 5 × 4 and 6 × 8 are 68, two epochs of 32 trials and 4.</summary>
    [Fact]
    public void A_run_makes_batches_of_the_sizes_it_was_told()
    {
        (int code, _, string error) = _tiny.Train("run", 11, "--set", "TRAIN.BATCH_SIZES=4@0,8@6");

        Assert.True(code == 0, error);
        Assert.Contains("\"Dealt\":4", _tiny.Last("run").Run["progress"], StringComparison.Ordinal);
    }

    [Fact]
    public void The_state_goes_along_when_the_size_changes_and_comes_back()
    {
        var options = new TrainOptions { DataFile = "", Average = new WeightAverage(AverageMode.Ema) };
        var rng = new Rng(2, "weights");
        NetworkState start = ModelRuns.AtStart(Network, Network.Parameters.Initialize(rng), Network.RunningStatistics.Initialize(rng));
        TrainingStep Make(int batch, NetworkState state) => new(Network, batch, bins: 6, options, state, Device.Cpu, threads: 1);
        using var steps = new TrainingSteps(Make, Make(2, start));

        foreach ((int batch, long number) in new[] { (2, 1L), (3, 2L), (2, 3L), (3, 4L) })
        {
            NetworkState before = steps.Current.ReadState();
            TrainingStep step = steps.For(batch);
            RequireSame(before, step.ReadState());

            step.Input.Fill(1);
            step.Weights.Fill(1f / step.Weights.Length);
            step.WeightedCounts.Fill(2f / step.Weights.Length);
            step.Run(0.01, number);
            Assert.NotEqual(before.Parameters, step.ReadState().Parameters);
        }
    }

    private static void RequireSame(NetworkState expected, NetworkState actual)
    {
        foreach (string name in TrainingGraph.StateNames(Network, new UpdateRule(KeepsAverage: true)))
        {
            Assert.Equal(expected[name], actual[name]);
        }
    }
}
