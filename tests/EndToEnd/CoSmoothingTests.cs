using System.Text.Json;
using UnetSpikes.App;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Hdf5;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Train;
using Xunit;

namespace UnetSpikes.Tests.EndToEnd;

/// <summary>Simulate with held-out units → train → export → submission: what is not seen is predicted better than by smoothing.</summary>
public sealed class CoSmoothingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_network_learns_to_predict_held_out_units_and_forward_bins()
    {
        string data = File("lorenz.h5"), model = File("model.onnx"), submission = File("submission.h5"), baseline = File("baseline.h5");
        Run("simulate", "lorenz", "--out", data, "--nlb", "--heldout", "8", "--forward-bins", "5", "--trials", "400", "--repeats", "10", "--base-rate", "10", "--quiet");
        string[] small = [.. new[] { "MODEL.NAME=resunet", "MODEL.LATENT_DIM=24", "MODEL.CODE=24", "MODEL.NUM_LAYERS=2", "TRAIN.MASK_RESCALE=true", "TRAIN.NUM_UPDATES=200", "TRAIN.LR.WARMUP=10", "TRAIN.VAL_INTERVAL=100" }
            .SelectMany(setting => (string[])["--set", setting])];
        Run(["train", "--data", data, "--out", File("run"), "--quiet", "--threads", "1", .. small]);
        Run("export", "--checkpoint", File("run/best.safetensors"), "--out", model, "--quiet", "--threads", "1");

        string inspected = Run("inspect", model, File("run/best.safetensors"));
        JsonElement scores = Last(Run("infer", "--nlb", "--model", model, "--input", data, "--out", submission, "--quiet", "--json", "--threads", "1"));
        JsonElement smoothed = Last(Run("infer", "--nlb", "--smooth", "60", "--input", data, "--out", baseline, "--quiet", "--json"));

        Assert.Equal(2, inspected.Split("8 held-out units and 5 forward bins from the first 21 units").Length - 1);
        Assert.True(scores.GetProperty("co_bps").GetDouble() > 0.1 + Math.Max(0, smoothed.GetProperty("co_bps").GetDouble()), $"{scores} {smoothed}");
        Assert.True(scores.GetProperty("fp_bps").GetDouble() > 0.05 + Math.Max(0, smoothed.GetProperty("fp_bps").GetDouble()), $"{scores} {smoothed}");
        RequireSubmission(submission, data);
        RequireSubmission(baseline, data);
        Run("infer", "--model", model, "--input", data, "--out", File("rates"), "--quiet", "--threads", "1");
        RequireSameRates(submission, File("rates/lorenz.rates.h5"));
    }

    /// <summary>Plain inference over the same file gives the same rates, of all units and bins in one array.</summary>
    private static void RequireSameRates(string submission, string ratesPath)
    {
        TrialTensor rates = RatesFile.Read(ratesPath).Arrays["eval_rates"];
        using Hdf5File file = Hdf5File.OpenRead(submission);
        Assert.Equal("[80, 50, 29]", rates.ToString());
        float[] heldOut = file.Dataset("/lorenz_20/eval_rates_heldout").Read<float>(), forward = file.Dataset("/lorenz_20/eval_rates_heldin_forward").Read<float>();
        Assert.All(heldOut.Zip(rates.Part(..45, 21..).Values), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        Assert.All(forward.Zip(rates.Part(45.., ..21).Values), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    /// <summary>The file's rates, scored by themselves, have the scores that were printed; shapes are the counts'.</summary>
    private static void RequireSubmission(string path, string dataPath)
    {
        SpikeDataset data = SpikeDataset.Read(dataPath);
        using Hdf5File file = Hdf5File.OpenRead(path);
        Assert.Equal(
            ["eval_rates_heldin", "eval_rates_heldin_forward", "eval_rates_heldout", "eval_rates_heldout_forward", "train_rates_heldin", "train_rates_heldout"],
            file.Keys("/lorenz_20").Order(StringComparer.Ordinal));
        Assert.Equal([320, 45, 21], file.Dataset("/lorenz_20/train_rates_heldin").Shape);
        Assert.Equal([80, 45, 8], file.Dataset("/lorenz_20/eval_rates_heldout").Shape);
        Assert.Equal([80, 5, 21], file.Dataset("/lorenz_20/eval_rates_heldin_forward").Shape);
        Assert.Equal(4, file.Dataset("/lorenz_20/eval_rates_heldout").ElementType.Size);
        var rates = new TrialTensor(80, 45, 8, file.Dataset("/lorenz_20/eval_rates_heldout").Read<float>());
        Assert.True(double.IsFinite(PoissonLikelihood.BitsPerSpike(rates, data.Observed.HeldOut(data.Valid.Counts)!)));
    }

    [Theory]
    [InlineData("--nlb: expected either --model FILE.onnx or --smooth MS", "--nlb")]
    [InlineData("--smooth: is an option of --nlb", "--smooth", "50")]
    [InlineData("--slurm: does not go with --nlb", "--nlb", "--smooth", "50", "--slurm")]
    [InlineData("--alpha: expected a penalty above 0", "--nlb", "--smooth", "50", "--alpha", "0")]
    [InlineData("--smooth: expected a width in milliseconds above 0", "--nlb", "--smooth", "-1")]
    [InlineData("--bin-ms: is 5, but", "--nlb", "--smooth", "50", "--bin-ms", "5")]
    public void Options_that_do_not_fit_are_refused(string problem, params string[] options)
    {
        (int code, _, string error) = RunAny(["infer", "--input", NlbFileTests.Prep("mc_maze_20_val.h5"), "--out", File("s.h5"), .. options]);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(problem, error, StringComparison.Ordinal);
        Assert.False(System.IO.File.Exists(File("s.h5")));
    }

    /// <summary>Without targets there is a submission all the same, and no score.</summary>
    [Fact]
    public void The_test_phase_is_submitted_under_the_name_given()
    {
        JsonElement report = Last(Run(
            "infer", "--nlb", "--smooth", "40", "--alpha", "10", "--dataset", "mc_maze_large", "--input", NlbFileTests.Prep("mc_maze_20_test.h5"), "--out", File("s.h5"), "--quiet", "--json"));

        Assert.Equal("mc_maze_large_20", report.GetProperty("group").GetString());
        Assert.Equal(JsonValueKind.Null, report.GetProperty("co_bps").ValueKind);
        Assert.Contains("penalty 10", report.GetProperty("made_by").GetString(), StringComparison.Ordinal);
        Assert.Equal("[10, 35, 3]", report.GetProperty("tensors").GetProperty("eval_rates_heldout").GetString());
    }

    private string File(string name) => _folder.File(name);

    private static JsonElement Last(string output) => TinyRun.LastLine(output);

    private static string Run(params string[] args)
    {
        (int code, string output, string error) = RunAny(args);
        Assert.True(code == 0, $"{string.Join(' ', args)}: {error}");
        return output;
    }

    private static (int Code, string Output, string Error) RunAny(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(RootVerbs.Create(), args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
