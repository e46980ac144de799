using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Tests.Models;
using UnetSpikes.Tests.Torch;
using Xunit;

namespace UnetSpikes.Tests.Export;

/// <summary>A checkpoint of PyTorch Lightning as we export it, and one trial of counts, as files.</summary>
public sealed class ExportedModel : IDisposable
{
    private const string Name = "case_3_29_20_linear";

    public ExportedModel()
    {
        using PyTorchGolden golden = PyTorchGolden.UNet();
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(ExportCommand.Create(), ["--checkpoint", TorchFileTests.Golden("unet_3_29_20_linear.ckpt"), "--bin-ms", "20", "--out", Model, "--threads", "1"], output, error);
        Assert.True(code == 0, error.ToString());
        TrialTensor inputs = golden.BinFirst(Name + "/input_T50");
        Input = new TrialTensor(1, inputs.Bins, inputs.Units, inputs.Trial(0).ToArray());
        LogRates = golden.BinFirst(Name + "/output_T50").Trial(0).ToArray();
        IEnumerable<string> lines = Input.Values.Chunk(Input.Units).Select(bin => string.Join(',', bin.Select(count => count.ToString("R", CultureInfo.InvariantCulture))));
        System.IO.File.WriteAllLines(Counts, lines);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("deploy").FullName;

    public string Model => File("model.onnx");

    public string Counts => File("counts.csv");

    /// <summary>[1, bin, unit].</summary>
    public TrialTensor Input { get; }

    /// <summary>What PyTorch made of it.</summary>
    public float[] LogRates { get; }

    public string File(string name) => Path.Combine(Folder, name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
