using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Regression;
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

    /// <summary>Exports a network that is not trained, with 20 ms bins and units u0, u1, …; with a decoder behind it, where one is given.</summary>
    public static CoSmoothingModel Write(string path, ModelOptions options, IReadOnlyList<string>? unitIds = null, FittedDecoder? decoder = null)
    {
        var data = new TrainingData("nowhere.h5", new string('0', 64), 20, unitIds ?? Units(options.Channels));
        Checkpoint checkpoint = ExportFixtures.Small(options, data);
        FusedDecoder? fused = decoder is null ? null : FusedDecoder.Of(decoder, data.UnitIds, 20, ["vx", "vy"], null);
        Graph graph = InferenceGraph.Build([FoldedNetwork.Of(checkpoint)], ModelForm.Auto, decoder: fused);
        ModelMetadata metadata = ExportedMetadata.Of(new TrainedNetworks(["x"], [checkpoint]), 20, "MIT", null) with { Decoded = fused?.Output };
        foreach ((string key, string value) in metadata.ToDictionary())
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
