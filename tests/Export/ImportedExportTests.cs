using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Models;
using UnetSpikes.Tests.Torch;
using Xunit;

namespace UnetSpikes.Tests.Export;

/// <summary>From PyTorch's files to models that give PyTorch's numbers.</summary>
public sealed class ImportedExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("import").FullName;

    private string Model => Path.Combine(_folder, "model.onnx");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("unet_3_29_20_linear.pt", "PyTorch state_dict of unet for 29 units, 3 layers; link exp assumed")]
    [InlineData("unet_3_29_20_linear.ckpt", "Lightning checkpoint 2.0.0 of unet for 29 units, 3 layers; link exp by its hyper-parameters")]
    public void The_ancestors_checkpoint_gives_the_ancestors_rates(string file, string story)
    {
        (int code, string output, string error) = Run(TorchFileTests.Golden(file), "--bin-ms", "20");

        Assert.True(code == 0, error);
        Assert.Contains(story, error);
        Assert.DoesNotContain("warning", error);
        Assert.Contains("no real data was at hand", output);
        using OnnxSession session = ExportFixtures.Session(File.ReadAllBytes(Model));
        ModelMetadata metadata = ModelMetadata.FromDictionary(Model, session.Metadata);
        Assert.Equal(("unknown", 20.0, 29), (metadata.TrainingDataHash, metadata.BinWidthMs, metadata.UnitIds.Count));
        Assert.Equal("unet layers=3 dim=29 latent=20 upsample=linear", metadata.Architecture);
        using PyTorchGolden golden = PyTorchGolden.UNet();
        foreach (int bins in new[] { 17, 50, 100, 101 })
        {
            float[] ours = ExportFixtures.Run(session, golden.BinFirst($"case_3_29_20_linear/input_T{bins}"))[InferenceGraph.LogRates].Values<float>();
            double distance = ExportFixtures.Distance(golden.BinFirst($"case_3_29_20_linear/output_T{bins}").Values, ours);
            Assert.True(distance <= 1e-5, $"{bins} bins: {distance:E1}");
        }
    }

    [Fact]
    public void NDTs_checkpoint_gives_its_rates_with_its_own_configuration()
    {
        (int code, _, string error) = Run(TorchFileTests.Golden("ndt.pt"), "--bin-ms", "10");

        Assert.True(code == 0, error);
        System.Text.Json.JsonElement expected = TorchFileTests.Expected("ndt");
        using OnnxSession session = ExportFixtures.Session(File.ReadAllBytes(Model));
        float[] ours = ExportFixtures.Run(session, new TrialTensor(2, 12, 4, TorchFileTests.Numbers(expected.GetProperty("counts"))))[InferenceGraph.LogRates].Values<float>();
        Assert.True(ExportFixtures.Distance(TorchFileTests.Numbers(expected.GetProperty("log_rates")), ours) <= 1e-5);
    }

    [Fact]
    public void Safetensors_of_any_tool_are_taken_and_data_name_the_units()
    {
        string data = Path.Combine(_folder, "data.h5"), weights = Path.Combine(_folder, "net.safetensors");
        SpikeDataset dataset = ExportFixtures.WriteData(data);
        LfadsFile.Write(data, dataset with { UnitIds = ["a", "b", "c", "d", "e", "f"] });
        SpikeNetwork network = ExportFixtures.Small().Model.Build();
        Safetensors.Write(weights, [.. network.Parameters.Unflatten(ExportFixtures.Small().Parameters), .. network.RunningStatistics.Unflatten(ExportFixtures.Small().RunningStatistics)], new Dictionary<string, string> { ["format"] = "pt" });

        (int code, string output, string error) = Run(weights, "--data", data, "--link", "softplus");

        Assert.True(code == 0, error);
        Assert.Contains("R2 of rates", output);
        using OnnxSession session = ExportFixtures.Session(File.ReadAllBytes(Model));
        ModelMetadata metadata = ModelMetadata.FromDictionary(Model, session.Metadata);
        Assert.Equal(["a", "b", "c", "d", "e", "f"], metadata.UnitIds);
        Assert.Equal((RateLink.Softplus, dataset.BinWidthMs), (metadata.Link, metadata.BinWidthMs));
    }

    [Fact]
    public void What_cannot_be_exported_is_refused_in_one_line()
    {
        string pt = TorchFileTests.Golden("unet_3_29_20_linear.pt"), own = Path.Combine(_folder, "own.safetensors");
        ExportFixtures.Small().Save(own);

        AssertRefused(ExitCode.Usage, "--bin-ms: neither", pt);
        AssertRefused(ExitCode.Model, "lacks", pt, "--arch", "unet:upsample=deconv", "--bin-ms", "20");
        AssertRefused(ExitCode.Usage, "--arch: is 'transformer'", pt, "--arch", "transformer");
        AssertRefused(ExitCode.Usage, "--arch: is for checkpoints of other programs", own, "--arch", "unet");
        AssertRefused(ExitCode.Usage, "--link: is for checkpoints of other programs", own, "--link", "exp");
        AssertRefused(ExitCode.Model, "legacy.pt: is in the format that PyTorch wrote until 1.6", TorchFileTests.Golden("legacy.pt"));
        AssertRefused(ExitCode.Model, "which is none of the architectures here", TorchFileTests.Golden("busy.ckpt"));
        string data = Path.Combine(_folder, "data.h5");
        ExportFixtures.WriteData(data);
        AssertRefused(ExitCode.Usage, "has 6 units, expected the 29 of the network", pt, "--data", data);
    }

    private void AssertRefused(int code, string message, string checkpoint, params string[] more)
    {
        (int actual, string output, string error) = Run(checkpoint, more);

        Assert.True(code == actual, error);
        Assert.Contains(message, error);
        Assert.StartsWith("error: ", error.Trim().Split('\n')[^1]);
        Assert.Equal("", output);
        Assert.False(File.Exists(Model));
    }

    private (int Code, string Output, string Error) Run(string checkpoint, params string[] more)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(ExportCommand.Create(), ["--checkpoint", checkpoint, "--out", Model, "--threads", "1", .. more], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
