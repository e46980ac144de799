using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Models;
using UnetSpikes.Train;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>The average of the parameters is what it says, step by step, and it is what a run validates and keeps.</summary>
public sealed class WeightAverageTests : IDisposable
{
    private static readonly SpikeNetwork Network = new ModelOptions { Layers = 1, Channels = 4, LatentDim = 2 }.Build();

    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void An_exponential_average_is_a_mean_at_first_and_decays_from_then_on()
    {
        var ema = new WeightAverage(AverageMode.Ema, Decay: 0.75);

        Assert.Equal([1, 1 / 2.0, 1 / 3.0, 1 / 4.0, 1 / 4.0, 1 / 4.0], Weights(ema, 6));
    }

    [Fact]
    public void A_plain_mean_begins_where_it_is_told()
    {
        Assert.Equal([1, 1, 1, 1 / 2.0, 1 / 3.0, 1 / 4.0], Weights(new WeightAverage(AverageMode.Swa, Start: 3), 6));
        Assert.Equal([1, 1, 1, 1, 1, 1 / 2.0], Weights(new WeightAverage(AverageMode.Swa, Start: 0.75), 6));
        Assert.Equal([1, 1 / 2.0], Weights(new WeightAverage(AverageMode.Swa, Start: 0), 2));
    }

    /// <summary>Against the definition: the mean of the parameters after each step, read out one by one.</summary>
    [Theory]
    [InlineData(AverageMode.Ema, 0.5)]
    [InlineData(AverageMode.Swa, 0)]
    public void The_step_keeps_the_average_of_what_it_made(AverageMode mode, double decay)
    {
        var options = new TrainOptions { DataFile = "", Updates = 12, Average = new WeightAverage(mode, decay, Start: 4) };
        using TrainingStep step = Start(options);
        double[] expected = new double[Network.Parameters.Count];

        for (int i = 1; i <= 12; i++)
        {
            step.Run(0.01, i);
            NetworkState state = step.ReadState();
            double w = options.Average.NewestWeight(i, 12);
            expected = [.. expected.Zip(state.Parameters, (old, newest) => ((1 - w) * old) + (w * newest))];
            Assert.True(ModelRuns.Distance(expected, state.Average!.Select(x => (double)x)) < 1e-6, $"step {i}");
            Assert.Equal(w == 1, state.Parameters.AsSpan().SequenceEqual(state.Average));
        }
    }

    /// <summary>Each batch's statistics the long way: a training step moves the running ones a tenth of the way towards them.</summary>
    [Fact]
    public void Averaged_weights_get_running_statistics_of_their_own_over_the_training_batches()
    {
        const int Batch = 5;
        var options = new TrainOptions { DataFile = "", Seed = 9, RescalesVisible = true, BatchSize = Batch };
        var counts = new TrialTensor(12, 9, 4);
        var rng = new Rng(1, "counts");
        for (int i = 0; i < counts.Values.Length; i++)
        {
            counts.Values[i] = rng.NextPoisson(0.8);
        }

        var filling = Filling.Of(MaskFill.Zero, counts);
        NetworkState newest = AtStart() with { Average = Network.Parameters.Initialize(new Rng(4, "average")) };
        using var averaged = new AveragedWeights(Network, counts, options, filling, Device.Cpu, threads: 1);

        NetworkState kept = averaged.Of(newest);

        var batches = new TrainingBatches(counts, options, filling, from: null);
        double[] expected = new double[Network.RunningStatistics.Count];
        for (int i = 0; i < 3; i++)
        {
            using var step = new TrainingStep(Network, Batch, 9, options, ModelRuns.AtStart(Network, newest.Average, newest.RunningStatistics), Device.Cpu, threads: 1);
            batches.Next(i + 1, step.Input, step.Weights, step.WeightedCounts);
            step.Run(0.01, 1);
            expected = [.. expected.Zip(step.ReadState().RunningStatistics.Zip(newest.RunningStatistics), (sum, s) => sum + ((s.First - (0.9 * s.Second)) / 0.1 / 3))];
        }

        Assert.Same(newest.Average, kept.Parameters);
        Assert.Null(kept.Average);
        // A tenth of float32's rounding, times ten.
        Assert.True(ModelRuns.Distance(expected, kept.RunningStatistics.Select(x => (double)x)) < 1e-5);

        NetworkState other = averaged.Of(newest with { Average = Network.Parameters.Initialize(new Rng(5, "average")) });
        Assert.NotEqual(kept.RunningStatistics, other.RunningStatistics);
        Assert.Equal(kept.RunningStatistics, averaged.Of(newest with { Average = [.. newest.Average] }).RunningStatistics);
    }

    [Theory]
    [InlineData("ema")]
    [InlineData("swa")]
    public void The_average_is_what_is_validated_and_kept_and_both_are_there_to_go_on(string mode)
    {
        string[] settings = ["--set", "TRAIN.SWA_START=5", "--set", "TRAIN.VAL_INTERVAL=100"];
        _tiny.Train("newest", 30, settings);
        (int code, string output, string error) = _tiny.Train("averaged", 30, [.. settings, "--set", $"TRAIN.AVERAGE={mode}"]);

        Assert.True(code == 0, error);
        Checkpoint last = _tiny.Last("averaged"), best = _tiny.Best("averaged");
        Assert.Equal(_tiny.Last("newest").Parameters, last.Parameters);
        Assert.NotNull(last.Average);
        Assert.NotEqual(last.Parameters, last.Average);
        Assert.Equal(last.Average, best.Parameters);
        Assert.NotEqual(last.RunningStatistics, best.RunningStatistics);
        Assert.Equal(last.AverageStatistics, best.RunningStatistics);
        Assert.Null(best.Average);
        Assert.Null(_tiny.Last("newest").Average);
        SpikeDataset data = LfadsFile.Read(_tiny.Data);
        using var validation = new Validation(best.Model.Build(), data.Valid, new TrainOptions { DataFile = "" }, Filling.Of(MaskFill.Zero, data.Train.Counts), Device.Cpu, threads: 1);
        ValidationScores scores = validation.Score([NetworkState.Of(best)], out _);
        Assert.Equal(scores.BitsPerSpike, TinyRun.LastLine(output).GetProperty("bits_per_spike").GetDouble(), 1e-6);
    }

    [Fact]
    public void A_run_that_is_told_to_average_later_starts_from_where_it_stands()
    {
        _tiny.Train("run", 20);
        float[] before = _tiny.Last("run").Parameters;

        (int code, _, string error) = _tiny.Resume("run", 21, "--set", "TRAIN.AVERAGE=ema", "--set", "TRAIN.EMA_DECAY=0.9");

        Assert.True(code == 0, error);
        Checkpoint after = _tiny.Last("run");
        double[] expected = [.. before.Zip(after.Parameters, (old, newest) => (0.9 * old) + (0.1 * newest))];
        Assert.True(ModelRuns.Distance(expected, after.Average!.Select(x => (double)x)) < 1e-6);
    }

    private static double[] Weights(WeightAverage average, int steps) => [.. Enumerable.Range(1, steps).Select(step => average.NewestWeight(step, steps))];

    private static NetworkState AtStart()
    {
        var rng = new Rng(2, "weights");
        return ModelRuns.AtStart(Network, Network.Parameters.Initialize(rng), Network.RunningStatistics.Initialize(rng));
    }

    private static TrainingStep Start(TrainOptions options)
    {
        float[] counts = [.. Enumerable.Range(0, 3 * 9 * 4).Select(i => (float)(i % 3))];
        bool[] mask = [.. counts.Select((_, i) => i % 4 == 0)];
        return ModelRuns.Step(Network, AtStart(), options, counts, mask, trials: 3);
    }
}
