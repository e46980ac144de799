using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Decode;
using UnetSpikes.Decode.Behavior;
using UnetSpikes.Hdf5;
using UnetSpikes.Tests.Core;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Decode;

/// <summary><c>decode --behavior</c> as a user runs it, on a toy whose velocity follows rates three bins before.</summary>
public sealed class BehaviorCommandTests : IDisposable
{
    private const int Bins = 30, Units = 3, Lag = 3;

    private readonly TemporaryFolder _folder = new();

    private string Rates => _folder.File("rates.h5");

    private string Behavior => _folder.File("behavior.h5");

    private string Counts => _folder.File("counts.h5");

    private string DecoderFile => _folder.File("rates.decoder.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void History_finds_what_the_same_bin_cannot_and_both_are_beside_chance()
    {
        WriteToy();

        (int code, string output, string error) = Run("--rates", Rates, "--behavior", Behavior, "--history", "4", "--lags", "-3..1", "--json");

        Assert.True(code == 0, error);
        JsonElement[] decoders = [.. JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement.GetProperty("decoders").EnumerateArray()];
        Assert.Equal(["ridge, same bin", "ridge, 4 bins of history", "Wiener filter, lags -3..1"], decoders.Select(d => d.GetProperty("decoder").GetString()));
        Assert.True(decoders[0].Double("r2_mean") < 0.5, output);
        Assert.All(decoders[1..], d => Assert.True(d.Double("r2_mean") > 0.95 && d.Double("correlation_mean") > 0.97, output));
        Assert.All(decoders, d => Assert.True(d.GetProperty("chance").GetProperty("r2").Double("percentile95") < 0.3, output));
        Assert.Contains(BehaviorReport.Definition, output, StringComparison.Ordinal);
        Assert.Contains(BehaviorReport.ChanceDefinition, output, StringComparison.Ordinal);
        Assert.Contains("20 training and 8 held-out trials", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_of_decoders_decodes_again()
    {
        (TrialTensor rates, TrialTensor velocity) = WriteToy();

        (int code, _, string error) = Run("--rates", Rates, "--behavior", Behavior, "--history", "3", "--quiet");

        Assert.Equal((0, ""), (code, error));
        JsonElement file = JsonDocument.Parse(File.ReadAllText(DecoderFile)).RootElement;
        JsonElement decoder = file.GetProperty("decoders")[1];
        double[][] weights = decoder.GetProperty("weights").Deserialize<double[][]>()!;
        (int first, int last) = (decoder.GetProperty("first_lag").GetInt32(), decoder.GetProperty("last_lag").GetInt32());
        var truth = new List<double>();
        var predicted = new List<double>();
        for (int trial = 0; trial < rates.Trials; trial++)
        {
            for (int bin = -first; bin < Bins - last; bin++)
            {
                for (int column = 0; column < 2; column++)
                {
                    truth.Add(velocity[trial, bin, column]);
                    predicted.Add(decoder.Doubles("intercept")[column] + Enumerable.Range(0, weights.Length)
                        .Sum(w => weights[w][column] * rates[trial, bin + first + (w / Units), w % Units]));
                }
            }
        }

        ScoreGolden.Close(decoder.Doubles("r2_per_column"), R2Score.PerColumn([.. truth], [.. predicted], 2), 1e-9);
        Assert.Equal("toy", file.GetProperty("provenance").GetProperty("rates").GetProperty("made_from").GetProperty("model").GetString());
        Assert.Equal(64, file.GetProperty("provenance").GetProperty("behavior").GetProperty("sha256").GetString()!.Length);
    }

    [Fact]
    public void Counts_are_decoded_from_raw_and_smoothed_beside_the_rates()
    {
        WriteToy();
        WriteCounts(("train_data", 20, Bins), ("valid_data", 8, Bins));

        (int code, string output, string error) = Run("--rates", Rates, "--behavior", Behavior, "--counts", Counts, "--smooth-sigma", "2", "--json");

        Assert.True(code == 0, error);
        JsonElement[] decoders = [.. JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement.GetProperty("decoders").EnumerateArray()];
        Assert.Equal(["rates", "raw counts", "smoothed counts"], decoders.Select(d => d.GetProperty("features").GetString()));
        Assert.Equal(2, decoders[2].Double("sigma_bins"));
        Assert.Contains("smoothed counts, sigma 2 bins", output, StringComparison.Ordinal);
        JsonElement file = JsonDocument.Parse(File.ReadAllText(DecoderFile)).RootElement;
        Assert.Equal("valid_data", file.GetProperty("counts_keys")[0].GetString());
        Assert.Equal(64, file.GetProperty("provenance").GetProperty("counts").GetProperty("sha256").GetString()!.Length);
    }

    [Fact]
    public void Of_the_benchmarks_files_the_counts_a_model_is_given_are_decoded_from()
    {
        WriteToy(half: "eval");
        WriteCounts(("train_spikes_heldin", 20, Bins), ("train_spikes_heldout", 20, Bins), ("train_spikes_heldin_forward", 20, 4), ("eval_spikes_heldin", 8, Bins));

        (int code, _, string error) = Run("--rates", Rates, "--behavior", Behavior, "--counts", Counts);

        Assert.True(code == 0, error);
        Assert.Contains("\"eval_spikes_heldin\"", File.ReadAllText(DecoderFile), StringComparison.Ordinal);
    }

    [Fact]
    public void Counts_of_other_trials_are_one_line_and_exit_code_3()
    {
        WriteToy();
        WriteCounts(("train_data", 20, Bins), ("valid_data", 8, Bins - 1));
        AssertRefused($"{Counts}: /valid_data is [8, 29, 3], expected the 8 trials of 30 bins of the behaviour", Behavior, "--counts", Counts);

        WriteCounts(("train_data", 20, Bins), ("test_data", 8, Bins));
        AssertRefused($"{Counts}: has test_data, train_data, expected counts of the same name behind train_ and behind valid_ or eval_", Behavior, "--counts", Counts);
    }

    [Theory]
    [InlineData("force")]
    [InlineData("mc_maze/behavior")]
    public void A_series_is_named_behind_a_colon_and_held_out_trials_may_be_called_eval(string key)
    {
        WriteToy(key, half: "eval");

        (int code, string output, string error) = Run("--rates", Rates, "--behavior", $"{Behavior}:{key}", "--quiet", "--json");

        Assert.True(code == 0, error);
        Assert.Contains($"\"key\":\"{key}\"", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("b.h5", "b.h5", "behavior")]
    [InlineData("b.h5:force", "b.h5", "force")]
    [InlineData(@"C:\data\b.h5", @"C:\data\b.h5", "behavior")]
    [InlineData(@"C:\data\b.h5:force", @"C:\data\b.h5", "force")]
    [InlineData("a:b/c.h5", "a:b/c.h5", "behavior")]
    public void A_colon_in_a_path_is_not_mistaken(string text, string path, string key) => Assert.Equal((path, key), BehaviorForm.Split(text));

    [Fact]
    public void Held_in_and_held_out_units_are_decoded_from_together_and_forward_bins_from_not()
    {
        WriteToy(heldOutUnits: true);

        (int code, _, string error) = Run("--rates", Rates, "--behavior", Behavior);

        Assert.Equal(0, code);
        Assert.Contains("from 6 units (valid_rates_heldin, valid_rates_heldout)", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_behaviour_is_left_out_and_said()
    {
        WriteToy(spoil: behavior => behavior[0, 4, 1] = float.NaN);

        (int code, _, string error) = Run("--rates", Rates, "--behavior", Behavior);

        Assert.Equal(0, code);
        Assert.Contains("1 of 600 training bins are left out", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Behaviour_that_does_not_fit_or_is_not_there_is_one_line_and_exit_code_3()
    {
        WriteToy();
        AssertRefused($"{Behavior}: /train_speed is missing", Behavior + ":speed");

        WriteBehavior("behavior", ("train", new TrialTensor(20, Bins, 2)), ("test", new TrialTensor(8, Bins, 2)));
        AssertRefused($"{Behavior}: /valid_behavior or /eval_behavior is missing", Behavior);

        WriteBehavior("behavior", ("train", new TrialTensor(20, Bins, 2)), ("valid", new TrialTensor(8, Bins, 1)));
        AssertRefused($"{Behavior}: /valid_behavior has 1 columns, expected the 2 of /train_behavior", Behavior);

        WriteBehavior("behavior", ("train", new TrialTensor(20, Bins, 2)), ("valid", new TrialTensor(8, Bins - 1, 2)));
        AssertRefused($"{Rates}: /valid_rates is [8, 30, 3], expected the 8 trials of 29 bins of /valid_behavior of {Behavior}", Behavior);

        var infinite = new TrialTensor(20, Bins, 2);
        infinite[1, 0, 0] = float.PositiveInfinity;
        WriteBehavior("behavior", ("train", infinite), ("valid", new TrialTensor(8, Bins, 2)));
        AssertRefused($"{Behavior}: /train_behavior has Infinity at element 60", Behavior);

        var unknown = new TrialTensor(8, Bins, 2);
        Array.Fill(unknown.Values, float.NaN);
        WriteBehavior("behavior", ("train", new TrialTensor(20, Bins, 2)), ("valid", unknown));
        AssertRefused($"{Behavior}: leaves 0 held-out bins", Behavior);
    }

    [Theory]
    [InlineData("--history: is 0, expected at least 1 bin", "--history", "0")]
    [InlineData("--lags: is 2..-1, expected the earlier bin first", "--lags", "2..-1")]
    [InlineData("--lags: 'wide' is no range of bins", "--lags", "wide")]
    [InlineData("--lags: bins -20..20 are 41, expected no more than the 30 of a trial", "--lags", "-20..20")]
    [InlineData("--folds: is 21, but ", "--folds", "21")]
    [InlineData("--smooth-sigma: is for counts, --behavior needs --counts beside it", "--smooth-sigma", "2")]
    [InlineData("decode: several things to hold rates against", "--targets", "x.h5")]
    [InlineData("--out: ", "--out", "RATES", "--force")]
    public void Options_that_make_no_sense_are_one_line_and_exit_code_2(string expected, params string[] args)
    {
        WriteToy();

        (int code, string output, string error) = Run(["--rates", Rates, "--behavior", Behavior, "--quiet", .. args.Select(a => a == "RATES" ? Rates : a)]);

        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.StartsWith("error: " + expected, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    [Theory]
    [InlineData("decode: nothing to hold rates against, expected one of --targets, --behavior and --submission")]
    [InlineData("--rates: is missing, --behavior needs it", "--behavior", "b.h5")]
    [InlineData("--rates: is missing, --targets needs it", "--targets", "d.h5")]
    [InlineData("--target: is missing, --submission needs it", "--submission", "s.h5")]
    [InlineData("--rates: does not go with --submission", "--submission", "s.h5", "--target", "t.h5", "--rates", "r.h5")]
    public void Half_a_command_line_says_what_is_missing(string expected, params string[] args)
    {
        (int code, _, string error) = Run(args);

        Assert.Equal((ExitCode.Usage, $"error: {expected}\n"), (code, error));
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = ToolHost.Run(DecodeCommand.Create(), args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private void AssertRefused(string expected, string behavior, params string[] more)
    {
        (int code, string output, string error) = Run(["--rates", Rates, "--behavior", behavior, "--quiet", .. more]);

        Assert.Equal((ExitCode.Data, ""), (code, output));
        Assert.StartsWith("error: " + expected, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
        Assert.False(File.Exists(DecoderFile));
    }

    /// <summary>Writes both files; returns held-out rates and velocity.</summary>
    private (TrialTensor Rates, TrialTensor Velocity) WriteToy(
        string key = "behavior", string half = "valid", bool heldOutUnits = false, Action<TrialTensor>? spoil = null)
    {
        var rng = new Rng(5, "behaviour toy");
        (TrialTensor Rates, TrialTensor Velocity) train = Toy(rng, 20), heldOut = Toy(rng, 8);
        spoil?.Invoke(train.Velocity);
        WriteBehavior(key, ("train", train.Velocity), (half, heldOut.Velocity));
        var header = new RatesHeader { BinWidthMs = 10, UnitIds = SpikeDataset.NumberedUnits(Units), ProvenanceJson = """{"model":"toy"}""" };
        using var writer = RatesWriter.Create(Rates, header);
        string[] kinds = heldOutUnits ? ["rates_heldin", "rates_heldout", "rates_forward"] : ["rates"];
        foreach ((string name, TrialTensor values) in kinds.SelectMany(kind => new[] { ("train_" + kind, train.Rates), ($"{half}_{kind}", heldOut.Rates) }))
        {
            writer.AddArray(name, values.Trials, values.Bins, values.Units);
            for (int trial = 0; trial < values.Trials; trial++)
            {
                writer.Write(name, trial, 0, values.Trial(trial));
            }
        }

        writer.Commit();
        return heldOut;
    }

    private void WriteBehavior(string key, params (string Half, TrialTensor Values)[] halves)
    {
        using Hdf5File file = Hdf5File.Create(Behavior);
        foreach ((string half, TrialTensor values) in halves)
        {
            int name = key.LastIndexOf('/') + 1;
            file.Write<float>($"/{key[..name]}{half}_{key[name..]}", [values.Trials, values.Bins, values.Units], values.Values);
        }
    }

    private void WriteCounts(params (string Name, int Trials, int Bins)[] arrays)
    {
        var rng = new Rng(6, "counts");
        using Hdf5File file = Hdf5File.Create(Counts);
        foreach ((string name, int trials, int bins) in arrays)
        {
            float[] counts = [.. Enumerable.Range(0, trials * bins * Units).Select(_ => (float)(int)Math.Abs(2 * rng.NextNormal()))];
            file.Write<float>("/" + name, [trials, bins, Units], counts);
        }
    }

    private static (TrialTensor Rates, TrialTensor Velocity) Toy(Rng rng, int trials)
    {
        var rates = new TrialTensor(trials, Bins, Units);
        for (int i = 0; i < rates.Values.Length; i++)
        {
            rates.Values[i] = (float)Math.Exp(0.5 * rng.NextNormal());
        }

        var velocity = new TrialTensor(trials, Bins, 2);
        for (int trial = 0; trial < trials; trial++)
        {
            for (int bin = Lag; bin < Bins; bin++)
            {
                velocity[trial, bin, 0] = rates[trial, bin - Lag, 0] - rates[trial, bin - Lag, 1] + (float)(0.05 * rng.NextNormal());
                velocity[trial, bin, 1] = (2 * rates[trial, bin - Lag, 2]) + (float)(0.05 * rng.NextNormal());
            }
        }

        return (rates, velocity);
    }
}
