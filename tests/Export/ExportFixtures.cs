using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Synthetic;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Regression;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Models;

namespace UnetSpikes.Tests.Export;

/// <summary>Networks with weights, as checkpoints and as exported models.</summary>
internal static class ExportFixtures
{
    private static readonly SessionSettings Quiet = new() { Threads = 1, Spinning = false };

    /// <summary>A small network that is not trained, its normalisations not neutral.</summary>
    public static Checkpoint Small(ModelOptions? model = null, TrainingData? data = null, ulong seed = 3)
    {
        model ??= new ModelOptions { Channels = 6, Layers = 2, LatentDim = 4 };
        SpikeNetwork network = model.Build();
        var rng = new Rng(seed, "weights");
        float[] statistics = network.RunningStatistics.Initialize(rng);
        for (int i = 0; i < statistics.Length; i++)
        {
            statistics[i] += (float)(0.6 * (rng.NextDouble() - 0.5));
        }

        return Of(model, network.Parameters.Initialize(rng), statistics, data);
    }

    /// <summary>One of PyTorch's networks: "case_LAYERS_CHANNELS_LATENT_UPSAMPLE".</summary>
    public static Checkpoint Golden(PyTorchGolden golden, string name)
    {
        string[] parts = name.Split('_');
        var model = new ModelOptions
        {
            Layers = int.Parse(parts[1], CultureInfo.InvariantCulture),
            Channels = int.Parse(parts[2], CultureInfo.InvariantCulture),
            LatentDim = int.Parse(parts[3], CultureInfo.InvariantCulture),
            Upsample = Enum.Parse<Upsampling>(parts[4], ignoreCase: true),
        };
        return OfStateDict(model, golden.Arrays(name + "/state_dict"), name);
    }

    /// <summary>PyTorch's weights, by its names.</summary>
    public static Checkpoint OfStateDict(ModelOptions model, IReadOnlyDictionary<string, NamedArray> arrays, string name)
    {
        SpikeNetwork network = model.Build();
        return Of(model, network.Parameters.Flatten(arrays, name), network.RunningStatistics.Flatten(arrays, name), null);
    }

    /// <summary>A small simulated data set as a file.</summary>
    public static SpikeDataset WriteData(string path)
    {
        LorenzSimulator.Run(new LorenzOptions { Trials = 40, Repeats = 10, Units = 6 }).Write(path);
        return LfadsFile.Read(path);
    }

    public static Graph Graph(Checkpoint checkpoint, ModelForm form) => InferenceGraph.Build([FoldedNetwork.Of(checkpoint)], form);

    public static byte[] Bytes(Checkpoint checkpoint, ModelForm form) => GraphWriter.ToBytes(Graph(checkpoint, form));

    /// <summary>A decoder of two columns that was fitted on nothing, for a model of numbered units.</summary>
    public static FusedDecoder Decoder(int units, int firstLag, int lastLag) =>
        FusedDecoder.Of(Fitted(units, firstLag, lastLag), SpikeDataset.NumberedUnits(units), 20, ["vx", "vy"], null);

    /// <summary>The same as a file has it.</summary>
    public static FittedDecoder Fitted(int units, int firstLag, int lastLag)
    {
        var random = new Rng(5, "decoder");
        double[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];
        return new FittedDecoder
        {
            Path = "decoder.json",
            Sha256 = "",
            Name = "made up",
            FirstLag = firstLag,
            LastLag = lastLag,
            Ridge = new RidgeDecoder { Weights = [.. Enumerable.Range(0, units * (lastLag - firstLag + 1)).Select(_ => Numbers(2))], Intercept = Numbers(2), Alpha = 1 },
            BinWidthMs = 20,
            TargetUnit = "m/s",
            R2Mean = 0.5,
        };
    }

    public static OnnxSession Session(byte[] model) => new(model, Quiet);

    /// <summary>Trials as a model takes and gives them, [trial, bin, unit].</summary>
    public static HostTensor Tensor(TrialTensor trials) => HostTensor.Of(trials.Values, trials.Trials, trials.Bins, trials.Units);

    /// <summary>All outputs for counts [trial, bin, unit].</summary>
    public static IReadOnlyDictionary<string, HostTensor> Run(OnnxSession session, TrialTensor counts) => session.Run(
        new Dictionary<string, HostTensor> { [InferenceGraph.Spikes] = Tensor(counts) });

    public static double Distance(float[] a, float[] b)
    {
        Xunit.Assert.Equal(a.Length, b.Length);
        return a.Zip(b, (x, y) => Math.Abs((double)x - y)).Max();
    }

    private static Checkpoint Of(ModelOptions model, float[] parameters, float[] statistics, TrainingData? data) => new()
    {
        Model = model,
        Parameters = parameters,
        RunningStatistics = statistics,
        Optimizer = new OptimizerState(new float[parameters.Length], new float[parameters.Length], new float[parameters.Length]),
        Step = 7,
        Data = data ?? new TrainingData("nowhere.h5", new string('0', 64), 20, SpikeDataset.NumberedUnits(model.Channels)),
        Run = new Dictionary<string, string>(),
    };
}
