using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using Xunit;
using Network = UnetSpikes.Models.Architecture;

namespace UnetSpikes.Tests.Export;

/// <summary>Models that predict more units and bins than they are fed.</summary>
public class CoSmoothingExportTests
{
    private const int Units = 6, HeldIn = 4, Forward = 5, TrialBins = 11;

    private static readonly Dictionary<string, ModelOptions> All = new()
    {
        ["unet"] = new ModelOptions { Channels = Units, HeldIn = HeldIn, ForwardBins = Forward, Layers = 2, LatentDim = 4 },
        ["held out only"] = new ModelOptions { Channels = Units, HeldIn = HeldIn, Layers = 2, LatentDim = 4 },
        ["forward only"] = new ModelOptions { Channels = Units, ForwardBins = Forward, Layers = 3, LatentDim = 4, Upsample = Upsampling.Deconv },
        ["cnn"] = new ModelOptions { Architecture = Network.Cnn, Channels = Units, HeldIn = HeldIn, ForwardBins = Forward, LatentDim = 4 },
        ["resunet"] = new ModelOptions
        {
            Architecture = Network.ResUNet,
            Channels = Units,
            HeldIn = HeldIn,
            ForwardBins = Forward,
            Layers = 2,
            LatentDim = 4,
            ResUNet = new ResUNetOptions { Code = 3, Film = true, Norm = NormKind.Group, TrialBins = TrialBins },
        },
        ["ndt"] = new ModelOptions
        {
            Architecture = Network.Ndt,
            Channels = Units,
            HeldIn = HeldIn,
            ForwardBins = Forward,
            Layers = 2,
            Ndt = new NdtOptions { HiddenSize = 8, TrialBins = TrialBins },
        },
        ["ndt of any length"] = new ModelOptions
        {
            Architecture = Network.Ndt,
            Channels = Units,
            HeldIn = HeldIn,
            ForwardBins = Forward,
            Layers = 1,
            Ndt = new NdtOptions { HiddenSize = 8, Positions = PositionKind.Relative },
        },
    };

    public static TheoryData<string> Networks() => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Every_form_is_equal_to_the_checkpoint(string name)
    {
        Checkpoint checkpoint = ExportFixtures.Small(All[name]);
        var verification = new Verification([checkpoint], VerificationData.Synthetic(All[name].CountChannels), 1e-5, threads: 1);
        foreach (ModelForm form in Enum.GetValues<ModelForm>())
        {
            VerificationReport report = verification.Check("model", ExportFixtures.Bytes(checkpoint, form));

            Assert.True(report.Problem is null, $"{form}: {report.Problem}");
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void Outputs_have_all_units_and_the_forward_bins(string name)
    {
        ModelOptions options = All[name];
        using OnnxSession session = ExportFixtures.Session(ExportFixtures.Bytes(ExportFixtures.Small(options), ModelForm.Auto));
        foreach (int trials in new[] { 1, InferenceGraph.LatencyUpTo + 1 })
        {
            IReadOnlyDictionary<string, HostTensor> outputs = ExportFixtures.Run(session, new TrialTensor(trials, TrialBins, options.CountChannels));

            long[] shape = [trials, TrialBins + options.ForwardBins, Units];
            Assert.Equal(shape, outputs[InferenceGraph.Rates].Shape);
            Assert.Equal(shape, outputs[InferenceGraph.LogRates].Shape);
            Assert.Equal(shape[..2], outputs[InferenceGraph.Latents].Shape.Take(2));
        }
    }

    [Fact]
    public void The_metadata_say_what_goes_in_and_what_comes_out()
    {
        Checkpoint checkpoint = ExportFixtures.Small(All["resunet"]);

        ModelMetadata metadata = ExportedMetadata.Of(new TrainedNetworks(["x"], [checkpoint]), 20, "MIT", null);

        Assert.Equal((HeldIn, Forward, TrialBins, 3), (metadata.HeldInUnits, metadata.ForwardBins, metadata.TrialBins, metadata.FormatVersion));
        Assert.Contains("held_in=4 forward_bins=5", metadata.Architecture, StringComparison.Ordinal);
    }
}
