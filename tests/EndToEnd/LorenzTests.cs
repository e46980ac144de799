using System.Text.Json;
using UnetSpikes.App;
using UnetSpikes.Cli;
using UnetSpikes.Tests.Architecture;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Infer;
using Xunit;

namespace UnetSpikes.Tests.EndToEnd;

/// <summary>From nothing to scores through files, as <c>demo.sh</c> goes, in a fraction of its time: learning itself is under test.</summary>
public sealed class LorenzTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_hundred_steps_beat_smoothing_by_far()
    {
        string data = _folder.File("lorenz.h5"), run = _folder.File("run"), model = _folder.File("model.onnx"),
            rates = _folder.File("lorenz.rates.h5"), decoder = _folder.File("decoder.json");

        Done("simulate", "lorenz", "--out", data, "--seed", "4", "--trials", "600", "--repeats", "20", "--quiet");
        JsonElement trained = Done(
            "train", "--config", Path.Combine(SourceTree.Root, "data", "config", "lorenz.yaml"), "--data", data, "--out", run,
            "--set", "TRAIN.NUM_UPDATES=200", "--set", "TRAIN.LR.WARMUP=20", "--device", "cpu", "--quiet", "--json");
        Done("export", "--checkpoint", Path.Combine(run, "best.safetensors"), "--out", model, "--quiet");
        Done("infer", "--model", model, "--input", data, "--out", _folder.Path, "--device", "cpu", "--quiet");
        Done("decode", "--rates", rates, "--targets", data, "--out", decoder, "--quiet");
        JsonElement rows = Done("summary", "--data", data, "--rates", rates, "--decoder", decoder, "--json").GetProperty("rows");

        (double smoothedRates, double smoothedLatents) = Scores(rows[1]);
        (double unetRates, double unetLatents) = Scores(rows[2]);
        // Smoothing: below 0 and about 0.5. Without learning the UNet has 0 and 0: the margins are for luck, not for less.
        Assert.True(unetRates > Math.Max(smoothedRates, 0) + 0.5, $"R2 of rates: {unetRates}, smoothing {smoothedRates}");
        Assert.True(unetLatents > smoothedLatents + 0.1, $"R2 of latents: {unetLatents}, smoothing {smoothedLatents}");
        Assert.True(trained.GetProperty("bits_per_spike").GetDouble() > 0.2);
        // What training said of its weights is what the exported model gives, through another graph and two files.
        Assert.Equal(trained.GetProperty("r2_uniform").GetDouble(), unetRates, 1e-4);
    }

    private static (double Rates, double Latents) Scores(JsonElement row) =>
        (row.GetProperty("r2_rates").GetDouble(), row.GetProperty("r2_latents").GetDouble());

    /// <summary>Runs a verb that must succeed; gives its last line where that is JSON.</summary>
    private static JsonElement Done(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(RootVerbs.Create(), args, output, error);
        Assert.True(code == 0, $"{args[0]}: {code}, {error}");
        return args.Contains("--json") ? TestRecordings.LastLine(output.ToString()) : default;
    }
}
