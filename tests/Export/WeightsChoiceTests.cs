using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Tests.Train;
using Xunit;

namespace UnetSpikes.Tests.Export;

/// <summary>Of a run that keeps an average of its weights, what is asked for is what is exported, with the running statistics that belong to it.</summary>
public sealed class WeightsChoiceTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    /// <summary>At the end of a run whose last step is the best, the average lies in both files: once as the weights, once beside the newest.</summary>
    [Fact]
    public void The_average_in_the_last_checkpoint_is_the_model_that_validation_scored()
    {
        Train();
        Checkpoint best = _tiny.Best("run"), last = _tiny.Last("run");
        Assert.Equal(last.Step, best.Step);

        string fromBest = Export("best.safetensors"), fromLast = Export("last.safetensors", "--weights", "ema"), newest = Export("last.safetensors", "--weights", "raw");

        float[] expected = LogRates(fromBest);
        Assert.Equal(expected, LogRates(fromLast));
        Assert.NotEqual(expected, LogRates(newest));
    }

    [Fact]
    public void A_checkpoint_from_before_averages_had_statistics_resumes_and_is_written_anew()
    {
        Train();
        string path = Path.Combine(_tiny.File("run"), "last.safetensors");
        (_tiny.Last("run") with { AverageStatistics = null }).Save(path);

        (int code, string error) = Run(path, _tiny.File("old.onnx"), "--weights", "ema");
        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("is from before averages were kept with their running statistics, expected one that train --resume wrote since, or the run's best.safetensors (--weights ema)", error);

        Assert.Equal(0, _tiny.Resume("run", 31).Code);
        (code, error) = Run(path, _tiny.File("new.onnx"), "--weights", "ema");
        Assert.True(code == 0, error);
        Assert.Contains("last.safetensors (step 31, ema weights)", error);
    }

    [Theory]
    [InlineData("none", false, "raw", null)]
    [InlineData("none", false, "ema", "keeps no average of its weights (TRAIN.AVERAGE) (--weights ema)")]
    [InlineData("ema", false, "ema", null)]
    [InlineData("ema", false, "swa", "keeps another average, ema")]
    [InlineData("ema", false, "raw", "holds the ema average alone, expected the run's last.safetensors")]
    [InlineData("swa", true, "raw", null)]
    [InlineData("swa", true, "ema", "keeps another average, swa")]
    public void The_weights_to_export_are_chosen_where_the_file_has_them(string average, bool isLast, string weights, string? problem)
    {
        Checkpoint checkpoint = Kept(ExportFixtures.Small(), average);
        checkpoint = isLast ? checkpoint with { Average = new float[checkpoint.Parameters.Length] } : checkpoint;
        var choice = new WeightsChoice(weights);

        if (problem is null)
        {
            Assert.Equal(checkpoint.Parameters, choice.Of("x", checkpoint).Parameters);
        }
        else
        {
            Assert.Contains(problem, Assert.Throws<CheckpointException>(() => choice.Of("x", checkpoint)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_average_without_normalisations_needs_no_statistics()
    {
        var model = new ModelOptions { Architecture = UnetSpikes.Models.Architecture.Ndt, Channels = 6, Layers = 1, Ndt = new() { Positions = PositionKind.None, HiddenSize = 16 } };
        Checkpoint newest = Kept(ExportFixtures.Small(model), "ema");
        float[] average = Array.ConvertAll(newest.Parameters, p => p / 2);

        Assert.Equal(average, new WeightsChoice("ema").Of("x", newest with { Average = average }).Parameters);
        Assert.Equal(newest.Parameters, new WeightsChoice("raw").Of("x", newest with { Average = average }).Parameters);
    }

    private static Checkpoint Kept(Checkpoint checkpoint, string average) => checkpoint with { Run = new Dictionary<string, string> { ["config"] = $"TRAIN:\n  AVERAGE: {average}\n" } };

    private void Train()
    {
        (int code, _, string error) = _tiny.Train("run", 30, "--set", "TRAIN.AVERAGE=ema", "--set", "TRAIN.VAL_INTERVAL=100");
        Assert.True(code == 0, error);
    }

    private string Export(string checkpoint, params string[] more)
    {
        string model = _tiny.File($"{checkpoint}{string.Concat(more)}.onnx");
        (int code, string error) = Run(Path.Combine(_tiny.File("run"), checkpoint), model, more);
        Assert.True(code == 0, error);
        return model;
    }

    private static (int Code, string Error) Run(string checkpoint, string model, params string[] more)
    {
        using StringWriter output = new(), error = new();
        // After 30 steps R2 is some thousands below zero, of which rounding is more than the usual 0.002.
        int code = ToolHost.Run(ExportCommand.Create(), ["--checkpoint", checkpoint, "--out", model, "--threads", "1", "--max-loss", "1", .. more], output, error);
        return (code, error.ToString());
    }

    private static float[] LogRates(string model)
    {
        var counts = new TrialTensor(2, 21, 6);
        var rng = new Rng(1, "counts");
        for (int i = 0; i < counts.Values.Length; i++)
        {
            counts.Values[i] = rng.NextPoisson(0.7);
        }

        using var session = ExportFixtures.Session(File.ReadAllBytes(model));
        return ExportFixtures.Run(session, counts)[InferenceGraph.LogRates].Values<float>();
    }
}
