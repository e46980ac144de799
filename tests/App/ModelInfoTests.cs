using System.Text.Json;
using UnetSpikes.App;
using UnetSpikes.Cli;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Export;
using UnetSpikes.Tests.Infer;
using Xunit;

namespace UnetSpikes.Tests.App;

/// <summary>What <c>model-info</c> says of an export, and the card.</summary>
public sealed class ModelInfoTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Model => _folder.File("model.onnx");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_page_says_what_the_model_is_wants_gives_and_is_worth()
    {
        Export(new ModelOptions { Channels = 6, Layers = 2, LatentDim = 4 });

        (int code, string output, string error) = Run(Model, "--no-speed", "--json");

        Assert.Equal((0, ""), (code, error));
        string[] questions = ["what it is", "what it wants", "what it gives", "where it comes from", "how good it is"];
        int[] places = [.. questions.Select(q => output.IndexOf("\n" + q, StringComparison.Ordinal))];
        Assert.Equal(places.Order(), places);
        Assert.All(
            [
                "unet layers=2 dim=6 latent=4 upsample=linear", "opset 17: ", " Conv", "6: 0, 1, 2, 3, 4, 5", "20 ms", "any from 1 bins, padded inside to multiples of 4 plus one", "ahead",
                "times 50 = Hz", "log_rates", "latents", "NOASSERTION", "cases, log-rates within", "tolerance 1.0E-5", "made-up Poisson counts",
            ],
            phrase => Assert.Contains(phrase, output, StringComparison.Ordinal));
        JsonElement line = TestRecordings.LastLine(output), census = line.GetProperty("census");
        // Two forms of each weight, of which a run uses one: embedding 6·4 + 4, …, each at least once.
        Assert.InRange(census.GetProperty("weights").GetInt64(), census.GetProperty("stored_numbers").GetInt64() / 2, census.GetProperty("stored_numbers").GetInt64() * 2 / 3);
        Assert.Equal(new FileInfo(Model).Length, line.GetProperty("bytes").GetInt64());
        Assert.Equal("20", line.GetProperty("metadata").GetProperty("unet_spikes.bin_width_ms").GetString());
        Assert.Equal(JsonValueKind.Null, line.GetProperty("speed").ValueKind);
    }

    [Fact]
    public void Speed_here_is_of_one_trial_and_of_many()
    {
        (int code, string output, string error) = Run(TestRecordings.Pyramid, "--threads", "1", "--json");

        Assert.Equal((0, ""), (code, error));
        Assert.Contains("how fast it is here", output, StringComparison.Ordinal);
        JsonElement speed = TestRecordings.LastLine(output).GetProperty("speed");
        Assert.Equal([1, 64], speed.GetProperty("cells").EnumerateArray().Select(c => c.GetProperty("batch").GetInt32()));
        Assert.All(speed.GetProperty("cells").EnumerateArray(), cell => Assert.True(cell.GetProperty("model").GetProperty("p50_ms").GetDouble() > 0));
    }

    [Fact]
    public void The_card_of_any_model_is_the_one_export_writes_beside_it()
    {
        Export(new ModelOptions { Channels = 6, Layers = 2, LatentDim = 4 });
        string card = _folder.File("cards/again.md");

        Assert.Equal(0, Run(Model, "--no-speed", "--card", card).Code);

        Assert.Equal(File.ReadAllText(_folder.File("model.md")), File.ReadAllText(card));
        Assert.Equal((ExitCode.Usage, "", $"error: --card: {card} exists; --force overwrites it\n"), Run(Model, "--no-speed", "--card", card));
        Assert.Equal(0, Run(Model, "--no-speed", "--card", card, "--force").Code);
    }

    [Fact]
    public void Inspect_shows_the_first_half_of_the_page()
    {
        Export(new ModelOptions { Channels = 6, Layers = 2, LatentDim = 4 });

        string page = Run(Model, "--no-speed").Output;
        (int code, string output, _) = Invoke("inspect", Model);

        Assert.Equal(0, code);
        Assert.StartsWith(output, page, StringComparison.Ordinal);
        Assert.Contains("what it gives", output, StringComparison.Ordinal);
        Assert.DoesNotContain("how good it is", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other", "(unet_spikes.* is missing from the model's metadata): it was made by make_fixtures.py, expected a model exported by unet-spikes")]
    [InlineData("absent", "does not exist, expected a model written by 'export'")]
    public void A_model_that_is_not_ours_has_no_page(string name, string message)
    {
        (int code, string output, string error) = Run(TestRecordings.Model(name));

        Assert.Equal((ExitCode.Model, ""), (code, output));
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    private void Export(ModelOptions options)
    {
        string checkpoint = _folder.File("checkpoint.safetensors");
        ExportFixtures.Small(options).Save(checkpoint);
        ExportRun.Run(new ExportOptions { CheckpointPaths = [checkpoint], OutPath = Model, Threads = 1 }, new ToolConsole(TextWriter.Null, TextWriter.Null, Quiet: true, Verbose: false));
    }

    private static (int Code, string Output, string Error) Run(params string[] args) => Invoke(["model-info", .. args]);

    private static (int Code, string Output, string Error) Invoke(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(RootVerbs.Create(), args, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
