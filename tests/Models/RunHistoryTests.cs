using UnetSpikes.Core;
using UnetSpikes.Models.Runs;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Models;

/// <summary>The files of a run folder that are read by others than training.</summary>
public sealed class RunHistoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Points_are_read_back_while_the_run_goes_on()
    {
        using var history = new RunHistory(_folder.File("history.jsonl"), afterStep: 0);
        HistoryPoint[] points = [Logged(1), Logged(50), new() { Step = 50, Seconds = 2, ValidationLoss = 0.25, BitsPerSpike = 0.1, R2Uniform = -1e-7 }];
        foreach (HistoryPoint point in points)
        {
            history.Append(point);
        }

        Assert.Equal(points, RunHistory.Read(_folder.File("history.jsonl")));
        Assert.Equal(
            "{\"step\":50,\"seconds\":2,\"validation_loss\":0.25,\"bits_per_spike\":0.1,\"r2_uniform\":-1E-07}",
            ReadShared(new RunFiles(_folder.Path).History).Split('\n')[2]);
    }

    [Fact]
    public void A_new_run_starts_anew_and_a_resumed_one_drops_what_it_will_do_again()
    {
        string path = _folder.File("history.jsonl");
        Write(path, afterStep: 0, Logged(1), Logged(50), Logged(100), Logged(150));

        Write(path, afterStep: 100, Logged(150));
        Assert.Equal([1L, 50, 100, 150], RunHistory.Read(path).Select(point => point.Step));

        Write(path, afterStep: 0, Logged(1));
        Assert.Equal([1L], RunHistory.Read(path).Select(point => point.Step));
    }

    [Fact]
    public void A_last_line_cut_off_by_a_kill_is_left_out_and_other_damage_is_named()
    {
        string path = _folder.File("history.jsonl");
        Write(path, afterStep: 0, Logged(1));
        File.AppendAllText(path, "{\"step\":50,\"sec");
        Assert.Single(RunHistory.Read(path));

        File.AppendAllText(path, "\n" + "{\"step\":100,\"seconds\":1}\n");
        DataFormatException e = Assert.Throws<DataFormatException>(() => RunHistory.Read(path));
        Assert.Contains("line 2 is not a point", e.Message, StringComparison.Ordinal);
        Assert.Empty(RunHistory.Read(_folder.File("absent")));
    }

    [Fact]
    public void What_is_not_a_number_is_left_out()
    {
        Write(_folder.File("h"), afterStep: 0, new HistoryPoint { Step = 1, Seconds = 0, TrainLoss = 0.5, R2Uniform = double.NaN, GradientNorm = double.PositiveInfinity });

        Assert.Equal(new HistoryPoint { Step = 1, Seconds = 0, TrainLoss = 0.5 }, Assert.Single(RunHistory.Read(_folder.File("h"))));
    }

    [Fact]
    public void What_a_network_never_sees_is_masked_in_a_batch()
    {
        var counts = new TrialTensor(1, 3, 2, [1, 2, 3, 4, 5, float.NaN]);

        BatchSample sample = BatchSample.Of(counts, new ObservedPart(2, 1), [0], [true, false], [0, 3]);

        Assert.Equal([1, 2, 3, 4, 5, 0], sample.Counts.Values);
        Assert.Equal([1, 1, 0, 1, 1, 1], sample.Mask.Values);
        Assert.Equal([0, 0, 3, 0, 0, 0], sample.Input.Values);
    }

    [Fact]
    public void A_batch_is_read_back_and_a_malformed_one_is_refused()
    {
        var counts = new TrialTensor(3, 2, 2, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
        bool[] mask = [true, false, false, false, false, false, true, true];
        // [unit, bin, trial] of trials 2 and 0, with 0 where hidden.
        float[] input = [0, 0, 10, 0, 9, 1, 11, 0];

        BatchSample.Of(counts, new ObservedPart(2, 2), [2, 0], mask, input).Write(_folder.File("batch.safetensors"), 75);
        (BatchSample sample, long step) = BatchSample.Read(_folder.File("batch.safetensors"))!.Value;

        Assert.Equal(75, step);
        Assert.Equal([8, 9, 10, 11, 0, 1, 2, 3], sample.Counts.Values);
        Assert.Equal([1, 0, 0, 0, 0, 0, 1, 1], sample.Mask.Values);
        Assert.Equal([0, 9, 10, 11, 0, 1, 0, 0], sample.Input.Values);
        Assert.Null(BatchSample.Read(_folder.File("absent")));

        UnetSpikes.Models.Safetensors.Write(_folder.File("broken"), [new("counts", new([2], [1, 2]))], new Dictionary<string, string>());
        Assert.Contains("'counts' is missing", Assert.Throws<CheckpointException>(() => BatchSample.Read(_folder.File("broken"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Scores_that_are_null_are_absent_and_no_object_is_refused()
    {
        var files = new RunFiles(_folder.Path);
        Assert.Empty(files.ReadScores());
        File.WriteAllText(files.Result, "{\"r2_uniform\": null, \"seconds\": 1.5, \"checkpoint\": \"x\"}");
        Assert.Equal(new Dictionary<string, double> { ["seconds"] = 1.5 }, files.ReadScores());
        File.WriteAllText(files.Result, "[1]");
        Assert.Throws<DataFormatException>(files.ReadScores);
    }

    private static HistoryPoint Logged(long step) => new() { Step = step, Seconds = step / 10.0, TrainLoss = 1.0 / step, GradientNorm = 3, LearningRate = 1e-3 };

    private static void Write(string path, long afterStep, params HistoryPoint[] points)
    {
        using var history = new RunHistory(path, afterStep);
        foreach (HistoryPoint point in points)
        {
            history.Append(point);
        }
    }

    private static string ReadShared(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd();
    }
}
