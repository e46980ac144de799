using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Export;
using Network = UnetSpikes.Models.Architecture;

namespace UnetSpikes.Tests.Infer;

/// <summary>Small exported models that predict more units and bins than they see, and what each gives for whole trials in one run.</summary>
internal sealed class CoSmoothingModel : IDisposable
{
    private readonly OnnxSession _session;

    private CoSmoothingModel(string path, ModelOptions options)
    {
        (Path, Options) = (path, options);
        _session = ExportFixtures.Session(File.ReadAllBytes(path));
    }

    public static IReadOnlyDictionary<string, ModelOptions> Small { get; } = new Dictionary<string, ModelOptions>
    {
        ["unet"] = new() { Channels = 6, HeldIn = 4, ForwardBins = 5, Layers = 2, LatentDim = 4 },
        ["held out only"] = new() { Channels = 6, HeldIn = 4, Layers = 2, LatentDim = 4 },
        ["forward only"] = new() { Channels = 4, ForwardBins = 11, Layers = 2, LatentDim = 4, Upsample = Upsampling.Deconv },
        ["cnn"] = new() { Architecture = Network.Cnn, Channels = 6, HeldIn = 4, ForwardBins = 3, LatentDim = 4 },
    };

    public string Path { get; }

    public ModelOptions Options { get; }

    public static string[] Units(int count) => [.. Enumerable.Range(0, count).Select(unit => $"u{unit}")];

    /// <summary>Exports a network that is not trained, with 20 ms bins and units u0, u1, …</summary>
    public static CoSmoothingModel Write(string path, ModelOptions options, IReadOnlyList<string>? unitIds = null)
    {
        var data = new TrainingData("nowhere.h5", new string('0', 64), 20, unitIds ?? Units(options.Channels));
        Checkpoint checkpoint = ExportFixtures.Small(options, data);
        Graph graph = ExportFixtures.Graph(checkpoint, ModelForm.Auto);
        foreach ((string key, string value) in ExportedMetadata.Of(new TrainedNetworks(["x"], [checkpoint]), 20, "MIT", null).ToDictionary())
        {
            graph.Metadata[key] = value;
        }

        File.WriteAllBytes(path, GraphWriter.ToBytes(graph));
        return new CoSmoothingModel(path, options);
    }

    /// <summary>The model run once over whole trials, forward bins included; NaN is fed as zero.</summary>
    public TrialTensor OneShot(TrialTensor counts, string output = "rates")
    {
        HostTensor result = ExportFixtures.Run(_session, counts.WithZerosForGaps())[output];
        return new TrialTensor(counts.Trials, (int)result.Shape[1], (int)result.Shape[2], result.Values<float>());
    }

    public void Dispose() => _session.Dispose();
}
