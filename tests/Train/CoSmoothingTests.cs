using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Models.Runs;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Data;
using UnetSpikes.Train;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>Runs on the benchmark's tensors: held-in units in, held-in and held-out units out, forward bins predicted.</summary>
public sealed class CoSmoothingTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData("MODEL.NAME=unet")]
    [InlineData("MODEL.NAME=unet", "TRAIN.MASK_MODE=thin", "TRAIN.FLIP=0.5", "TRAIN.JITTER=2")]
    [InlineData("MODEL.NAME=resunet", "MODEL.CODE=4", "MODEL.DROPOUT_CODE=0.3", "MODEL.FILM=true", "MODEL.NORM=group", "MODEL.DROPOUT_INPUT=0.1")]
    [InlineData("MODEL.NAME=resunet", "MODEL.TOP=both", "MODEL.POSITIONS=learned", "MODEL.BLOCK=convnext", "TRAIN.AVERAGE=ema")]
    [InlineData("MODEL.NAME=ndt", "MODEL.HIDDEN_SIZE=8", "MODEL.NUM_HEADS=3")]
    [InlineData("MODEL.NAME=cnn", "TRAIN.AVERAGE=swa", "TRAIN.SWA_START=3")]
    public void Every_architecture_trains_and_goes_on_bit_for_bit(params string[] settings)
    {
        string[] options = Options(_tiny.WriteNlb("nlb.h5"), settings);
        (int code, string output, string error) = _tiny.Train("whole", 20, options);
        Assert.True(code == 0, error);
        Assert.Equal(0, _tiny.Train("halves", 10, options).Code);

        (code, _, error) = _tiny.Resume("halves", 20);

        Assert.True(code == 0, error);
        Checkpoint whole = _tiny.Last("whole"), halves = _tiny.Last("halves");
        Assert.Equal((8, 6, 4), (whole.Model.Channels, whole.Model.HeldIn, whole.Model.ForwardBins));
        Assert.Equal(whole.Parameters, halves.Parameters);
        Assert.Equal(whole.RunningStatistics, halves.RunningStatistics);
        Assert.Equal(whole.Optimizer.SecondMoment, halves.Optimizer.SecondMoment);
        JsonElement scores = TinyRun.LastLine(output);
        Assert.All(new[] { "co_bps", "fp_bps", "co_bps_smoothing", "fp_bps_smoothing" }, key => Assert.Equal(JsonValueKind.Number, scores.GetProperty(key).ValueKind));
    }

    [Fact]
    public void A_data_set_that_is_all_seen_has_no_such_scores()
    {
        (_, string output, _) = _tiny.Train("run", 2);

        Assert.Equal(JsonValueKind.Null, TinyRun.LastLine(output).GetProperty("co_bps").ValueKind);
        Assert.Equal((0, 0), (_tiny.Best("run").Model.HeldIn, _tiny.Best("run").Model.ForwardBins));
    }

    /// <summary>The scores are nlb_tools' formulas over the parts they are of, from the same rates.</summary>
    [Fact]
    public void Scores_are_those_of_the_rates_inferred_with_nothing_hidden()
    {
        string file = _tiny.WriteNlb("nlb.h5");
        Assert.Equal(0, _tiny.Train("run", 30, Options(file)).Code);
        Checkpoint best = _tiny.Best("run");
        SpikeDataset data = SpikeDataset.Read(file);
        var options = new TrainOptions { DataFile = file };
        using var validation = new Validation(best.Model.Build(), data.Valid, options, Filling.Of(MaskFill.Zero, data.Train.Counts, data.Observed), Device.Cpu, threads: 1);

        ValidationScores scores = validation.Score([NetworkState.Of(best)], out TrialTensor rates);

        TrialTensor counts = data.Valid.Counts;
        Assert.Equal(PoissonLikelihood.BitsPerSpike(rates.Part(..16, 6..), counts.Part(..16, 6..)), scores.CoBps!.Value, 1e-5);
        Assert.Equal(PoissonLikelihood.BitsPerSpike(rates.Part(16.., ..), counts.Part(16.., ..)), scores.FpBps!.Value, 1e-5);
        Assert.Equal(RateScores.Compute(data.Valid.Rates!.Part(..16, ..6), rates.Part(..16, ..6)).R2Uniform, scores.Rates!.R2Uniform, 1e-9);
    }

    /// <summary>Validation, too, sees nothing it may not see, and gaps of its trials are in no score.</summary>
    [Fact]
    public void Validation_does_not_depend_on_what_is_not_seen_but_for_the_score_of_it()
    {
        string file = _tiny.WriteNlb("nlb.h5");
        Assert.Equal(0, _tiny.Train("run", 5, Options(file)).Code);
        Checkpoint best = _tiny.Best("run");
        SpikeDataset data = SpikeDataset.Read(file);
        TrialTensor changed = data.Valid.Counts.Part(.., ..);
        for (int trial = 0; trial < changed.Trials; trial++)
        {
            changed[trial, 3, 7] = float.NaN;
            changed[trial, 17, 0] += 5;
            changed[trial, 4, 1] = trial == 0 ? float.NaN : changed[trial, 4, 1];
        }

        ValidationScores Score(TrialTensor counts)
        {
            using var validation = new Validation(
                best.Model.Build(), data.Valid with { Counts = counts }, new TrainOptions { DataFile = file }, Filling.Of(MaskFill.Zero, data.Train.Counts, data.Observed), Device.Cpu, threads: 1);
            return validation.Score([NetworkState.Of(best)], out _);
        }

        ValidationScores before = Score(data.Valid.Counts), after = Score(changed);
        changed[0, 4, 1] = data.Valid.Counts[0, 4, 1];
        ValidationScores onlyUnseen = Score(changed);

        Assert.All(new[] { after.Loss, after.CoBps!.Value, after.FpBps!.Value }, score => Assert.True(double.IsFinite(score)));
        Assert.NotEqual(before.Loss, after.Loss);
        Assert.Equal(before.Loss, onlyUnseen.Loss);
        Assert.Equal(before.UnmaskedLoss, onlyUnseen.UnmaskedLoss);
        Assert.NotEqual(before.CoBps, onlyUnseen.CoBps);
        Assert.NotEqual(before.FpBps, onlyUnseen.FpBps);
    }

    [Fact]
    public void Targets_in_another_file_are_found()
    {
        File.Copy(NlbFileTests.Prep("mc_rtt_20_input.h5"), _tiny.File("input.h5"));
        File.Copy(NlbFileTests.Prep("mc_rtt_20_target.h5"), _tiny.File("target.h5"));

        Assert.Equal(0, _tiny.Train("with", 4, Options(_tiny.File("input.h5"), "DATA.VAL_FILENAME=target.h5")).Code);
        Assert.Equal(0, _tiny.Train("without", 4, Options(_tiny.File("input.h5"))).Code);

        Checkpoint with = _tiny.Best("with"), without = _tiny.Best("without");
        Assert.NotEqual(with.Data.Fingerprint, without.Data.Fingerprint);
        Assert.Equal(SpikeDataset.Read(_tiny.File("input.h5"), new LfadsOptions { EvalFileName = "target.h5" }).Fingerprint, with.Data.Fingerprint);
    }

    [Fact]
    public void Without_forward_bins_the_network_predicts_none()
    {
        (_, string output, _) = _tiny.Train("run", 4, Options(_tiny.WriteNlb("nlb.h5"), "DATA.IGNORE_FORWARD=true"));

        Assert.Equal((6, 0), (_tiny.Best("run").Model.HeldIn, _tiny.Best("run").Model.ForwardBins));
        Assert.Equal(JsonValueKind.Null, TinyRun.LastLine(output).GetProperty("fp_bps").ValueKind);
    }

    [Fact]
    public void The_weights_of_what_is_not_seen_matter()
    {
        string file = _tiny.WriteNlb("nlb.h5");
        string[][] all = [[], ["TRAIN.HELDOUT_WEIGHT=0"], ["TRAIN.HELDOUT_WEIGHT=3"], ["TRAIN.FORWARD_WEIGHT=0"], ["TRAIN.FORWARD_WEIGHT=3"]];

        float[][] weights = [.. all.Select((settings, i) =>
        {
            Assert.Equal(0, _tiny.Train($"run{i}", 4, Options(file, settings)).Code);
            return _tiny.Last($"run{i}").Parameters;
        })];

        Assert.All(weights.SelectMany((a, i) => weights[..i].Select(b => (a, b))), pair => Assert.NotEqual(pair.a, pair.b));
    }

    /// <summary>A rate that ruins the network: the weights with the best score of held-out units are those kept.</summary>
    [Fact]
    public void The_best_co_smoothing_can_choose_the_weights()
    {
        string[] ruin = ["--lr", "0.3", "--set", "TRAIN.LR.WARMUP=50", "--set", "TRAIN.VAL_INTERVAL=5"];
        (int code, string output, string error) = _tiny.Train("run", 60, [.. Options(_tiny.WriteNlb("nlb.h5"), "TRAIN.SELECT_BY=co_bps"), .. ruin]);
        Assert.True(code == 0, error);

        HistoryPoint[] validations = [.. RunHistory.Read(new RunFiles(_tiny.File("run")).History).Where(point => point.CoBps is not null)];
        HistoryPoint best = validations.MaxBy(point => point.CoBps)!;
        Assert.Equal(best.Step, TinyRun.LastLine(output).GetProperty("best_step").GetInt64());
        Assert.NotEqual(validations[^1].Step, best.Step);
    }

    [Fact]
    public void Choosing_by_held_out_units_needs_some()
    {
        (int code, _, string error) = _tiny.Train("run", 4, "--set", "TRAIN.SELECT_BY=co_bps");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("TRAIN.SELECT_BY: is co_bps", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Mask_channels_and_forward_bins_do_not_go_together()
    {
        string file = _tiny.WriteNlb("nlb.h5");

        (int code, _, string error) = _tiny.Train("run", 4, Options(file, "TRAIN.MASK_FILL=channel"));

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("DATA.IGNORE_FORWARD", error, StringComparison.Ordinal);
        Assert.Equal(0, _tiny.Train("other", 4, Options(file, "TRAIN.MASK_FILL=channel", "DATA.IGNORE_FORWARD=true")).Code);
    }

    [Fact]
    public void Ensembles_and_teachers_predict_the_same_parts()
    {
        string file = _tiny.WriteNlb("nlb.h5");

        (int code, string output, string error) = _tiny.Train("both", 4, [.. Options(file), "--ensemble", "2"]);
        Assert.True(code == 0, error);
        Assert.Equal(JsonValueKind.Number, TinyRun.LastLine(output).GetProperty("co_bps").ValueKind);

        (code, _, error) = _tiny.Train("student", 4, [.. Options(file), "--distill", _tiny.File("both")]);
        Assert.True(code == 0, error);

        (code, _, error) = _tiny.Train("other", 4, [.. Options(file, "DATA.IGNORE_FORWARD=true"), "--distill", _tiny.File("both")]);
        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("4 forward bins, expected 6 and 0", error, StringComparison.Ordinal);
    }

    /// <summary>Units and sizes are the file's: a configuration for one data set trains on another as well.</summary>
    [Theory]
    [InlineData("mc_maze.yaml", "mc_maze_20_val.h5", 12, 9)]
    [InlineData("mc_maze_small.yaml", "mc_maze_20_test.h5", 12, 9)]
    [InlineData("mc_rtt.yaml", "mc_rtt_20_input.h5", 11, 8)]
    public void A_configuration_of_the_benchmark_trains_on_what_prep_writes(string config, string file, int units, int heldIn)
    {
        string[] small = ["--set", "MODEL.LATENT_DIM=4", "--set", "MODEL.CODE=4", "--set", "TRAIN.NUM_UPDATES=3", "--threads", "1", "--quiet", "--json"];

        (int code, string output, string error) = TinyRun.Run(
            ["--config", TestFiles.Config(config), "--data", NlbFileTests.Prep(file), "--out", _tiny.File("run"), .. small]);

        Assert.True(code == 0, error);
        ModelOptions model = _tiny.Best("run").Model;
        Assert.Equal((units, heldIn, 10), (model.Channels, model.HeldIn, model.ForwardBins));
        Assert.Equal(JsonValueKind.Number, TinyRun.LastLine(output).GetProperty("co_bps").ValueKind);
    }

    private static string[] Options(string file, params string[] settings) =>
        ["--data", file, .. settings.SelectMany(setting => (string[])["--set", setting])];
}
