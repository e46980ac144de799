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
