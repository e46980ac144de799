using UnetSpikes.Models.Runs;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>What training leaves for the report.</summary>
public sealed class HistoryTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Every_logged_step_and_validation_is_a_point()
    {
        (_, string output, _) = _tiny.Train("run", 60, "--set", "TRAIN.LOG_INTERVAL=20");

        IReadOnlyList<HistoryPoint> points = Read("run");
        Assert.Equal([1L, 20, 40, 60], points.Where(p => p.TrainLoss is not null).Select(p => p.Step));
        Assert.Equal([25L, 50, 60], points.Where(p => p.ValidationLoss is not null).Select(p => p.Step));
        Assert.All(points.Where(p => p.TrainLoss is not null), p => Assert.True(p.GradientNorm > 0 && p.LearningRate > 0 && p.ValidationLoss is null));
        Assert.True(points.Zip(points.Skip(1), (a, b) => b.Seconds >= a.Seconds).All(ordered => ordered));

        // The kept validation is the one the run reports.
        var result = TinyRun.LastLine(output);
        HistoryPoint kept = points.Single(p => p.ValidationLoss is not null && p.Step == result.GetProperty("best_step").GetInt64());
        Assert.Equal(result.GetProperty("bits_per_spike").GetDouble(), kept.BitsPerSpike);
        Assert.Equal(result.GetProperty("r2_uniform").GetDouble(), kept.R2Uniform);
        Assert.Equal(points.Where(p => p.ValidationLoss is not null).Min(p => p.ValidationLoss), kept.ValidationLoss);
    }

    [Fact]
    public void A_resumed_run_has_the_curves_of_one_that_never_stopped()
    {
        _tiny.Train("whole", 80, "--set", "TRAIN.LOG_INTERVAL=10");
        _tiny.Train("halves", 40, "--set", "TRAIN.LOG_INTERVAL=10");
        // As after a kill: points of steps that the checkpoint does not have.
        File.AppendAllText(new RunFiles(_tiny.File("halves")).History, "{\"step\":50,\"seconds\":9,\"train_loss\":7}\n{\"step\":55,\"sec");

        Assert.Equal(0, _tiny.Resume("halves", 80).Code);

        // The first part ended at step 40 and was validated there, which the whole run was not.
        Assert.Equal(Curves(Read("whole")), Curves(Read("halves").Where(p => p.Step != 40 || p.TrainLoss is not null)));
    }

    [Fact]
    public void Force_starts_the_curves_anew()
    {
        _tiny.Train("run", 60);
        _tiny.Train("run", 10, "--force");

        Assert.All(Read("run"), point => Assert.True(point.Step <= 10));
    }

    [Theory]
    [InlineData("false", 1)]
    [InlineData("true", 4.0 / 3)]
    public void The_batch_shows_what_was_hidden_and_what_was_seen(string rescale, double scale)
    {
        _tiny.Train("run", 30, "--set", "TRAIN.MASK_RESCALE=" + rescale);

        (BatchSample sample, long step) = BatchSample.Read(new RunFiles(_tiny.File("run")).Batch)!.Value;

        Assert.Equal(30, step);
        Assert.Equal((4, 20, 6), (sample.Counts.Trials, sample.Counts.Bins, sample.Counts.Units));
        Assert.InRange(sample.Mask.Values.Average(), 0.15, 0.35);
        Assert.Contains(sample.Counts.Values.Zip(sample.Mask.Values), entry => entry.First > 0 && entry.Second == 1);
        for (int i = 0; i < sample.Counts.Values.Length; i++)
        {
            Assert.Equal(sample.Mask.Values[i] == 1 ? 0 : sample.Counts.Values[i] * scale, sample.Input.Values[i], 1e-6);
        }
    }

    private IReadOnlyList<HistoryPoint> Read(string run) => RunHistory.Read(new RunFiles(_tiny.File(run)).History);

    /// <summary>All but the time, which no two runs share.</summary>
    private static HistoryPoint[] Curves(IEnumerable<HistoryPoint> points) => [.. points.Select(point => point with { Seconds = 0 })];
}
