using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Data.Synthetic;
using UnetSpikes.Tests.Data;
using Xunit;
using Xunit.Abstractions;

namespace UnetSpikes.Tests.Train;

/// <summary>The tool as a user runs it: what it writes and says, what it refuses, and that it learns.</summary>
public sealed class TrainCommandTests(ITestOutputHelper log) : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_run_leaves_its_files_and_its_last_line_has_the_scores()
    {
        (int code, string output, string error) = _tiny.Train("run", 60);

        Assert.True(code == 0, error);
        JsonElement result = TinyRun.LastLine(output);
        foreach (string key in new[] { "r2_uniform", "r2_pooled", "r2_median", "units_excluded", "bits_per_spike", "r2_smoothing", "seconds", "steps" })
        {
            Assert.Equal(JsonValueKind.Number, result.GetProperty(key).ValueKind);
        }

        Assert.Equal(60, result.GetProperty("steps").GetInt32());
        Assert.Equal(Path.Combine(_tiny.File("run"), "best.safetensors"), result.GetProperty("checkpoint").GetString());
        string[] files = [.. Directory.GetFiles(_tiny.File("run")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        Assert.Equal(["batch.safetensors", "best.safetensors", "config.yaml"], files[..3]);
        Assert.StartsWith("events.out.tfevents.", files[3], StringComparison.Ordinal);
        Assert.Equal(["history.jsonl", "last.safetensors", "result.json"], files[4..]);
        Assert.Equal(60, _tiny.Last("run").Step);
        Assert.Equal(result.GetProperty("best_step").GetInt64(), _tiny.Best("run").Step);
        JsonElement file = JsonDocument.Parse(File.ReadAllText(Path.Combine(_tiny.File("run"), "result.json"))).RootElement;
        Assert.Equal(result.GetProperty("r2_uniform").GetDouble(), file.GetProperty("r2_uniform").GetDouble());
        Assert.Equal(20, _tiny.Best("run").Data.BinWidthMs);
        Assert.Equal(LfadsFile.Read(_tiny.Data).Fingerprint, _tiny.Best("run").Data.Fingerprint);
    }

    [Fact]
    public void The_scores_are_those_of_the_weights_that_were_kept()
    {
        // A learning rate that ruins what the first steps found: the best weights are not the last.
        (_, string output, _) = _tiny.Train("run", 100, "--lr", "0.3", "--set", "TRAIN.LR.WARMUP=90", "--set", "TRAIN.VAL_INTERVAL=5");

        UnetSpikes.Models.Checkpoint best = _tiny.Best("run");
        SpikeDataset data = LfadsFile.Read(_tiny.Data);
        UnetSpikes.Models.SpikeNetwork network = best.Model.Build();
        var input = new float[data.Valid.Counts.Values.Length];
        int trials = data.Valid.Counts.Trials;
        int[] all = [.. Enumerable.Range(0, trials)];
        UnetSpikes.Core.TrialBatch.Gather(data.Valid.Counts, all, trials, input);
        float[] logRates = Models.ModelRuns.Evaluate(network, best.Parameters, best.RunningStatistics, input, trials);
        var rates = new TrialTensor(trials, data.Valid.Counts.Bins, data.Valid.Counts.Units);
        UnetSpikes.Core.TrialBatch.Scatter(Array.ConvertAll(logRates, MathF.Exp), trials, rates, all);

        JsonElement result = TinyRun.LastLine(output);
        RateScores scores = RateScores.Compute(data.Valid.Rates!, rates);
        Assert.Equal(scores.R2Uniform, result.GetProperty("r2_uniform").GetDouble(), 1e-4);
        Assert.Equal(scores.R2Pooled, result.GetProperty("r2_pooled").GetDouble(), 1e-4);
        Assert.Equal(scores.R2Median, result.GetProperty("r2_median").GetDouble(), 1e-4);
        Assert.Equal(best.Step, result.GetProperty("best_step").GetInt64());
        Assert.True(best.Step < 100, "the last step was the best");
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_and_another_seed_others()
    {
        _tiny.Train("a", 10, "--seed", "5");
        _tiny.Train("b", 10, "--seed", "5");
        _tiny.Train("c", 10, "--seed", "6");

        Assert.Equal(_tiny.Last("a").Parameters, _tiny.Last("b").Parameters);
        Assert.NotEqual(_tiny.Last("a").Parameters, _tiny.Last("c").Parameters);
    }

    [Theory]
    [InlineData("MODEL.NAME=cnn")]
    [InlineData("MODEL.NUM_LAYERS=0")]
    [InlineData("MODEL.UPSAMPLE=deconv")]
    [InlineData("TRAIN.MASK_MODE=timestep")]
    [InlineData("TRAIN.MASK_MODE=neuron")]
    [InlineData("TRAIN.BATCH_SIZE=1000")]
    [InlineData("MODEL.TRIAL_LENGTH=7")]
    [InlineData("DATA.OVERFIT_TEST=true")]
    [InlineData("TRAIN.MASK_RESCALE=true")]
    public void Every_kind_of_run_trains(string setting)
    {
        (int code, string output, string error) = _tiny.Train("run", 8, "--set", setting);

        Assert.True(code == 0, error);
        Assert.Equal(8, TinyRun.LastLine(output).GetProperty("steps").GetInt32());
    }

    /// <summary>What the keys do is EveryKeyTests' matter.</summary>
    [Theory]
    [InlineData("--seed", "7", "SEED")]
    [InlineData("--lr", "0.02", "TRAIN.LR.INIT")]
    [InlineData("--bin-ms", "5", "DATA.BIN_MS")]
    [InlineData("--conversion-factor", "7", "DATA.CONVERSION_FACTOR")]
    public void An_option_with_a_name_of_its_own_sets_its_key_over_all_else(string option, string value, string key)
    {
        (int code, _, string error) = _tiny.Train("run", 1, option, value, "--set", key + "=3");

        Assert.True(code == 0, error);
        Assert.Equal(value, ConfigFile.Load(Path.Combine(_tiny.File("run"), "config.yaml")).GetString(key));
    }

    [Fact]
    public void The_width_of_a_bin_given_by_hand_goes_into_the_checkpoint()
    {
        _tiny.Train("run", 1, "--bin-ms", "5");

        Assert.Equal((5, 5), (_tiny.Best("run").Data.BinWidthMs, _tiny.Last("run").Data.BinWidthMs));
    }

    [Fact]
    public void A_shift_longer_than_the_trials_is_refused() => RequireRefusal(
        ExitCode.Usage, "TRAIN.JITTER: is 20, expected less than the 20 bins", "--data", _tiny.Data, "--out", _tiny.File("a"), "--set", "TRAIN.JITTER=20");

    /// <summary>A unit whose rate never varies has no R²; a recording without truth has none at all. Neither stops a run.</summary>
    [Fact]
    public void A_silent_unit_is_left_out_and_counted()
    {
        string path = _tiny.Write("silent.h5", data => data with { Train = Silence(data.Train), Valid = Silence(data.Valid) });

        (int code, string output, string error) = _tiny.Train("run", 30, "--data", path);

        Assert.True(code == 0, error);
        Assert.Equal(1, TinyRun.LastLine(output).GetProperty("units_excluded").GetInt32());
        Assert.Equal(0, _tiny.Resume("run", 40).Code);
    }

    [Fact]
    public void Without_true_rates_the_R2_are_null()
    {
        string path = _tiny.Write("counts.h5", data => data with { Train = data.Train with { Rates = null }, Valid = data.Valid with { Rates = null } });

        (int code, string output, string error) = _tiny.Train("run", 30, "--data", path);

        Assert.True(code == 0, error);
        Assert.Equal(JsonValueKind.Null, TinyRun.LastLine(output).GetProperty("r2_uniform").ValueKind);
        Assert.Equal(JsonValueKind.Null, TinyRun.LastLine(output).GetProperty("r2_smoothing").ValueKind);
        Assert.Equal(JsonValueKind.Number, TinyRun.LastLine(output).GetProperty("bits_per_spike").ValueKind);
    }

    [Fact]
    public void Data_without_a_single_spike_trains_and_has_no_bits_per_spike()
    {
        string path = _tiny.Write("empty.h5", data =>
        {
            Array.Clear(data.Train.Counts.Values);
            Array.Clear(data.Valid.Counts.Values);
            return data;
        });

        (int code, string output, string error) = _tiny.Train("run", 10, "--data", path);

        Assert.True(code == 0, error);
        Assert.Equal(JsonValueKind.Null, TinyRun.LastLine(output).GetProperty("bits_per_spike").ValueKind);
    }

    [Fact]
    public void A_folder_with_a_run_is_replaced_only_by_force()
    {
        _tiny.Train("run", 10, "--seed", "1");
        float[] before = _tiny.Last("run").Parameters;

        (int code, _, string error) = _tiny.Train("run", 12, "--seed", "2");

        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith("error: --out: ", error, StringComparison.Ordinal);
        Assert.Equal(before, _tiny.Last("run").Parameters);
        Assert.Equal(0, _tiny.Train("run", 12, "--seed", "2", "--force").Code);
        Assert.Equal(12, _tiny.Last("run").Step);
        Assert.Single(Directory.GetFiles(_tiny.File("run"), "events.out.tfevents.*"));
    }

    [Fact]
    public void Data_that_is_none_is_refused_with_path_and_place()
    {
        string text = _tiny.File("text.h5");
        File.WriteAllText(text, "no HDF5");

        RequireRefusal(ExitCode.Data, text, "--data", text, "--out", _tiny.File("a"));
        RequireRefusal(ExitCode.Data, "none.h5", "--data", _tiny.File("none.h5"), "--out", _tiny.File("b"));
        RequireRefusal(ExitCode.Usage, "MODEL.TRIAL_LENGTH", "--data", _tiny.Data, "--out", _tiny.File("c"), "--set", "MODEL.TRIAL_LENGTH=21");
        string negative = _tiny.Write("negative.h5", data =>
        {
            data.Train.Counts.Values[7] = -1;
            return data;
        });
        RequireRefusal(ExitCode.Data, "/train_data", "--data", negative, "--out", _tiny.File("d"));
        Assert.False(Directory.Exists(_tiny.File("a")));
    }

    [Fact]
    public void Wrong_usage_is_refused_with_the_option()
    {
        RequireRefusal(ExitCode.Usage, "--data", "--out", _tiny.File("a"));
        RequireRefusal(ExitCode.Usage, "no such configuration file", "--config", _tiny.File("none.yaml"), "--out", _tiny.File("a"));
        RequireRefusal(ExitCode.Usage, "TRAIN.MASK_RATOI", "--data", _tiny.Data, "--out", _tiny.File("a"), "--set", "TRAIN.MASK_RATOI=0.1");
        RequireRefusal(ExitCode.Usage, "--max-seconds", "--data", _tiny.Data, "--out", _tiny.File("a"), "--max-seconds", "-1");
        RequireRefusal(ExitCode.Usage, "TRAIN.LR.INIT", "--data", _tiny.Data, "--out", _tiny.File("a"), "--lr", "0");
        RequireRefusal(ExitCode.Usage, "--resume", "--resume", "--out", _tiny.File("a"));
        RequireRefusal(ExitCode.Usage, "", "--wings", "2");
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_the_run_and_names_the_last_good_checkpoint()
    {
        (int code, _, string error) = _tiny.Train("new", 50, "--lr", "1e30", "--set", "TRAIN.LR.WARMUP=0");

        Assert.Equal(ExitCode.Training, code);
        Assert.Contains("no checkpoint was written yet", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_tiny.File("new"), "*.safetensors"));

        Assert.Equal(ExitCode.Training, _tiny.Train("often", 50, "--lr", "1e30", "--set", "TRAIN.LR.WARMUP=0", "--set", "TRAIN.CHECKPOINT_INTERVAL=1").Code);
        Assert.Equal(1, _tiny.Last("often").Step);

        _tiny.Train("old", 10);
        (code, _, error) = _tiny.Resume("old", 50, "--lr", "1e30", "--set", "TRAIN.LR.WARMUP=0", "--set", "TRAIN.CHECKPOINT_INTERVAL=1");

        Assert.Equal(ExitCode.Training, code);
        Assert.Matches(@"^error: step 1\d: the loss is \S+; the last good checkpoint is .*(last|best)\.safetensors; try a lower --lr", error);
        string named = error.Split("checkpoint is ")[1].Split(';')[0];
        UnetSpikes.Models.Checkpoint good = UnetSpikes.Models.Checkpoint.Load(named);
        Assert.Equal(10, good.Step);
        Assert.All(good.Parameters, p => Assert.InRange(p, -1e3f, 1e3f));
    }

    [Fact]
    public void The_time_limit_stops_a_run_cleanly()
    {
        (int code, string output, string error) = _tiny.Train("run", 10_000_000, "--max-seconds", "0.5");

        Assert.True(code == 0, error);
        JsonElement result = TinyRun.LastLine(output);
        Assert.InRange(result.GetProperty("seconds").GetDouble(), 0.5, 20);
        Assert.Equal(result.GetProperty("steps").GetInt64(), _tiny.Last("run").Step);
        Assert.InRange(_tiny.Last("run").Step, 1, 9_999_999);
    }

    [Fact]
    public void Without_a_better_validation_for_long_enough_training_stops()
    {
        (int code, string output, _) = _tiny.Train("run", 100_000, "--lr", "0.05", "--set", "TRAIN.PATIENCE=60", "--set", "TRAIN.VAL_INTERVAL=20");

        JsonElement result = TinyRun.LastLine(output);
        Assert.Equal((0, 60), (code, result.GetProperty("steps").GetInt64() - result.GetProperty("best_step").GetInt64()));
    }

    /// <summary>
    /// Learning itself, on the Lorenz benchmark with a third of its trials. Smoothing is hopeless at 5 Hz (R² below 0: the unit's
    /// mean rate would do better), so the run must also reach what only a model of the latents can: 0.86 and 0.69 were measured.
    /// </summary>
    [Fact]
    public void A_short_training_beats_Gaussian_smoothing()
    {
        using var folder = new TemporaryFolder();
        string data = folder.File("lorenz.h5");
        LorenzSimulator.Run(new LorenzOptions { Trials = 500, Repeats = 10 }).Write(data);

        (int code, string output, string error) = TinyRun.Run(
            "--data", data, "--out", folder.File("run"), "--threads", "1", "--quiet", "--json", "--set", "TRAIN.NUM_UPDATES=250", "--set", "MODEL.LATENT_DIM=12",
            "--lr", "1e-2", "--set", "TRAIN.LR.WARMUP=30");

        Assert.True(code == 0, error);
        JsonElement result = TinyRun.LastLine(output);
        log.WriteLine(result.ToString());
        Assert.True(result.GetProperty("r2_uniform").GetDouble() > Math.Max(0, result.GetProperty("r2_smoothing").GetDouble()) + 0.75, result.ToString());
        Assert.True(result.GetProperty("bits_per_spike").GetDouble() > Math.Max(0, result.GetProperty("bits_per_spike_smoothing").GetDouble()) + 0.5, result.ToString());
    }

    private static SpikeSplit Silence(SpikeSplit split)
    {
        for (int i = 2; i < split.Counts.Values.Length; i += split.Counts.Units)
        {
            split.Counts.Values[i] = 0;
            split.Rates!.Values[i] = 0;
        }

        return split;
    }

    private static void RequireRefusal(int expected, string place, params string[] arguments)
    {
        (int code, string output, string error) = TinyRun.Run(arguments);

        Assert.Equal((expected, ""), (code, output));
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.Contains(place, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }
}
