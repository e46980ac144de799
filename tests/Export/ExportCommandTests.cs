using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Data;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Export;

/// <summary>The tool as a user runs it.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class ExportCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("export").FullName;
    private readonly string _data;
    private readonly SpikeDataset _dataset;

    public ExportCommandTests()
    {
        _data = Path.Combine(_folder, "data.h5");
        _dataset = ExportFixtures.WriteData(_data);
    }

    private string CheckpointFile => Path.Combine(_folder, "best.safetensors");

    private string Model => Path.Combine(_folder, "out", "model.onnx");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_checkpoint_becomes_a_model_with_its_report_and_everything_needed_to_run_it()
    {
        Checkpoint checkpoint = Save();

        (int code, string output, string error) = Run("--licence", "CC-BY-4.0", "--json");

        Assert.True(code == 0, error);
        Assert.Contains("validation trials", output);
        Assert.Contains("R2 of rates", output);
        JsonElement line = JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement;
        Assert.True(line.GetProperty("max_abs_log_rates").GetDouble() < 1e-3);
        JsonElement[] times = [.. line.GetProperty("times").EnumerateArray()];
        Assert.Equal(["batch 1", "latency 1", "batch 64", "latency 64"], times.Select(t => $"{t.GetProperty("form").GetString()} {t.GetProperty("batch").GetInt32()}"));
        Assert.All(times, t => Assert.InRange(t.GetProperty("ms").GetDouble(), 1e-3, 1e3));
        Assert.True(times[1].GetProperty("ms").GetDouble() < times[3].GetProperty("ms").GetDouble(), "one trial took longer than 64");
        Assert.Contains("form, on this machine", output);
        JsonElement verification = line.GetProperty("verification");
        Assert.Equal(verification.GetProperty("r2_before").GetDouble(), verification.GetProperty("r2_after").GetDouble(), 1e-5);

        using OnnxSession session = ExportFixtures.Session(File.ReadAllBytes(Model));
        ModelMetadata metadata = ModelMetadata.FromDictionary(Model, session.Metadata);
        Assert.Equal(20, metadata.BinWidthMs);
        Assert.Equal(_dataset.UnitIds, metadata.UnitIds);
        Assert.Equal(_dataset.Fingerprint, metadata.TrainingDataHash);
        Assert.Equal(checkpoint.Model.Build().ReceptiveField.Left, metadata.ReceptiveFieldLeft);
        Assert.Equal(4, metadata.BinMultiple);
        Assert.Equal("CC-BY-4.0", metadata.Licence);
        Assert.Equal("unet layers=2 dim=6 latent=4 upsample=linear", metadata.Architecture);
        Assert.NotEmpty(metadata.Commit);
        Assert.Equal(0.25, metadata.Scores.Single(s => s.Name == "bits_per_spike").Value);
        Assert.All(metadata.Scores, s => Assert.NotEmpty(s.Definition));
        Assert.Equal(
            JsonSerializer.Serialize(verification.GetProperty("cases")),
            JsonSerializer.Serialize(JsonDocument.Parse(metadata.VerificationJson).RootElement.GetProperty("cases")));
        Assert.DoesNotContain(_folder, metadata.VerificationJson, StringComparison.Ordinal); // A model is given away: its data by name, not by folder.
        string card = Path.ChangeExtension(Model, ".md");
        Assert.Equal([card, Model], Directory.GetFiles(Path.GetDirectoryName(Model)!).Order());
        Assert.Equal(ModelCard.Markdown(metadata, "model.onnx"), File.ReadAllText(card));
    }

    [Fact]
    public void A_card_is_not_written_where_none_is_wanted_nor_over_a_file_of_the_users()
    {
        Save();
        string card = Path.ChangeExtension(Model, ".md");

        Assert.Equal(0, Run("--no-card").Code);
        Assert.Equal([Model], Directory.GetFiles(Path.GetDirectoryName(Model)!));

        File.Delete(Model);
        File.WriteAllText(card, "notes");
        AssertRefused(ExitCode.Usage, $"{card}, the model's card, exists; --force overwrites it, --no-card writes none");
        Assert.Equal([card], Directory.GetFiles(Path.GetDirectoryName(Model)!));
        AssertRefused(ExitCode.Usage, "is the name of the model's card", "--out", Path.Combine(_folder, "model.md"));
    }

    [Theory]
    [InlineData("batch")]
    [InlineData("latency")]
    public void One_form_alone_is_smaller(string form)
    {
        Save();
        Assert.Equal(0, Run().Code);
        long both = new FileInfo(Model).Length;

        Assert.Equal(0, Run("--for", form, "--force").Code);

        Assert.True(new FileInfo(Model).Length < 0.7 * both);
    }

    [Fact]
    public void Above_the_tolerance_there_is_no_file_not_even_a_temporary_one()
    {
        Save();
        string folder = Path.GetDirectoryName(Model)!;
        Directory.CreateDirectory(folder);
        File.WriteAllText(Model, "the old model");

        (int code, _, string error) = Run("--atol", "1e-12", "--force");

        Assert.Equal(ExitCode.Model, code);
        Assert.Contains("the model was not written: its log-rates differ from the checkpoint's", error);
        Assert.Equal([Model], Directory.GetFiles(folder));
        Assert.Equal("the old model", File.ReadAllText(Model));
    }

    [Fact]
    public void Int8_is_smaller_says_what_it_costs_and_is_not_written_above_the_limit()
    {
        Save();
        Assert.Equal(0, Run("--for", "batch", "--no-card").Code);
        long whole = new FileInfo(Model).Length;

        (int code, string output, string error) = Run("--for", "batch", "--no-card", "--precision", "int8", "--max-loss", "1", "--force", "--json");

        Assert.True(code == 0, error);
        Assert.True(new FileInfo(Model).Length < whole);
        JsonElement verification = JsonDocument.Parse(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]).RootElement.GetProperty("verification");
        Assert.Equal("int8", verification.GetProperty("precision").GetString());
        Assert.StartsWith("CPUExecutionProvider of ONNX Runtime", verification.GetProperty("provider").GetString(), StringComparison.Ordinal);
        double[] losses = [.. new[] { "r2", "bits_per_spike" }.Select(score => verification.GetProperty(score + "_before").GetDouble() - verification.GetProperty(score + "_after").GetDouble())];
        Assert.All(losses, loss => Assert.NotEqual(0, loss));
        Assert.Contains("bits per spike, nothing masked:", output, StringComparison.Ordinal);
        using (OnnxSession session = ExportFixtures.Session(File.ReadAllBytes(Model)))
        {
            Assert.Equal("int8", ModelMetadata.FromDictionary(Model, session.Metadata).Precision);
        }

        File.Delete(Model);
        Assert.True(losses.Max() > 0, "nothing is lost, so that no limit can be");
        AssertRefused(ExitCode.Model, "the model was not written: int8 costs", "--for", "batch", "--no-card", "--precision", "int8", "--max-loss", $"{losses.Max() / 2:R}");
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(Model)!));
    }

    [Fact]
    public void The_report_is_a_page_of_its_own_without_scripts()
    {
        Save();
        string page = Path.Combine(_folder, "report.html");

        (int code, _, string error) = Run("--report", page, "--no-card");

        Assert.True(code == 0, error);
        Assert.Contains("wrote " + page, error, StringComparison.Ordinal);
        string html = File.ReadAllText(page);
        Assert.Contains("<h1>Verification of model.onnx</h1>", html, StringComparison.Ordinal);
        Assert.Contains(" validation trials of ", html, StringComparison.Ordinal);
        Assert.Contains(" of rates, mean over units", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", html.Replace("http-equiv", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
        foreach (string element in new[] { "table", "tr", "td", "th", "dl", "dt", "dd", "div", "p", "h2" })
        {
            Assert.Equal(html.Split($"<{element}>").Length + html.Split($"<{element} ").Length - 1, html.Split($"</{element}>").Length);
        }

        File.Delete(Model);
        AssertRefused(ExitCode.Usage, $"--report: {page} exists; --force overwrites it", "--report", page, "--no-card");
        AssertRefused(ExitCode.Model, "was not written", "--report", Path.Combine(_folder, "none.html"), "--atol", "1e-12", "--force");
        Assert.False(File.Exists(Path.Combine(_folder, "none.html")));
    }

    [Fact]
    public void What_a_page_shows_of_others_is_text()
    {
        VerificationReport report = new Verification([ExportFixtures.Small()], VerificationData.Synthetic(6) with { Description = "<b>mine</b> & yours" }, 1e-5, 1)
            .Check("model", ExportFixtures.Bytes(ExportFixtures.Small(), ModelForm.Batch));
        ModelMetadata metadata = ExportedMetadata.Of(new TrainedNetworks(["x"], [ExportFixtures.Small()]), 20, "MIT", report);

        string html = VerificationPage.Make(new ExportResult("<i>.onnx", 1000, metadata, report, [new("batch", 1, 50, 0.5), new("batch", 64, 50, 2)]));

        Assert.Contains("Verification of &lt;i&gt;.onnx", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<i>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_its_data_the_report_says_that_the_counts_are_made_up()
    {
        Save();
        File.Delete(_data);

        (int code, string output, string error) = Run();

        Assert.True(code == 0, error);
        Assert.Contains("verifying with made-up counts", error);
        Assert.Contains("no real data was at hand", output);
        Assert.DoesNotContain("R2 of rates", output);
    }

    [Fact]
    public void Data_named_on_the_command_line_must_be_the_training_data()
    {
        Save();
        string other = Path.Combine(_folder, "other.h5");
        UnetSpikes.Data.Synthetic.LorenzSimulator.Run(new() { Seed = 2, Trials = 40, Repeats = 10, Units = 6 }).Write(other);

        AssertRefused(ExitCode.Usage, "its counts are not those the model was trained on", "--data", other);
        AssertRefused(ExitCode.Data, "absent.h5", "--data", Path.Combine(_folder, "absent.h5"));
    }

    [Fact]
    public void Data_that_changed_since_training_is_not_used_and_that_is_said()
    {
        Save();
        UnetSpikes.Data.Synthetic.LorenzSimulator.Run(new() { Seed = 2, Trials = 40, Repeats = 10, Units = 6 }).Write(_data);

        (int code, string output, string error) = Run();

        Assert.True(code == 0, error);
        Assert.Contains("warning:", error);
        Assert.Contains("no real data was at hand", output);
    }

    [Fact]
    public void The_width_of_a_bin_must_be_known_and_undisputed()
    {
        Save(binWidthMs: null);
        AssertRefused(ExitCode.Usage, "--bin-ms: neither the checkpoint nor its data knows the width of a bin");
        AssertRefused(ExitCode.Usage, "--bin-ms: is 0", "--bin-ms", "0");
        Assert.Equal(0, Run("--bin-ms", "5").Code);

        Save();
        AssertRefused(ExitCode.Usage, "--bin-ms: is 5, but the model was trained on bins of 20 ms", "--bin-ms", "5", "--force");
    }

    [Fact]
    public void What_cannot_be_exported_is_refused_in_one_line()
    {
        File.WriteAllText(CheckpointFile, "no checkpoint");
        AssertRefused(ExitCode.Model, CheckpointFile);

        Checkpoint checkpoint = Save();
        SpikeNetwork network = checkpoint.Model.Build();
        SafetensorsFile file = Safetensors.Read(CheckpointFile);
        Safetensors.Write(CheckpointFile, [.. file.Arrays.Where(a => a.Key != "model.embedding.weight")], file.Metadata);
        AssertRefused(ExitCode.Model, "embedding.weight");

        Save();
        Directory.CreateDirectory(Path.GetDirectoryName(Model)!);
        File.WriteAllText(Model, "");
        AssertRefused(ExitCode.Usage, "exists; --force overwrites it");
        AssertRefused(ExitCode.Usage, "--atol: is 0", "--atol", "0");
        AssertRefused(ExitCode.Usage, "'browser'", "--for", "browser");
        AssertRefused(ExitCode.Usage, "'fp8'", "--precision", "fp8");
        AssertRefused(ExitCode.Usage, "--max-loss: is 0, expected a number above 0", "--max-loss", "0");
        AssertRefused(ExitCode.Usage, "--opset: is 12, expected 13 to 20", "--opset", "12");
        AssertRefused(ExitCode.Usage, "--opset: is 21, expected 13 to 20", "--opset", "21");

        ExportFixtures.Small(new() { Architecture = UnetSpikes.Models.Architecture.Ndt, Channels = 6, Layers = 1, Ndt = new NdtOptions { HiddenSize = 8, Positions = PositionKind.Relative } }).Save(CheckpointFile);
        AssertRefused(ExitCode.Usage, "--opset: is 13, too old for this network: ", "--opset", "13", "--force");
    }

    private Checkpoint Save(double? binWidthMs = 20)
    {
        Checkpoint checkpoint = ExportFixtures.Small(data: new TrainingData(_data, _dataset.Fingerprint, binWidthMs, _dataset.UnitIds)) with
        {
            Run = new Dictionary<string, string>
            {
                ["progress"] = """{ "Step": 7, "Best": { "Loss": 0.5, "BitsPerSpike": 0.25, "Rates": { "R2Uniform": 0.1, "R2Pooled": 0.2, "R2Median": 0.3 } } }""",
                ["config"] = "DATA:\n  TRAIN_FILENAME: data.h5\n",
            },
        };
        checkpoint.Save(CheckpointFile);
        return checkpoint;
    }

    private void AssertRefused(int code, string message, params string[] more)
    {
        (int actual, string output, string error) = Run(more);

        Assert.True(code == actual, error);
        Assert.Contains(message, error);
        Assert.StartsWith("error: ", error.Trim().Split('\n')[^1]);
        Assert.Equal("", output);
    }

    private (int Code, string Output, string Error) Run(params string[] more)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(ExportCommand.Create(), ["--checkpoint", CheckpointFile, "--threads", "1", .. more.Contains("--out") ? more : ["--out", Model, .. more]], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
