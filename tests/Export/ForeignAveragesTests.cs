using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Models.Import;
using UnetSpikes.Tests.Torch;
using Xunit;

namespace UnetSpikes.Tests.Export;

/// <summary>Other programs' checkpoints with an average of the weights: PyTorch says which numbers are which (tests/golden/torch/make_averages.py).</summary>
public sealed class ForeignAveragesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("averages").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>File, what is asked for (null = nothing), and which numbers of PyTorch's that is.</summary>
    public static TheoryData<string, string?, string> Chosen() => new()
    {
        { "averaged_model.pt", null, "average" },
        { "averaged_model.pt", "ema", "average" },
        { "averaged_model.pt", "swa", "average" },
        { "timm.pth.tar", null, "raw" },
        { "timm.pth.tar", "raw", "raw" },
        { "timm.pth.tar", "ema", "ema" },
        { "both.pt", null, "raw" },
        { "both.pt", "ema", "ema" },
        { "both.pt", "swa", "swa" },
        { "swa_callback.ckpt", null, "raw" },
        { "swa_callback.ckpt", "swa", "swa" },
        { "weight_averaging.ckpt", null, "average" },
        { "weight_averaging.ckpt", "raw", "raw" },
        { "weight_averaging.ckpt", "ema", "average" },
        { "module.ckpt", null, "raw" },
        { "module.ckpt", "raw", "raw" },
        { "module.ckpt", "ema", "ema" },
        { "not_begun.ckpt", "raw", "raw" },
    };

    [Theory]
    [MemberData(nameof(Chosen))]
    public void The_weights_asked_for_are_PyTorchs(string file, string? weights, string expected)
    {
        StateDict state = StateDict.OfTorch(TorchFileTests.Golden(file));

        StateDict chosen = weights is null ? state : new WeightsChoice(weights).Of(state);

        Assert.Equal(expected, chosen.Weights.ToString().ToLowerInvariant());
        Assert.Equal(UnetSpikes.Models.Architecture.Cnn, ImportedNetwork.Of(chosen).Checkpoint.Model.Architecture);
        using var golden = JsonDocument.Parse(File.ReadAllBytes(TorchFileTests.Golden("averages.json")));
        foreach (JsonProperty array in golden.RootElement.GetProperty(file).GetProperty(expected).EnumerateObject())
        {
            Assert.Equal(TorchFileTests.Numbers(array.Value), chosen.Arrays[array.Name].Values);
        }
    }

    [Theory]
    [InlineData("averaged_model.pt", "raw", "holds averaged weights, none of which are raw (--weights raw)")]
    [InlineData("timm.pth.tar", "swa", "holds raw weights ('state_dict') and ema weights ('state_dict_ema'), none of which are swa (--weights swa)")]
    [InlineData("module.ckpt", "swa", "holds raw weights ('state_dict') and ema weights ('ema_net.'), none of which are swa (--weights swa)")]
    [InlineData("not_begun.ckpt", "swa", "holds raw weights ('state_dict') and swa weights of nothing yet ('callbacks.StochasticWeightAveraging.average_model_state'), expected an average that has begun (--weights swa)")]
    [InlineData("unet_3_29_20_linear.pt", "ema", "holds raw weights, none of which are ema (--weights ema)")]
    public void What_a_file_does_not_have_is_refused_with_what_it_has(string file, string weights, string problem)
    {
        (int code, _, string error) = Export(file, "--weights", weights);

        Assert.Equal(ExitCode.Model, code);
        Assert.Contains($"{file}: {problem}", error);
        Assert.Equal("error: ", error[..7]);
    }

    [Theory]
    [InlineData("averaged_model.pt")]
    [InlineData("weight_averaging.ckpt")]
    [InlineData("swa_callback.ckpt")]
    public void How_many_weights_an_average_is_of_is_read(string file)
    {
        StateDict state = StateDict.OfTorch(TorchFileTests.Golden(file));

        Assert.Equal(3, Assert.Single(state.All, one => one.Weights != WeightsKind.Raw).Averaged);
        Assert.All(state.All, one => Assert.Equal(one.Weights == WeightsKind.Raw, one.Averaged is null));
    }

    [Fact]
    public void Of_several_averages_none_is_guessed()
    {
        var arrays = new Dictionary<string, NamedArray> { ["a.weight"] = new([1], [1]), ["ema_short.a.weight"] = new([1], [2]), ["ema_long.a.weight"] = new([1], [3]) };

        CheckpointException refused = Assert.Throws<CheckpointException>(() =>
            new WeightsChoice("ema").Of(StateDict.OfSafetensors("x", new SafetensorsFile(arrays, new Dictionary<string, string>()))));

        Assert.Contains("holds raw weights and ema weights ('ema_short.') and ema weights ('ema_long.'), of which more than one may be meant (--weights ema)", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A layer of another network is one whose effect would be lost.</summary>
    [Fact]
    public void A_layer_that_is_only_named_so_is_no_average()
    {
        var arrays = new Dictionary<string, NamedArray> { ["embedding.weight"] = new([1], [1]), ["avg_pool.weight"] = new([1], [2]) };

        StateDict state = StateDict.OfSafetensors("x", new SafetensorsFile(arrays, new Dictionary<string, string>()));

        Assert.Empty(state.Beside);
        Assert.Equal(arrays.Keys, state.Arrays.Keys);
    }

    [Theory]
    [InlineData("timm.pth.tar", "its ema weights ('state_dict_ema'), beside raw weights ('state_dict') (--weights); link")]
    [InlineData("module.ckpt", "its ema weights ('ema_net.'), beside raw weights ('state_dict') (--weights); its running statistics are those of the raw weights (torch.optim.swa_utils.update_bn makes its own)")]
    public void Weights_that_were_chosen_are_exported_and_said(string file, string said)
    {
        (int code, _, string error) = Export(file, "--weights", "ema", "--bin-ms", "10");

        Assert.True(code == 0, error);
        Assert.Contains(said, error);
        Assert.Contains($"(step {(file == "module.ckpt" ? 4 : 0)}, ema weights)", error);
        Assert.Equal(file == "module.ckpt", error.Contains("update_bn", StringComparison.Ordinal));
    }

    private (int Code, string Output, string Error) Export(string file, params string[] more)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(ExportCommand.Create(), ["--checkpoint", TorchFileTests.Golden(file), "--out", Path.Combine(_folder, "model.onnx"), "--threads", "1", .. more], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
