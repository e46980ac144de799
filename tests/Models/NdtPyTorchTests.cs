using UnetSpikes.Core;
using UnetSpikes.Models;
using Xunit;
using Xunit.Abstractions;

namespace UnetSpikes.Tests.Models;

/// <summary>The Neural Data Transformer is what PyTorch's own encoder layers make of the same description (tests/golden/ndt).</summary>
public class NdtPyTorchTests(ITestOutputHelper log)
{
    private static readonly Dictionary<string, ModelOptions> Networks = new()
    {
        ["learned"] = Of(2, new() { HiddenSize = 7, TrialBins = 14, ContextForward = 2, ContextBackward = 3 }),
        ["relative_prenorm_gelu"] = Of(2, new()
        {
            EmbedDim = 1,
            HiddenSize = 7,
            Positions = PositionKind.Relative,
            ContextForward = 0,
            ContextBackward = -1,
            PreNorm = true,
            Activation = FeedForwardActivation.Gelu,
        }),
        ["identity_sinusoid"] = Of(1, new()
        {
            EmbedDim = 0,
            HiddenSize = 5,
            NumHeads = 3,
            Positions = PositionKind.Sinusoid,
            TrialBins = 14,
            ContextForward = -1,
            ContextBackward = -1,
        }),
        ["none_window"] = Of(2, new()
        {
            EmbedDim = 1,
            HiddenSize = 5,
            NumHeads = 1,
            Positions = PositionKind.None,
            ContextForward = 1,
            ContextBackward = 2,
            PreNorm = true,
        }),
    };

    public static TheoryData<string> Cases() => [.. Networks.Keys];

    [Fact]
    public void Every_golden_case_is_tested()
    {
        using PyTorchGolden golden = PyTorchGolden.Ndt();

        Assert.Equal(golden.Groups().Order(), Networks.Keys.Order());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Names_and_shapes_are_PyTorchs(string name)
    {
        using PyTorchGolden golden = PyTorchGolden.Ndt();
        new GoldenNetwork(golden, name, Networks[name]).RequireNames();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_are_PyTorchs_in_evaluation_and_in_every_form_of_export(string name)
    {
        using PyTorchGolden golden = PyTorchGolden.Ndt();
        new GoldenNetwork(golden, name, Networks[name]).RequireOutputs();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_training_step_has_PyTorchs_loss_and_gradients(string name)
    {
        using PyTorchGolden golden = PyTorchGolden.Ndt();
        new GoldenNetwork(golden, name, Networks[name]).RequireTrainingStep(log);
    }

    /// <summary>PyTorch: Xavier for the stacked projections, 1/√inputs for linear layers, N(0, 1) for embeddings; NDT: ±0.1 for the decoder; T-Fixup's factor.</summary>
    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 0.67 / 1.4142135623730951)]
    public void Starting_weights_are_those_of_the_public_code(bool isFixup, double factor)
    {
        ParameterLayout layout = Of(4, new() { HiddenSize = 20, TrialBins = 50, FixupInit = isFixup }).Build().Parameters;
        Dictionary<string, NamedArray> start = layout.Unflatten(layout.Initialize(new Rng(1, "weights")));
        const string Block = "transformer_encoder.layers.3.";

        RequireUniform(start[Block + "self_attn.in_proj_weight"], Math.Sqrt(6.0 / (4 * 12)));
        RequireUniform(start[Block + "self_attn.out_proj.weight"], factor / Math.Sqrt(12));
        RequireUniform(start[Block + "linear1.weight"], factor / Math.Sqrt(12));
        RequireUniform(start[Block + "linear2.weight"], factor / Math.Sqrt(20));
        RequireUniform(start["embedder.weight"], 1 / Math.Sqrt(6));
        RequireUniform(start["decoder.0.weight"], 0.1);
        Assert.All(start[Block + "self_attn.in_proj_bias"].Values.Concat(start[Block + "self_attn.out_proj.bias"].Values), v => Assert.Equal(0, v));

        // 600 draws: five standard errors of a mean and of a variance.
        float[] places = start["pos_encoder.pos_embedding.weight"].Values;
        Assert.Equal(0, places.Average(), 0.21);
        Assert.Equal(1, places.Average(v => v * v), 0.29);
    }

    /// <summary>Within the interval, and over 70 draws or more near both its ends.</summary>
    private static void RequireUniform(NamedArray array, double bound)
    {
        Assert.InRange(array.Values.Max(), 0.9 * bound, bound);
        Assert.InRange(array.Values.Min(), -bound, -0.9 * bound);
    }

    private static ModelOptions Of(int layers, NdtOptions options) => new()
    {
        Architecture = UnetSpikes.Models.Architecture.Ndt,
        Channels = 6,
        Layers = layers,
        Ndt = options with { Dropout = 0, DropoutRates = 0, DropoutEmbedding = 0 },
    };
}
