using System.Diagnostics;
using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Decode;
using UnetSpikes.Tests.Core;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Decode;

/// <summary>The tool as a user runs it, on a toy whose log-rates are linear in two slow latents.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class DecodeCommandTests : IDisposable
{
    private const int Units = 8;

    private readonly string _folder = Directory.CreateTempSubdirectory("decode").FullName;

    private string Rates => Path.Combine(_folder, "rates.h5");

    private string Targets => Path.Combine(_folder, "data.h5");

    private string DecoderFile => Path.Combine(_folder, "rates.decoder.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Log_rates_decode_best_and_raw_counts_worst_and_the_file_decodes_again()
    {
        SpikeDataset data = WriteToy();

        (int code, string output, string error) = Run("--rates", Rates, "--targets", Targets, "--json");

        Assert.True(code == 0, error);
        JsonElement line = JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;
        Dictionary<string, double> r2 = line.GetProperty("decoders").EnumerateArray()
            .ToDictionary(d => d.GetProperty("features").GetString()!, d => d.GetProperty("r2_mean").GetDouble());
        Assert.True(r2["log-rates"] > 0.999 && r2["log-rates"] > r2["rates"], output);
        Assert.True(r2["rates"] > r2["smoothed counts"] && r2["smoothed counts"] > r2["raw counts"], output);
        Assert.Contains(DecodeReport.Definition, output, StringComparison.Ordinal);
        Assert.Contains("40 training and 10 validation trials", error, StringComparison.Ordinal);

        JsonElement file = JsonDocument.Parse(File.ReadAllText(DecoderFile)).RootElement;
        JsonElement decoder = file.GetProperty("decoders").EnumerateArray().Single(d => d.GetProperty("features").GetString() == "raw counts");
        double[][] weights = decoder.GetProperty("weights").Deserialize<double[][]>()!;
        double[] intercept = decoder.Doubles("intercept");
        var predicted = new TrialTensor(data.Valid.Counts.Trials, data.Valid.Counts.Bins, 2);
        for (int i = 0; i < predicted.Values.Length; i++)
        {
            (int row, int d) = (i / 2, i % 2);
            predicted.Values[i] = (float)(intercept[d] + Enumerable.Range(0, Units).Sum(u => weights[u][d] * data.Valid.Counts.Values[(row * Units) + u]));
        }

        Assert.Equal(r2["raw counts"], RateScores.Compute(data.Valid.Latents!, predicted).R2Uniform, 1e-5);
        Assert.Equal(10, file.GetProperty("bin_width_ms").GetDouble());
        Assert.Equal("toy", file.GetProperty("provenance").GetProperty("rates").GetProperty("made_from").GetProperty("model").GetString());
        Assert.Equal(64, file.GetProperty("provenance").GetProperty("targets").GetProperty("sha256").GetString()!.Length);
    }

    [Fact]
    public void A_width_and_penalties_that_are_given_are_used()
    {
        WriteToy();
        string path = Path.Combine(_folder, "new", "d.json");

        (int code, _, string error) = Run("--rates", Rates, "--targets", Targets, "--smooth-sigma", "2.5", "--alphas", "3,30", "--folds", "4", "--out", path, "--quiet");

        Assert.Equal((0, ""), (code, error));
        JsonElement smoothed = JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("decoders")[1];
        Assert.Equal(2.5, smoothed.Double("sigma_bins"));
        Assert.Contains(smoothed.Double("alpha"), new[] { 3.0, 30.0 });
        Assert.Equal([Path.GetFileName(path)], Directory.GetFiles(Path.GetDirectoryName(path)!).Select(Path.GetFileName));
    }

    [Fact]
    public void A_decoder_that_exists_is_overwritten_only_by_force()
    {
        WriteToy();
        File.WriteAllText(DecoderFile, "mine");

        (int refused, _, string error) = Run("--rates", Rates, "--targets", Targets, "--smooth-sigma", "2");
        string kept = File.ReadAllText(DecoderFile);
        (int forced, _, _) = Run("--rates", Rates, "--targets", Targets, "--smooth-sigma", "2", "--force");

        Assert.Equal((ExitCode.Usage, $"error: --out: {DecoderFile} exists; --force overwrites it\n", "mine"), (refused, error, kept));
        Assert.Equal(0, forced);
        Assert.StartsWith("{", File.ReadAllText(DecoderFile), StringComparison.Ordinal);
    }

    [Fact]
    public void Bins_whose_rates_are_not_known_are_left_out_and_said()
    {
        WriteToy(spoil: rates => rates[0, 3, 1] = float.NaN);

        (int code, string output, string error) = Run("--rates", Rates, "--targets", Targets, "--smooth-sigma", "2", "--json", "--quiet");

        Assert.Equal(0, code);
        Assert.Equal("warning: rates: 1 of 2400 training bins are not known and were left out\nwarning: log-rates: 1 of 2400 training bins are not known and were left out\n", error);
        Assert.DoesNotContain("null", output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1].Replace("\"sigma_bins\":null", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_of_other_trials_or_bins_are_one_line_and_exit_code_3()
    {
        WriteToy();
        WriteRates(new TrialTensor(39, 60, Units), new TrialTensor(10, 60, Units), binWidthMs: 10);

        (int code, string output, string error) = Run("--rates", Rates, "--targets", Targets);

        Assert.Equal((ExitCode.Data, ""), (code, output));
        Assert.Equal($"error: {Rates}: /train_rates is [39, 60, 8], expected the 40 trials of 60 bins of {Targets}\n", error);
        Assert.False(File.Exists(DecoderFile));
    }

    [Fact]
    public void Rates_with_another_bin_width_are_one_line_and_exit_code_3()
    {
        WriteToy();
        WriteRates(new TrialTensor(40, 60, Units), new TrialTensor(10, 60, Units), binWidthMs: 20);

        (int code, _, string error) = Run("--rates", Rates, "--targets", Targets);

        Assert.Equal((ExitCode.Data, $"error: {Rates}: /@bin_ms is 20 ms, expected the 10 ms of {Targets}\n"), (code, error));
    }

    [Fact]
    public void A_data_set_without_latents_is_one_line_and_exit_code_3()
    {
        WriteToy(withLatents: false);

        (int code, _, string error) = Run("--rates", Rates, "--targets", Targets);

        Assert.Equal((ExitCode.Data, $"error: {Targets}: /train_latents is missing, expected targets [trial, bin, dimension]\n"), (code, error));
    }

    [Theory]
    [InlineData("--folds: is 1, expected at least 2", "--folds", "1")]
    [InlineData("--folds: is 41, but ", "--folds", "41")]
    [InlineData("--alphas: expected penalties of at least 0", "--alphas", "1,-1")]
    [InlineData("--alphas: 'much' is no number", "--alphas", "1,much")]
    [InlineData("--smooth-sigma: is -1", "--smooth-sigma", "-1")]
    [InlineData("options: --smooth-sigma: is -1, expected a width in bins of at least 0; --folds: is 0", "--smooth-sigma", "-1", "--folds", "0")]
    public void Options_that_make_no_sense_are_one_line_and_exit_code_2(string expected, params string[] args)
    {
        WriteToy();

        (int code, string output, string error) = Run(["--rates", Rates, "--targets", Targets, "--quiet", .. args]);

        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.StartsWith("error: " + expected, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    [Fact]
    public void A_missing_file_is_one_line_and_exit_code_3()
    {
        (int code, _, string error) = Run("--rates", Path.Combine(_folder, "none.h5"), "--targets", Targets);

        Assert.Equal(ExitCode.Data, code);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    [Fact]
    public async Task The_tool_runs_as_a_process_of_its_own()
    {
        // In process every library is at hand; alone, the tool must find those that only its libraries reference.
        WriteToy();
        string tool = Path.Combine(AppContext.BaseDirectory.Replace("UnetSpikes.Tests", "UnetSpikes.Decode", StringComparison.Ordinal), "UnetSpikes.Decode.dll");
        var start = new ProcessStartInfo("dotnet", [tool, "--rates", Rates, "--targets", Targets, "--smooth-sigma", "2", "--json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, await error);
        Assert.EndsWith("}\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelling_leaves_no_file()
    {
        WriteToy();
        var console = new ToolConsole(TextWriter.Null, TextWriter.Null, Quiet: true, Verbose: false);

        Assert.ThrowsAny<OperationCanceledException>(() =>
            DecodeRun.Run(DecodeInputs.Read(Rates, Targets), new DecodeOptions(), console, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Help_names_every_option_with_its_unit()
    {
        (int code, string output, _) = Run("--help");

        Assert.Equal(0, code);
        Assert.All(["--rates <FILE>", "--targets <FILE>", "--smooth-sigma <BINS>", "--alphas <A,B,…>", "--folds <N>", "--out <FILE>", "--force", "--json"],
            option => Assert.Contains(option, output, StringComparison.Ordinal));
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = ToolHost.Run(DecodeCommand.Create(), args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private SpikeDataset WriteToy(bool withLatents = true, Action<TrialTensor>? spoil = null)
    {
        var rng = new Rng(4, "toy");
        SpikeSplit train = Toy(rng, 40, 0, withLatents);
        SpikeSplit valid = Toy(rng, 10, 40, withLatents);
        var data = new SpikeDataset
        {
            Path = Targets,
            BinWidthMs = 10,
            UnitIds = SpikeDataset.NumberedUnits(Units),
            Train = train,
            Valid = valid,
            Fingerprint = SpikeDataset.FingerprintOf(train.Counts, valid.Counts),
        };
        LfadsFile.Write(Targets, data);
        spoil?.Invoke(train.Rates!);
        WriteRates(train.Rates!, valid.Rates!, binWidthMs: 10);
        return data;
    }

    private static SpikeSplit Toy(Rng rng, int trials, int firstId, bool withLatents)
    {
        const int bins = 60;
        var latents = new TrialTensor(trials, bins, 2);
        var rates = new TrialTensor(trials, bins, Units);
        var counts = new TrialTensor(trials, bins, Units);
        for (int trial = 0; trial < trials; trial++)
        {
            double phase = 2 * Math.PI * rng.NextDouble();
            for (int bin = 0; bin < bins; bin++)
            {
                latents[trial, bin, 0] = (float)Math.Cos((0.15 * bin) + phase);
                latents[trial, bin, 1] = (float)Math.Sin((0.10 * bin) + phase);
                for (int unit = 0; unit < Units; unit++)
                {
                    double log = -1 + (Math.Cos(unit) * latents[trial, bin, 0]) + (Math.Sin(unit) * latents[trial, bin, 1]);
                    rates[trial, bin, unit] = (float)Math.Exp(log);
                    counts[trial, bin, unit] = rng.NextPoisson(Math.Exp(log));
                }
            }
        }

        return new SpikeSplit { Counts = counts, Rates = rates, Latents = withLatents ? latents : null, TrialIds = [.. Enumerable.Range(firstId, trials)] };
    }

    private void WriteRates(TrialTensor train, TrialTensor valid, double binWidthMs)
    {
        var header = new RatesHeader { BinWidthMs = binWidthMs, UnitIds = SpikeDataset.NumberedUnits(Units), ProvenanceJson = """{"model":"toy"}""" };
        using var writer = RatesWriter.Create(Rates, header);
        foreach ((string name, TrialTensor values) in new[] { ("train_rates", train), ("valid_rates", valid) })
        {
            writer.AddArray(name, values.Trials, values.Bins, values.Units);
            for (int trial = 0; trial < values.Trials; trial++)
            {
                writer.Write(name, trial, 0, values.Trial(trial));
            }
        }

        writer.Commit();
    }
}
