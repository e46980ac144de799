using UnetSpikes.Core;
using UnetSpikes.Models;
using Xunit;
using Network = UnetSpikes.Models.Architecture;

namespace UnetSpikes.Tests.Models;

/// <summary>Forward bins are bins without spikes that the graph itself appends.</summary>
public class ForwardBinsTests
{
    private const int Units = 6, HeldIn = 4, Bins = 13, Forward = 5, Trials = 3;

    public static TheoryData<string> Networks() => [.. All.Keys];

    private static readonly Dictionary<string, ModelOptions> All = new()
    {
        ["unet"] = new ModelOptions { Channels = Units, HeldIn = HeldIn, Layers = 2, LatentDim = 4 },
        ["deconv"] = new ModelOptions { Channels = Units, HeldIn = HeldIn, Layers = 2, LatentDim = 4, Upsample = Upsampling.Deconv },
        ["cnn"] = new ModelOptions { Architecture = Network.Cnn, Channels = Units, HeldIn = HeldIn, LatentDim = 4 },
        ["code"] = new ModelOptions
        {
            Architecture = Network.ResUNet,
            Channels = Units,
            HeldIn = HeldIn,
            Layers = 2,
            LatentDim = 4,
            ResUNet = new ResUNetOptions { Code = 3, Film = true, Norm = NormKind.Group, TrialBins = Bins },
        },
        ["causal"] = new ModelOptions
        {
            Architecture = Network.ResUNet,
            Channels = Units,
            HeldIn = HeldIn,
            Layers = 2,
            LatentDim = 4,
            ResUNet = new ResUNetOptions { IsCausal = true },
        },
        ["ndt"] = new ModelOptions
        {
            Architecture = Network.Ndt,
            Channels = Units,
            HeldIn = HeldIn,
            Layers = 2,
            Ndt = new NdtOptions { HiddenSize = 8, TrialBins = Bins },
        },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void They_are_what_silence_behind_the_trial_would_be(string name)
    {
        // Places in a trial are counted with the forward bins: the longer network is of the same weights.
        SpikeNetwork network = (All[name] with { ForwardBins = Forward }).Build();
        SpikeNetwork longer = Longer(All[name]).Build();
        var rng = new Rng(4, "weights");
        float[] parameters = network.Parameters.Initialize(rng), statistics = network.RunningStatistics.Initialize(rng);
        Assert.Equal(network.Parameters.Count, longer.Parameters.Count);
        float[] input = new float[HeldIn * Bins * Trials], silent = new float[HeldIn * (Bins + Forward) * Trials];
        for (int i = 0; i < input.Length; i++)
        {
            input[i] = rng.NextInt(3);
            (int unit, int at) = (i / (Bins * Trials), i % (Bins * Trials));
            silent[(unit * (Bins + Forward) * Trials) + at] = input[i];
        }

        float[] logRates = ModelRuns.Evaluate(network, parameters, statistics, input, Trials);

        Assert.Equal(Units * (Bins + Forward) * Trials, logRates.Length);
        Assert.Equal(ModelRuns.Evaluate(longer, parameters, statistics, silent, Trials), logRates);
    }

    [Fact]
    public void Options_without_them_are_written_as_before()
    {
        var plain = new ModelOptions { Channels = 3 };
        var both = new ModelOptions { Channels = 3, HeldIn = 2, ForwardBins = 4 };

        Assert.DoesNotContain("held_in", plain.ToJson(), StringComparison.Ordinal);
        Assert.DoesNotContain("forward_bins", plain.ToJson(), StringComparison.Ordinal);
        Assert.Equal(both, ModelOptions.FromJson(both.ToJson()));
        Assert.Equal(plain, ModelOptions.FromJson(plain.ToJson()));
    }

    [Theory]
    [InlineData(4, 0, "held_in is 4")]
    [InlineData(-1, 0, "held_in is -1")]
    [InlineData(0, -1, "forward_bins is -1")]
    public void Impossible_ones_are_refused(int heldIn, int forwardBins, string problem) =>
        Assert.StartsWith(problem, Assert.Single(new ModelOptions { Channels = 3, HeldIn = heldIn, ForwardBins = forwardBins }.Validate()), StringComparison.Ordinal);

    private static ModelOptions Longer(ModelOptions options) => options with
    {
        ResUNet = options.ResUNet is { TrialBins: > 0 } ? options.ResUNet with { TrialBins = Bins + Forward } : options.ResUNet,
        Ndt = options.Ndt is null ? null : options.Ndt with { TrialBins = Bins + Forward },
    };
}
