using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>A run that was stopped goes on as if it had never been: the same weights, bit for bit.</summary>
public sealed class ResumeTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("TRAIN.MASK_MODE=entry")]
    [InlineData("TRAIN.MASK_MODE=timestep")]
    [InlineData("MODEL.NAME=cnn")]
    [InlineData("TRAIN.BATCH_SIZES=4@0,8@60,3@150", "TRAIN.AVERAGE=ema")]
    [InlineData("TRAIN.BATCH_SIZES=2,4,8")]
    [InlineData("TRAIN.OPTIMIZER=adam")]
    [InlineData("TRAIN.OPTIMIZER=adamw", "TRAIN.WEIGHT_DECAY=0.1")]
    [InlineData("TRAIN.LR.SCHEDULE=plateau", "TRAIN.LR.PATIENCE=0", "TRAIN.LR.INIT=0.05", "TRAIN.VAL_INTERVAL=10")]
    [InlineData("TRAIN.AVERAGE=ema")]
    [InlineData("TRAIN.AVERAGE=swa", "TRAIN.SWA_START=60")]
    [InlineData("MODEL.NAME=resunet", "MODEL.DROPOUT=0.2", "MODEL.DROPOUT_INPUT=0.1", "MODEL.DROPOUT_RATES=0.1")]
    [InlineData("MODEL.NAME=resunet", "MODEL.CODE=4", "MODEL.DROPOUT_CODE=0.3", "MODEL.FILM=true", "TRAIN.BATCH_SIZES=2,4,8", "TRAIN.AVERAGE=ema")]
    [InlineData("MODEL.NAME=resunet", "MODEL.TOP=both", "MODEL.POSITIONS=learned", "MODEL.DROPOUT=0.2")]
    [InlineData("MODEL.NAME=ndt", "MODEL.HIDDEN_SIZE=8")]
    public void Two_hundred_steps_are_a_hundred_and_another_hundred(params string[] settings)
    {
        string[] options = [.. settings.SelectMany(setting => (string[])["--set", setting])];
        Assert.Equal(0, _tiny.Train("whole", 200, options).Code);
        Assert.Equal(0, _tiny.Train("halves", 100, options).Code);
        float[] atHalf = _tiny.Last("halves").Parameters;

        (int code, string output, string error) = _tiny.Resume("halves", 200);

        Assert.True(code == 0, error);
        Assert.Equal(200, TinyRun.LastLine(output).GetProperty("steps").GetInt32());
        Checkpoint whole = _tiny.Last("whole"), halves = _tiny.Last("halves");
        Assert.NotEqual(atHalf, whole.Parameters);
        RequireSame(whole, halves);
        RequireSame(_tiny.Best("whole"), _tiny.Best("halves"));
    }

    public static TheoryData<string> Recipes() =>
    [
        "",
        // Everything that draws or moves with the steps, at once.
        "TRAIN.MASK_MODE=span TRAIN.MASK_MAX_SPAN=4 TRAIN.MASK_SPAN_PROB=0.8 TRAIN.MASK_SPAN_RAMP_START=2 TRAIN.MASK_SPAN_RAMP_END=30 TRAIN.MASK_RATIO=0.2 "
            + "TRAIN.MASK_RATIO_MAX=0.6 TRAIN.MASK_FILL=channel TRAIN.MASK_RESCALE=true TRAIN.MASK_TOKEN_RATIO=0.7 TRAIN.FLIP=0.5 TRAIN.JITTER=3 TRAIN.UNIT_DROPOUT=0.3",
        "TRAIN.MASK_MODE=thin TRAIN.MASK_RATIO=0.2 TRAIN.MASK_RATIO_END=0.7 TRAIN.FLIP=0.5 TRAIN.JITTER=3 TRAIN.UNIT_DROPOUT=0.3",
    ];

    [Theory]
    [MemberData(nameof(Recipes))]
    public void A_run_stopped_at_any_step_goes_on_bit_for_bit(string recipe)
    {
        string[] settings = [.. recipe.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        _tiny.Train("whole", 50, [.. settings.SelectMany(set => new[] { "--set", set })]);
        foreach (int stop in new[] { 1, 6 })
        {
            string folder = "stopped" + stop.ToString(CultureInfo.InvariantCulture);
            StopAfter(stop, folder, settings);

            Assert.Equal(0, _tiny.Resume(folder, 50).Code);

            RequireSame(_tiny.Last("whole"), _tiny.Last(folder));
            RequireSame(_tiny.Best("whole"), _tiny.Best(folder));
        }
    }

    [Fact]
    public void A_finished_run_resumes_to_its_own_result()
    {
        (_, string first, _) = _tiny.Train("run", 30);

        (int code, string again, string error) = _tiny.Resume("run", 30);

        Assert.True(code == 0, error);
        Assert.Equal(TinyRun.LastLine(first).GetProperty("r2_uniform").GetDouble(), TinyRun.LastLine(again).GetProperty("r2_uniform").GetDouble());
    }

    [Fact]
    public void A_run_stopped_before_its_first_validation_and_given_no_more_steps_still_reports()
    {
        StopAfter(3, "run", []);

        (int code, string output, string error) = _tiny.Resume("run", 3);

        Assert.True(code == 0, error);
        Assert.Equal(3, TinyRun.LastLine(output).GetProperty("best_step").GetInt32());
    }

    [Fact]
    public void Another_model_or_other_data_are_refused()
    {
        _tiny.Train("run", 10);
        string other = _tiny.Write("other.h5", data =>
        {
            data.Train.Counts.Values[0] += 1;
            return data;
        });

        (int code, _, string error) = _tiny.Resume("run", 20, "--set", "MODEL.LATENT_DIM=4");
        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("'model' is", error, StringComparison.Ordinal);

        (code, _, error) = _tiny.Resume("run", 20, "--data", other);
        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("'data' was another data set", error, StringComparison.Ordinal);

        (code, _, error) = _tiny.Resume("run", 20, "--set", "DATA.OVERFIT_TEST=true");
        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("'progress' had dealt 16 trials", error, StringComparison.Ordinal);

        Assert.Equal(ExitCode.Usage, _tiny.Resume("run", 20, "--config", "any.yaml").Code);
        Assert.Equal(10, _tiny.Last("run").Step);
    }

    [Theory]
    [InlineData("\"Dealt\":16", "\"Dealt\":-1")]
    [InlineData("\"Dealt\":16", "\"Dealt\":null")]
    [InlineData("\"EpochStart\":[", "\"EpochStart\":[1,")]
    [InlineData("\"MaskStream\":[", "\"MaskStream\":null,\"Other\":[")]
    [InlineData("\"flips\":[", "\"flips\":null,\"other\":[")]
    [InlineData("\"jitter\":[", "\"jitter\":[7,")]
    [InlineData("{", "[")]
    public void Progress_that_cannot_be_is_refused(string sound, string broken)
    {
        _tiny.Train("run", 10);
        Checkpoint last = _tiny.Last("run");
        Assert.Contains(sound, last.Run["progress"], StringComparison.Ordinal);
        var entries = new Dictionary<string, string>(last.Run) { ["progress"] = last.Run["progress"].Replace(sound, broken, StringComparison.Ordinal) };
        (last with { Run = entries }).Save(Path.Combine(_tiny.File("run"), "last.safetensors"));

        (int code, _, string error) = _tiny.Resume("run", 20);

        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("'progress' cannot be understood", error, StringComparison.Ordinal);
    }

    /// <summary>Runs from before batches had more streams than the masks': they go on, the new streams at their start.</summary>
    [Fact]
    public void A_run_without_the_batches_streams_resumes()
    {
        _tiny.Train("run", 10);
        Checkpoint last = _tiny.Last("run");
        string old = System.Text.RegularExpressions.Regex.Replace(last.Run["progress"], @",?""BatchStreams"":\{[^}]*\}", "");
        Assert.DoesNotContain("flips", old, StringComparison.Ordinal);
        Assert.NotEqual(last.Run["progress"], old);
        (last with { Run = new Dictionary<string, string>(last.Run) { ["progress"] = old } }).Save(Path.Combine(_tiny.File("run"), "last.safetensors"));

        (int code, _, string error) = _tiny.Resume("run", 20, "--set", "TRAIN.FLIP=0.5");

        Assert.True(code == 0, error);
    }

    /// <summary>The loop itself, cancelled as Ctrl-C does, at a step of our choice: the batch for it is drawn when the token is asked.</summary>
    private void StopAfter(int steps, string folder, string[] settings)
    {
        string[] common = [.. _tiny.Arguments(folder, 50).Where(a => a.Contains('=', StringComparison.Ordinal))];
        var tree = UnetSpikes.Data.Configuration.ConfigFile.Load(
            null, [.. common, .. settings, $"DATA.DATAPATH={Path.GetDirectoryName(_tiny.Data)}", $"DATA.TRAIN_FILENAME={Path.GetFileName(_tiny.Data)}"]);
        TrainOptions options = TrainConfiguration.Read(tree, _ => { });
        using var cancel = new CancellationTokenSource();
        RunFolder target = RunFolder.ForNewRun(_tiny.File(folder), force: false);
        using var messages = new StringWriter();
        var console = new ToolConsole(TextWriter.Null, messages, Quiet: true, Verbose: false);
        for (int done = 0; done < steps; done++)
        {
            // One step and stop; the next goes on from the file. So this test resumes as often as it can.
            Checkpoint? from = done == 0 ? null : Checkpoint.Load(target.Last);
            SpikeDataset data = LfadsFile.Read(options.DataFile, options.Data);
            using var loop = new TrainingLoop(new TrainingRun(options, tree.ToYaml(), data, target, Device.Cpu, Threads: 1, MaxSeconds: 0), from);
            cancel.Cancel();
            Assert.Throws<OperationCanceledException>(() => loop.Run(console, cancel.Token));
            Assert.Equal(done + 1, Checkpoint.Load(target.Last).Step);
        }
    }

    private static void RequireSame(Checkpoint expected, Checkpoint actual)
    {
        Assert.Equal(expected.Step, actual.Step);
        Assert.Equal(expected.Parameters, actual.Parameters);
        Assert.Equal(expected.RunningStatistics, actual.RunningStatistics);
        Assert.Equal(expected.Average, actual.Average);
        Assert.Equal(expected.AverageStatistics, actual.AverageStatistics);
        Assert.Equal(expected.Optimizer.FirstMoment, actual.Optimizer.FirstMoment);
        Assert.Equal(expected.Optimizer.SecondMoment, actual.Optimizer.SecondMoment);
        Assert.Equal(expected.Optimizer.MaxSecondMoment, actual.Optimizer.MaxSecondMoment);
    }
}
