using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Train;
using Xunit;
using Xunit.Abstractions;

namespace UnetSpikes.Tests.Models;

/// <summary>The residual UNet with ConvNeXt V2's blocks is what PyTorch makes of the same description (tests/golden/resunet), and what the option says.</summary>
public class ConvNextTests(ITestOutputHelper log)
{
    private static readonly ResUNetOptions Blocks = new() { Block = BlockKind.ConvNext, Kernel = 7 };

    private static readonly Dictionary<string, ModelOptions> Networks = new()
    {
        ["batch"] = Of(2, Blocks),
        ["doubling_film"] = Of(1, Blocks with { Kernel = 3, Norm = NormKind.None, Width = WidthGrowth.Doubling, Film = true }, latent: 3),
        ["layer_dilated_code"] = Of(2, Blocks with { Kernel = 5, Dilation = 2, Norm = NormKind.Layer, Code = 3, TrialBins = 14 }),
    };

    public static TheoryData<string> Cases() => [.. Networks.Keys];

    [Fact]
    public void Every_golden_case_is_tested()
    {
        using PyTorchGolden golden = PyTorchGolden.ConvNext();

        Assert.Equal(golden.Groups().Order(), Networks.Keys.Order());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Names_and_shapes_are_PyTorchs(string name)
    {
        using PyTorchGolden golden = PyTorchGolden.ConvNext();
        new GoldenNetwork(golden, name, Networks[name]).RequireNames();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_are_PyTorchs_in_evaluation_and_in_every_form_of_export(string name)
    {
        using PyTorchGolden golden = PyTorchGolden.ConvNext();
        new GoldenNetwork(golden, name, Networks[name]).RequireOutputs();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_training_step_has_PyTorchs_loss_gradients_and_running_statistics(string name)
    {
        using PyTorchGolden golden = PyTorchGolden.ConvNext();
        new GoldenNetwork(golden, name, Networks[name]).RequireTrainingStep(log);
    }

    /// <summary>GELU gives exactly 0 of what is far below 0; the norm of such a channel has no derivative.</summary>
    [Fact]
    public void A_channel_that_is_silent_throughout_a_trial_leaves_every_gradient_finite()
    {
        SpikeNetwork network = Of(1, Blocks).Build();
        float[] parameters = network.Parameters.Initialize(new Rng(1, "weights"));
        parameters.AsSpan(network.Parameters.Offset("bottom.grn.gamma"), 16).Fill(1);
        parameters[network.Parameters.Offset("bottom.pwconv1.bias")] = -100;
        float[] statistics = network.RunningStatistics.Initialize(new Rng(1, "statistics"));
        var rng = new Rng(2, "counts");
        float[] counts = [.. Enumerable.Range(0, 5 * 9 * 3).Select(_ => (float)rng.NextPoisson(1))];
        using TrainingStep step = ModelRuns.Step(
            network, ModelRuns.AtStart(network, parameters, statistics), new TrainOptions { DataFile = "" }, counts, [.. counts.Select((_, i) => i % 4 == 0)], trials: 3);

        step.Run(1e-3, 1);

        double[] gradient = ModelRuns.GradientOfFirstStep(step.ReadState());
        Assert.All(gradient, number => Assert.True(double.IsFinite(number)));
        Assert.Equal(0, gradient[network.Parameters.Offset("bottom.pwconv1.bias")]);
        Assert.NotEqual(0, gradient[network.Parameters.Offset("bottom.pwconv1.bias") + 1]);
    }

    [Fact]
    public void A_checkpoint_that_does_not_say_has_residual_blocks()
    {
        ModelOptions options = Of(2, Blocks);

        Assert.Equal(options, ModelOptions.FromJson(options.ToJson()));
        Assert.Contains("\"block\":\"convnext\"", options.ToJson(), StringComparison.Ordinal);
        Assert.Equal(
            new ResUNetOptions { Film = true },
            ModelOptions.FromJson("""{ "architecture": "resunet", "channels": 5, "resunet": { "norm": "batch", "kernel": 3, "film": true } }""").ResUNet);
    }

    [Fact]
    public void It_needs_whole_trials_and_cannot_be_causal()
    {
        Assert.True(Of(1, Blocks).Build().NeedsTrials);
        (string option, string problem) = Assert.Single((Blocks with { IsCausal = true }).Problems());
        Assert.Equal("causal", option);
        Assert.Contains("convnext", problem, StringComparison.Ordinal);
    }

    private static ModelOptions Of(int layers, ResUNetOptions options, int latent = 4) =>
        new() { Architecture = UnetSpikes.Models.Architecture.ResUNet, Channels = 5, Layers = layers, LatentDim = latent, ResUNet = options };
}
