using System.CommandLine;
using System.Text.Json;
using System.Text.RegularExpressions;
using UnetSpikes.App;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Infer;
using Xunit;

namespace UnetSpikes.Tests.App;

/// <summary>The command that gathers the tools, and its own verbs, in process.</summary>
public sealed class AppTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "simulate|train|sweep|export|infer|decode|report|inspect|model-info|bench|doctor|0 done, 1 bug, 2 usage, 3 data")]
    [InlineData("simulate", "lorenz|chaotic|true rates and latents are known")]
    [InlineData("simulate lorenz", "--out <FILE> (REQUIRED)|--seed <N>|--trials <N>|--units <N>|--bin-ms <N>|--base-rate <N>|--force")]
    [InlineData("simulate chaotic", "--gain <N>|--max-rate <N>|[default: 1300]")]
    [InlineData("train", "masked modelling|--config <FILE>|--set <KEY=VALUE>|--device <auto|--max-seconds")]
    [InlineData("sweep", "successive halving|--grid <KEY=VALUES>|--range <KEY=LOW..HIGH|--random <N>|--seeds <N>|--halving <U1,U2|--jobs <N>|--max-seconds|plan|slurm|status|collect")]
    [InlineData("sweep run", "--index <I>|--every <N>|--local|--requeue|--out <DIR> (REQUIRED)")]
    [InlineData("sweep slurm", "--partition <NAME>|--time <TIME>|--cpus-per-task <N>|--gpus <N>|--max-parallel <K>|--tasks <N>|--sbatch <KEY=VALUE>|--dry-run, --script-only")]
    [InlineData("infer", "--model <FILE.onnx>|--input <FILE|--out <DIR>|--shard <I|--stream|--listen <HOST:PORT>|--window <BINS>|--bin-ms <MS>|--latents|--threads <N>|--nlb|--smooth|--slurm|--json")]
    [InlineData("export", "--checkpoint <FILE|--out <FILE|--atol|--no-card|--force")]
    [InlineData("decode", "--rates <FILE>|--targets <FILE>|--behavior <FILE[:KEY]>|--history <N>|--lags <A..B>|--alphas|--submission <FILE>|--target <FILE>|--row <markdown|latex>")]
    [InlineData("report", "<RUN>...|--out <FILE> (REQUIRED)|--data <FILE>|--trials <I,J,…>|--units <I,J,…>|--force|--json")]
    [InlineData("inspect", "Say what files hold|.safetensors checkpoints|--format <hdf5|--json")]
    [InlineData("model-info", "<MODEL>|--card <FILE.md>|--no-speed|--threads <N>|--force|--json")]
    [InlineData("bench", "--model <FILE.onnx> (REQUIRED)|--compare <FILE.onnx>|--batch <N,N,…>|--bins <N,N,…>|--seconds <S>|--device <auto|--threads <N>|--json")]
    [InlineData("doctor", "what is missing and how to get it|--json")]
    public void Help_of_every_verb_names_its_purpose_its_options_and_the_exit_codes(string verb, string phrases)
    {
        (int code, string output, string error) = Run([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);

        Assert.Equal((0, ""), (code, error));
        // "--device <auto|cpu…" holds the separator itself: its first half is enough.
        Assert.All(phrases.Split('|'), phrase => Assert.Contains(phrase, output, StringComparison.Ordinal));
        Assert.DoesNotContain("summary", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_option_of_every_verb_is_described() => Assert.All(
        Verbs(RootVerbs.Create()).SelectMany(verb => verb.Options.Select(option => (verb, option))),
        pair => Assert.False(string.IsNullOrWhiteSpace(pair.option.Description), $"{pair.verb.Name} {pair.option.Name}"));

    [Fact]
    public void Version_is_a_number() => Assert.Matches(new Regex(@"^\d+\.\d+\.\d+"), Run("--version").Output);

    [Fact]
    public void No_verb_and_an_unknown_verb_are_usage_errors_of_one_line()
    {
        (int code, string output, string error) = Run("smooth");

        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.Equal(1, error.Count(c => c == '\n'));
        Assert.Equal(ExitCode.Usage, Run().Code);
    }

    [Theory]
    [InlineData("lorenz", 20, 3)]
    [InlineData("chaotic", 10, null)]
    public void Simulated_files_can_be_read_and_repeated(string which, double binMs, int? latents)
    {
        string first = _folder.File("a.h5"), second = _folder.File("b.h5");

        (int code, string output, string error) = Run("simulate", which, "--out", first, "--trials", "20", "--repeats", "10", "--units", "6", "--duration-ms", "200", "--seed", "9", "--json");
        Run("simulate", which, "--out", second, "--trials", "20", "--repeats", "10", "--units", "6", "--duration-ms", "200", "--seed", "9", "--quiet");

        Assert.Equal(0, code);
        Assert.StartsWith($"wrote {first}: 16 training and 4 validation trials", error, StringComparison.Ordinal);
        var data = LfadsFile.Read(first);
        Assert.Equal((binMs, 6, latents ?? data.Train.Latents!.Units), (data.BinWidthMs!.Value, data.UnitIds.Count, data.Train.Latents!.Units));
        Assert.Equal(data.Fingerprint, TestRecordings.LastLine(output).GetProperty("fingerprint").GetString());
        Assert.Equal(data.Fingerprint, LfadsFile.Read(second).Fingerprint);
        Assert.Equal((ExitCode.Usage, $"error: --out: {first} exists; --force overwrites it\n"), (Run("simulate", which, "--out", first).Code, Run("simulate", which, "--out", first).Error));
    }

    [Fact]
    public void A_simulation_that_cannot_be_is_a_usage_error()
    {
        (int code, _, string error) = Run("simulate", "lorenz", "--out", _folder.File("a.h5"), "--trials", "2");

        Assert.Equal((ExitCode.Usage, "error: --trials: 2 cannot be, expected at least 5, every fifth is for validation\n"), (code, error));
        Assert.False(File.Exists(_folder.File("a.h5")));
    }

    [Fact]
    public void Inspect_tells_counts_models_and_checkpoints_apart()
    {
        string data = _folder.File("a.h5"), checkpoint = _folder.File("c.safetensors");
        Run("simulate", "lorenz", "--out", data, "--trials", "10", "--units", "4", "--duration-ms", "200", "--quiet");
        WriteCheckpoint(checkpoint);

        (int code, string output, string error) = Run("inspect", data, checkpoint, TestRecordings.Pyramid, "--json");

        Assert.Equal((0, ""), (code, error));
        Assert.Matches(new Regex(@"/train_data +\(8, 10, 4\) +int64"), output);
        Assert.Contains("spike counts, 20 ms bins", output, StringComparison.Ordinal);
        Assert.Contains("9 bins before, 9 after: looks 180 ms ahead", output, StringComparison.Ordinal);
        Assert.Contains("run: note", output, StringComparison.Ordinal);
        JsonElement[] files = [.. TestRecordings.LastLine(output).GetProperty("files").EnumerateArray()];
        Assert.Equal(["counts", "checkpoint", "model"], files.Select(f => f.GetProperty("kind").GetString()));
        Assert.Equal(17, files[1].GetProperty("step").GetInt32());
    }

    [Fact]
    public void Inspect_shows_what_rates_were_made_from()
    {
        string data = _folder.File("a.h5");
        Run("simulate", "lorenz", "--out", data, "--trials", "10", "--units", "4", "--duration-ms", "200", "--quiet");
        Assert.Equal(0, Run("infer", "--model", TestRecordings.Pyramid, "--input", data, "--out", _folder.Path, "--device", "cpu", "--quiet").Code);

        (int code, string output, _) = Run("inspect", _folder.File("a.rates.h5"));

        Assert.Equal(0, code);
        Assert.Contains("a.rates.h5: rates, 20 ms bins", output, StringComparison.Ordinal);
        Assert.Contains("made from: {\"made_by\":\"unet-spikes infer", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x.h5", ExitCode.Data)]
    [InlineData("x.safetensors", ExitCode.Model)]
    [InlineData("x.onnx", ExitCode.Model)]
    public void Inspect_refuses_a_file_that_is_not_what_its_name_says(string name, int expected)
    {
        string path = _folder.Write(name, "nonsense that is long enough to be read"u8);

        (int code, string output, string error) = Run("inspect", path);

        Assert.Equal((expected, ""), (code, output));
        Assert.StartsWith($"error: {path}: ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    [Fact]
    public void Inspect_says_when_there_is_no_file() => Assert.Equal(
        (ExitCode.Data, "", "error: /no/such.onnx: does not exist, expected a recording, a data set, a checkpoint or a model\n"), Run("inspect", "/no/such.onnx"));

    [Fact]
    public void Doctor_names_versions_and_libraries_and_is_content_where_the_tests_run()
    {
        (int code, string output, string error) = Run("doctor", "--json", "--threads", "1");

        Assert.Equal((0, ""), (code, error));
        JsonElement line = TestRecordings.LastLine(output);
        Assert.Matches(@"^\d+\.\d+\.\d+$", line.GetProperty("hdf5_version").GetString());
        Assert.Matches(@"^\d+\.\d+", line.GetProperty("runtime").GetProperty("onnx_runtime_version").GetString());
        Assert.True(File.Exists(line.GetProperty("runtime").GetProperty("onnx_runtime_path").GetString()));
        Assert.Equal(0, line.GetProperty("missing").GetArrayLength());
        Assert.Contains("ready: ", output, StringComparison.Ordinal);
        Assert.Contains("1 (--threads)", output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_summary_scores_the_rates_file_against_the_truth()
    {
        string data = _folder.File("a.h5"), rates = _folder.File("r.h5"), decoder = _folder.File("d.json");
        Run("simulate", "lorenz", "--out", data, "--trials", "50", "--repeats", "5", "--units", "8", "--quiet");
        WriteTrueRates(data, rates);
        Assert.Equal(0, Run("decode", "--rates", rates, "--targets", data, "--out", decoder, "--quiet").Code);

        (int code, string output, string error) = Run("summary", "--data", data, "--rates", rates, "--decoder", decoder, "--times", "train=1.5", "infer=0.2", "--json");

        Assert.Equal((0, ""), (code, error));
        JsonElement[] rows = [.. TestRecordings.LastLine(output).GetProperty("rows").EnumerateArray()];
        double[] r2 = [.. rows.Select(row => row.GetProperty("r2_rates").GetDouble())];
        Assert.True(r2[0] < 0 && r2[0] < r2[1] && r2[1] < 0.95, output); // counts, smoothing
        Assert.Equal(1, r2[2], 1e-9);
        Assert.True(rows[2].GetProperty("r2_latents").GetDouble() > 0.99);
        Assert.Contains("seconds: train 1.5, infer 0.2", output, StringComparison.Ordinal);
        Assert.Contains(RateScores.UniformDefinition, output, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(RootVerbs.Create(), args, output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static IEnumerable<Command> Verbs(Command command) => command.Subcommands.SelectMany(Verbs).Append(command);

    private static void WriteTrueRates(string dataPath, string ratesPath)
    {
        var data = LfadsFile.Read(dataPath);
        using var writer = RatesWriter.Create(ratesPath, new RatesHeader { BinWidthMs = 20, UnitIds = data.UnitIds });
        foreach ((string name, TrialTensor rates) in new[] { ("train_rates", data.Train.Rates!), ("valid_rates", data.Valid.Rates!) })
        {
            writer.AddArray(name, rates.Trials, rates.Bins, rates.Units);
            for (int trial = 0; trial < rates.Trials; trial++)
            {
                writer.Write(name, trial, 0, rates.Trial(trial));
            }
        }

        writer.Commit();
    }

    private static void WriteCheckpoint(string path)
    {
        var model = new ModelOptions { Channels = 4, Layers = 1, LatentDim = 2 };
        SpikeNetwork network = model.Build();
        int parameters = network.Parameters.Count, statistics = network.RunningStatistics.Count;
        new Checkpoint
        {
            Model = model,
            Parameters = new float[parameters],
            RunningStatistics = new float[statistics],
            Optimizer = new OptimizerState(new float[parameters], new float[parameters], new float[parameters]),
            Step = 17,
            Data = new TrainingData("lorenz.h5", "abc", 20, ["0", "1", "2", "3"]),
            Run = new Dictionary<string, string> { ["note"] = "for a test" },
        }.Save(path);
    }
}
