using System.Text.Json;
using UnetSpikes.App.Bench;
using UnetSpikes.Cli;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Tests.Architecture;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Export;
using UnetSpikes.Tests.Infer;
using Xunit;

namespace UnetSpikes.Tests.App;

/// <summary><c>bench</c> in process: its numbers hang together; how large they are is the machine's affair.</summary>
public sealed class BenchCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static string TorchModel => Golden("torch_static.onnx");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_shape_is_a_row_whose_numbers_follow_from_its_times()
    {
        (int code, string output, string error) = Run("--model", TestRecordings.Pyramid, "--batch", "1,3", "--bins", "20,40", "--json");

        Assert.True(code == 0, error);
        JsonElement line = TestRecordings.LastLine(output);
        JsonElement[] cells = [.. line.GetProperty("cells").EnumerateArray()];
        Assert.Equal([(1, 20), (3, 20), (1, 40), (3, 40)], cells.Select(c => (c.GetProperty("batch").GetInt32(), c.GetProperty("bins").GetInt32())));
        Assert.All(cells, cell =>
        {
            JsonElement times = cell.GetProperty("model");
            double p50 = Number(times, "p50_ms"), bins = cell.GetProperty("batch").GetInt32() * cell.GetProperty("bins").GetInt32();
            Assert.True(p50 > 0 && p50 <= Number(times, "p95_ms") && Number(times, "p95_ms") <= Number(times, "p99_ms"));
            Assert.Equal(bins / p50 * 1000, Number(times, "bins_per_second"), 1e-6 * bins / p50 * 1000);
            Assert.Equal(Number(times, "bins_per_second") * 0.02, Number(times, "times_real_time"), 1e-6 * Number(times, "bins_per_second")); // 20 ms bins
            Assert.True(times.GetProperty("calls").GetInt32() >= 5);
            Assert.Equal(JsonValueKind.Null, cell.GetProperty("ratio").ValueKind);
        });
        JsonElement host = line.GetProperty("host");
        Assert.Matches(@"^\d+\.\d+", host.GetProperty("onnx_runtime").GetString());
        Assert.StartsWith("1 (", host.GetProperty("threads").GetString(), StringComparison.Ordinal);
        Assert.True(host.GetProperty("cores").GetInt32() >= 1);
        Assert.Contains("nearest rank", output, StringComparison.Ordinal);
        Assert.Contains("1 trials of 20 bins: 1 of 4", error, StringComparison.Ordinal);
    }

    [Fact]
    public void PyTorchs_own_export_of_the_same_weights_computes_the_same_and_brings_its_shape()
    {
        (int code, string output, string error) = Run("--model", OursOfTorchsWeights(), "--compare", TorchModel, "--json");

        Assert.True(code == 0, error);
        JsonElement line = TestRecordings.LastLine(output), cell = Assert.Single(line.GetProperty("cells").EnumerateArray()), ratio = cell.GetProperty("ratio");
        Assert.Equal((2, 20), (cell.GetProperty("batch").GetInt32(), cell.GetProperty("bins").GetInt32()));
        Assert.InRange(Number(cell, "largest_difference"), 0, 1e-5);
        Assert.True(Number(ratio, "low") <= Number(ratio, "median") && Number(ratio, "median") <= Number(ratio, "high"));
        Assert.Equal(Number(ratio, "median"), Number(line, "ratio_geometric_mean"), 1e-9);
        Assert.Equal(JsonValueKind.Null, line.GetProperty("compare").GetProperty("architecture").ValueKind);
        Assert.Contains("in turns, A B A B", output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_another_program_can_be_timed_alone_but_not_in_real_time()
    {
        (int code, string output, string error) = Run("--model", TorchModel, "--json");

        Assert.True(code == 0, error);
        JsonElement cell = Assert.Single(TestRecordings.LastLine(output).GetProperty("cells").EnumerateArray());
        Assert.Equal((2, 20, JsonValueKind.Null), (cell.GetProperty("batch").GetInt32(), cell.GetProperty("bins").GetInt32(), cell.GetProperty("model").GetProperty("times_real_time").ValueKind));
    }

    [Theory]
    [InlineData(ExitCode.Model, "/no/such.onnx: does not exist", "--model", "/no/such.onnx")]
    [InlineData(ExitCode.Usage, "--batch: is 0, but PYRAMID takes at least 1 trials at a time", "--model", "PYRAMID", "--batch", "0")]
    [InlineData(ExitCode.Usage, "--bins: is 0, but PYRAMID takes at least 1 bins", "--model", "PYRAMID", "--bins", "50,0")]
    [InlineData(ExitCode.Usage, "--batch: 'many' is no whole number, expected a list such as 1,64", "--model", "PYRAMID", "--batch", "many")]
    [InlineData(ExitCode.Usage, "--seconds: is 0, expected a number above 0", "--model", "PYRAMID", "--seconds", "0")]
    [InlineData(ExitCode.Usage, "--batch: is 1, but TORCH takes 2 trials at a time only", "--model", "PYRAMID", "--compare", "TORCH", "--batch", "1,2")]
    [InlineData(ExitCode.Usage, "--bins: is 50, but TORCH takes 20 bins only", "--model", "TORCH", "--bins", "50")]
    [InlineData(ExitCode.Usage, "--threads", "--model", "PYRAMID", "--threads", "-1")]
    [InlineData(ExitCode.Usage, "--device", "--model", "PYRAMID", "--device", "gpu")]
    public void What_cannot_be_measured_is_refused_in_one_line(int expected, string message, params string[] args)
    {
        (int code, string output, string error) = Run([.. args.Select(Named)]);

        Assert.Equal((expected, ""), (code, output));
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.Contains(Named(message), error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    [Fact]
    public void Files_that_are_no_models_and_models_of_other_units_are_refused()
    {
        string nonsense = _folder.Write("x.onnx", "nonsense that is long enough to be read"u8), six = _folder.File("six.onnx");
        File.WriteAllBytes(six, ExportFixtures.Bytes(ExportFixtures.Small(), ModelForm.Batch)); // 6 channels, no metadata

        (int notAModel, _, string first) = Run("--model", nonsense);
        (int otherUnits, _, string second) = Run("--model", TestRecordings.Pyramid, "--compare", six);

        Assert.Equal((ExitCode.Model, ExitCode.Model), (notAModel, otherUnits));
        Assert.StartsWith($"error: {nonsense}: ", first, StringComparison.Ordinal);
        Assert.Contains("'spikes' is spikes: Float [?, ?, 6], expected 4 channels", second, StringComparison.Ordinal);
    }

    private static string Named(string text) => text.Replace("PYRAMID", TestRecordings.Pyramid, StringComparison.Ordinal).Replace("TORCH", TorchModel, StringComparison.Ordinal);

    private static string Golden(string name) => Path.Combine(SourceTree.Root, "tests", "golden", "bench", name);

    /// <summary>The weights that PyTorch exported, through a checkpoint and our export.</summary>
    private string OursOfTorchsWeights()
    {
        string checkpoint = _folder.File("torch.safetensors"), model = _folder.File("ours.onnx"), weights = Golden("weights.safetensors");
        ExportFixtures.OfStateDict(new ModelOptions { Layers = 2, Channels = 4, LatentDim = 3 }, Safetensors.Read(weights).Arrays, weights).Save(checkpoint);
        ExportRun.Run(new ExportOptions { CheckpointPaths = [checkpoint], OutPath = model, Threads = 1 }, new ToolConsole(TextWriter.Null, TextWriter.Null, Quiet: true, Verbose: false));
        return model;
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        string[] quick = [.. new[] { ("--seconds", "0.05"), ("--threads", "1"), ("--device", "cpu") }.Where(o => !args.Contains(o.Item1)).SelectMany(o => new[] { o.Item1, o.Item2 })];
        int code = ToolHost.Run(BenchCommand.Create(), [.. args, .. quick], output, error);
        return (code, output.ToString(), error.ToString());
    }

    private static double Number(JsonElement parent, string key) => parent.GetProperty(key).GetDouble();
}
