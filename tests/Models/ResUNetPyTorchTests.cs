using UnetSpikes.Models;
using Xunit;
using Xunit.Abstractions;

namespace UnetSpikes.Tests.Models;

/// <summary>The residual UNet is what PyTorch makes of the same description (tests/golden/resunet), one case per combination of options.</summary>
public class ResUNetPyTorchTests(ITestOutputHelper log)
{
    private const int Units = 5;

    /// <summary>Outputs of magnitude 1 to 10 after some 20 layers in float32.</summary>
    private const double OutputTolerance = 1e-5;

    /// <summary>
    /// A tensor's gradient may be this many times as far from double precision as PyTorch's furthest one of the network: an error in
    /// one sum goes through all those behind it, and where PyTorch is exact in one tensor is luck: held against each tensor's own error,
    /// a reordering of a sum moves which tensor stands out. Measured per network, ours is 0.7 to 2.5 times PyTorch's, all 1e-8 to 1e-6
    /// where gradients are 0.1 to 1.
    /// </summary>
    private const double GradientFactor = 4;

    private static readonly Dictionary<string, ModelOptions> Networks = new()
    {
        ["batch"] = Of(2, new()),
        ["layer_doubling"] = Of(2, new() { Norm = NormKind.Layer, Width = WidthGrowth.Doubling }),
        ["group_noskip"] = Of(2, new() { Norm = NormKind.Group, FullSkip = false }),
        ["none_dilated"] = Of(1, new() { Norm = NormKind.None, Kernel = 5, Dilation = 2 }),
        ["batch_causal"] = Of(2, new() { IsCausal = true }),
        ["group_code_film"] = Of(2, new() { Norm = NormKind.Group, Code = 6, TrialBins = 14, Film = true }),
        ["batch_code"] = Of(1, new() { Width = WidthGrowth.Doubling, Code = 5, TrialBins = 14 }, latent: 3),
        ["none_film"] = Of(1, new() { Norm = NormKind.None, Film = true }, latent: 3),
        ["top_time_relative"] = Of(1, new() { Norm = NormKind.Layer, Top = TopAttention.Time, Positions = PositionKind.Relative }),
        ["top_both_learned"] = Of(1, new() { Norm = NormKind.Layer, Top = TopAttention.Both, Positions = PositionKind.Learned, TrialBins = 14 }),
        ["top_space"] = Of(2, new() { Norm = NormKind.Layer, Top = TopAttention.Space, TrialBins = 14 }),
    };

    public static TheoryData<string> Cases() => [.. Networks.Keys];

    [Fact]
    public void Every_golden_case_is_tested()
    {
        using PyTorchGolden golden = PyTorchGolden.ResUNet();

        Assert.Equal(golden.Groups().Order(), Networks.Keys.Order());
    }

    [Theory]
    [InlineData(64, 255_666)]
    [InlineData(32, 66_418)]
    public void It_has_the_number_of_parameters_of_the_network_that_was_chosen(int width, int parameters) => Assert.Equal(
        parameters,
        new ModelOptions { Architecture = UnetSpikes.Models.Architecture.ResUNet, Channels = 50, LatentDim = width }.Build().Parameters.Count);

    [Theory]
    [MemberData(nameof(Cases))]
    public void Names_and_shapes_are_PyTorchs(string name)
    {
        using PyTorchGolden golden = PyTorchGolden.ResUNet();
        new GoldenNetwork(golden, name, Networks[name]).RequireNames();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_are_PyTorchs_in_evaluation_and_in_every_form_of_export(string name)
    {
        using PyTorchGolden golden = PyTorchGolden.ResUNet();
        new GoldenNetwork(golden, name, Networks[name]).RequireOutputs();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_training_step_has_PyTorchs_loss_gradients_and_running_statistics(string name)
    {
        using PyTorchGolden golden = PyTorchGolden.ResUNet();
        new GoldenNetwork(golden, name, Networks[name]).RequireTrainingStep(log);
    }

    private static ModelOptions Of(int layers, ResUNetOptions options, int latent = 4) =>
        new() { Architecture = UnetSpikes.Models.Architecture.ResUNet, Channels = Units, Layers = layers, LatentDim = latent, ResUNet = options };
}
