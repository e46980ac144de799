using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Tests.Data;
using UnetSpikes.Torch;
using Xunit;

namespace UnetSpikes.Tests.Torch;

/// <summary>Files that PyTorch wrote hold what PyTorch says they hold.</summary>
public sealed class TorchFileTests
{
    [Fact]
    public void Every_type_view_and_order_of_elements_is_what_PyTorch_says()
    {
        using var file = TorchFile.Open(Golden("views.pt"));

        JsonElement expected = Expected("views");
        Assert.Equal(expected.EnumerateObject().Select(p => p.Name), file.Tensors.Select(t => t.Key));
        foreach ((string name, TorchTensor tensor) in file.Tensors)
        {
            Assert.Equal(expected.GetProperty(name).GetProperty("dims").EnumerateArray().Select(e => e.GetInt64()), tensor.Dims);
            Assert.Equal(Numbers(expected.GetProperty(name).GetProperty("values")), file.Read(tensor));
        }

        Assert.Equal(
            [TorchType.Float64, TorchType.Float16, TorchType.BFloat16, TorchType.Int64, TorchType.Int32, TorchType.Int16, TorchType.Int8, TorchType.UInt8, TorchType.Bool],
            file.Tensors.TakeLast(9).Select(t => t.Value.Type));
    }

    [Fact]
    public void The_other_byte_order_gives_the_same_numbers()
    {
        using var file = TorchFile.Open(Golden("big_endian.pt"));

        Assert.Equal([1.5f, 3, -2.25f, 1e-3f], file.Read(file.Tensors[0].Value));
        Assert.Equal([5f], file.Read(file.Tensors[1].Value));
    }

    [Fact]
    public void Tensors_with_attributes_and_packed_archives_of_newer_versions_are_read()
    {
        using var file = TorchFile.Open(Golden("newer.pt"));

        Assert.Equal(["a", "b"], file.Tensors.Select(t => t.Key));
        Assert.All(file.Tensors, t => Assert.Equal([1.5f, -2], file.Read(t.Value)));
    }

    [Fact]
    public void Of_a_Lightning_checkpoint_the_network_and_the_plain_settings_are_read()
    {
        using var file = TorchFile.Open(Golden("busy.ckpt"));

        Assert.Equal(["net.weight", "net.bias"], file.Tensors.Select(t => t.Key));
        Assert.Equal(Numbers(Expected("busy").GetProperty("weight").GetProperty("values")), file.Read(file.Tensors[0].Value));
        Assert.Equal(("2", "41", "1.9.5"), (file.Facts["epoch"], file.Facts["global_step"], file.Facts["pytorch-lightning_version"]));
        Assert.Equal(
            ("0.001", "net", "2", "true", "softplus"),
            (file.Settings["lr"], file.Settings["name"], file.Settings["deep.beta"], file.Settings["deep.on"], file.Settings["args.ilink"]));
        Assert.Equal("1267650600228229401496703205376", file.Settings["huge"]);
    }

    [Fact]
    public void The_ancestors_files_have_its_hyper_parameters()
    {
        using var file = TorchFile.Open(Golden("unet_3_29_20_linear.ckpt"));

        Assert.Equal(("canonical", "poisson", "1"), (file.Settings["ilink"], file.Settings["loss"], file.Settings["beta"]));
        Assert.Equal("100", file.Facts["global_step"]);
    }

    [Theory]
    [InlineData("legacy.pt", "_use_new_zipfile_serialization=True")]
    [InlineData("script.pt", "TorchScript")]
    [InlineData("module.pt", "names __main__.Whole")]
    [InlineData("make_golden.py", "is not a file of torch.save")]
    [InlineData("malicious/system.pkl", "is a plain pickle")]
    [InlineData("../formats/plain.npz", "not one of torch.save")]
    [InlineData("absent.pt", "does not exist")]
    public void What_is_no_state_dict_is_refused_with_what_to_do(string name, string reason)
    {
        CheckpointException refused = Assert.Throws<CheckpointException>(() => TorchFile.Open(Golden(name)));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.Equal(4, refused.ExitCode);
    }

    /// <summary>A file or folder of tests/golden/torch.</summary>
    internal static string Golden(string name) => Path.Combine(Path.GetDirectoryName(TestFiles.Golden("../torch/views.pt"))!, name);

    internal static JsonElement Expected(string part) => JsonDocument.Parse(File.ReadAllBytes(Golden("expected.json"))).RootElement.GetProperty(part);

    internal static float[] Numbers(JsonElement values) => [.. values.EnumerateArray().Select(e => (float)e.GetDouble())];
}
