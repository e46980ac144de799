using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Models.Import;
using UnetSpikes.Tests.Torch;
using Xunit;

namespace UnetSpikes.Tests.Models;

/// <summary>Which network some arrays are of is told by their names and shapes; what they do not tell is asked for or said.</summary>
public sealed class ImportTests
{
    private static readonly Dictionary<string, string> Nothing = [];

    /// <summary>Everything that changes a network's arrays, each once.</summary>
    public static TheoryData<string> Networks() =>
    [
        """{ "architecture": "unet", "channels": 6, "layers": 0, "latent_dim": 4 }""",
        """{ "architecture": "unet", "channels": 6, "layers": 3, "latent_dim": 4 }""",
        """{ "architecture": "unet", "channels": 6, "layers": 1, "latent_dim": 4, "upsample": "deconv", "held_in": 4 }""",
        """{ "architecture": "unet", "channels": 6, "layers": 1, "latent_dim": 4, "link": "log1p_exp", "is_link_learnable": true, "mask_channels": true }""",
        """{ "architecture": "cnn", "channels": 6, "layers": 0, "latent_dim": 4 }""",
        """{ "architecture": "resunet", "channels": 6, "layers": 2, "latent_dim": 4, "resunet": {} }""",
        """{ "architecture": "resunet", "channels": 6, "layers": 2, "latent_dim": 4, "resunet": { "norm": "none", "width": "doubling", "full_skip": false, "kernel": 5 } }""",
        """{ "architecture": "resunet", "channels": 6, "layers": 1, "latent_dim": 4, "resunet": { "norm": "none", "film": true, "top": "time", "positions": "relative" } }""",
        """{ "architecture": "resunet", "channels": 6, "layers": 1, "latent_dim": 4, "resunet": { "block": "convnext", "kernel": 7 } }""",
        """{ "architecture": "ndt", "channels": 6, "layers": 2, "ndt": { "trial_bins": 12, "hidden_size": 16 } }""",
        """{ "architecture": "ndt", "channels": 6, "layers": 1, "ndt": { "embed_dim": 0, "positions": "none", "hidden_size": 16 } }""",
        """{ "architecture": "ndt", "channels": 6, "layers": 1, "ndt": { "num_heads": 3, "positions": "relative", "hidden_size": 16 } }""",
    ];

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_arrays_tell_the_network(string json)
    {
        ModelOptions model = ModelOptions.FromJson(json);

        var imported = ImportedNetwork.Of(State(Arrays(model)));

        Assert.Equal(Same(model), Same(imported.Checkpoint.Model));
        Assert.Equal(model.Build().Parameters.Initialize(new Rng(1, "weights")), imported.Checkpoint.Parameters);
        Assert.Equal(["0", "1", "2", "3", "4", "5"], imported.Checkpoint.Data.UnitIds);
        Assert.False(imported.Checkpoint.Data.IsTold);
    }

    [Fact]
    public void What_weights_cannot_tell_is_asked_for()
    {
        var coded = new ModelOptions { Architecture = UnetSpikes.Models.Architecture.ResUNet, Channels = 6, Layers = 1, LatentDim = 4, ResUNet = new() { Norm = NormKind.Group, Code = 3, TrialBins = 20 } };
        StateDict state = State(Arrays(coded));

        Assert.Contains("--arch: has to say trial_bins and norm", Assert.Throws<UsageException>(() => ImportedNetwork.Of(state)).Message, StringComparison.Ordinal);

        var imported = ImportedNetwork.Of(state, ArchitectureChoice.Parse("resunet:norm=group,trial_bins=20"));
        Assert.Equal(coded.ToJson(), imported.Checkpoint.Model.ToJson());
    }

    [Fact]
    public void What_is_assumed_is_said_and_can_be_said_otherwise()
    {
        var model = new ModelOptions { Architecture = UnetSpikes.Models.Architecture.Ndt, Channels = 6, Layers = 1, Ndt = new() { Positions = PositionKind.None, HiddenSize = 16 } };
        StateDict state = State(Arrays(model));

        Assert.Contains("link exp assumed (--link); assumed num_heads=2 context_forward=4 context_backward=8 pre_norm=false activation=relu", ImportedNetwork.Of(state).Story, StringComparison.Ordinal);

        var said = ImportedNetwork.Of(state, ArchitectureChoice.Parse("ndt:num_heads=3,context_forward=-1,context_backward=-1,pre_norm=true,activation=gelu"), LinkFunction.Softplus);
        Assert.DoesNotContain("assumed", said.Story, StringComparison.Ordinal);
        Assert.Equal(
            (3, -1, true, FeedForwardActivation.Gelu, LinkFunction.Softplus),
            (said.Checkpoint.Model.Ndt!.NumHeads, said.Checkpoint.Model.Ndt.ContextForward, said.Checkpoint.Model.Ndt.PreNorm, said.Checkpoint.Model.Ndt.Activation, said.Checkpoint.Model.Link));
    }

    [Fact]
    public void NDTs_own_configuration_is_taken_from_beside_the_weights()
    {
        var imported = ImportedNetwork.Of(StateDict.OfTorch(TorchFileTests.Golden("ndt.pt")));

        NdtOptions ndt = imported.Checkpoint.Model.Ndt!;
        Assert.Equal((4, 3, 5, 2, 16, 12, PositionKind.Learned), (ndt.NumHeads, ndt.ContextForward, ndt.ContextBackward, ndt.EmbedDim, ndt.HiddenSize, ndt.TrialBins, ndt.Positions));
        Assert.DoesNotContain("context_forward=", imported.Story, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exp", "mse", LinkFunction.Exp, "by its hyper-parameters")]
    [InlineData("canonical", "poisson", LinkFunction.Exp, "by its hyper-parameters")]
    [InlineData("canonical", "mse", LinkFunction.Identity, "by its hyper-parameters")]
    [InlineData("softplus", "poisson", LinkFunction.Softplus, "by its hyper-parameters")]
    [InlineData("something else", "poisson", LinkFunction.Exp, "link exp assumed")]
    public void The_ancestors_hyper_parameters_tell_the_link(string ilink, string loss, LinkFunction expected, string story)
    {
        StateDict state = State(Arrays(new ModelOptions { Channels = 6, Layers = 1, LatentDim = 4 })) with
        {
            Settings = new Dictionary<string, string> { ["ilink"] = ilink, ["loss"] = loss, ["beta"] = "2" },
        };

        var imported = ImportedNetwork.Of(state);

        Assert.Equal(expected, imported.Checkpoint.Model.Link);
        Assert.Equal(expected == LinkFunction.Softplus ? 2 : 1, imported.Checkpoint.Model.LinkBeta);
        Assert.Contains(story, imported.Story, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("net.")]
    [InlineData("module._orig_mod.")]
    [InlineData("anything.")]
    public void Prefixes_of_wrappers_are_cut_off(string prefix)
    {
        Dictionary<string, NamedArray> arrays = Arrays(new ModelOptions { Channels = 6, Layers = 1, LatentDim = 4 });
        var file = new SafetensorsFile(arrays.ToDictionary(a => prefix + a.Key, a => a.Value), Nothing);

        Assert.Equal(arrays.Keys, StateDict.OfSafetensors("x", file).Arrays.Keys);
    }

    [Fact]
    public void Beside_a_Lightning_modules_network_other_arrays_are_left_aside_and_named()
    {
        Dictionary<string, NamedArray> arrays = Arrays(new ModelOptions { Channels = 6, Layers = 1, LatentDim = 4 });
        var file = new SafetensorsFile(arrays.ToDictionary(a => "net." + a.Key, a => a.Value).Append(new("loss.weight", new NamedArray([1], [2]))).ToDictionary(), Nothing);

        var imported = ImportedNetwork.Of(StateDict.OfSafetensors("x", file));

        Assert.Contains("left aside 1 tensor ('loss.weight')", imported.Story, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_and_surplus_arrays_are_listed_and_wrong_shapes_named()
    {
        Dictionary<string, NamedArray> arrays = Arrays(new ModelOptions { Channels = 6, Layers = 1, LatentDim = 4 });

        AssertRefused(
            [.. arrays.Where(a => !a.Key.Contains(".bn2.", StringComparison.Ordinal)), new("attention.weight", new NamedArray([1], [1])), new("gate", new NamedArray([1], [1]))],
            "it lacks 8 tensors ('downsample_layers.0.bn2.weight', 'downsample_layers.0.bn2.bias', 'upsample_layers.0.bn2.weight', 'upsample_layers.0.bn2.bias', 'downsample_layers.0.bn2.running_mean', …) and has 2 tensors ('attention.weight', 'gate') with no place in it");
        AssertRefused([.. arrays.Where(a => a.Key != "unembedding.weight")], "'unembedding.weight' is missing");
        AssertRefused([.. arrays.Where(a => a.Key != "unembedding.bias"), new("unembedding.bias", new NamedArray([5], new float[5]))], "'unembedding.bias' is [5], expected [6]");
        AssertRefused([new("fc.weight", new NamedArray([1], [1])), new("head", new NamedArray([1], [1]))], "holds 2 tensors ('fc.weight', 'head'), which is none of the architectures");
        AssertRefused(
            [.. arrays.Where(a => !a.Key.StartsWith("embedding", StringComparison.Ordinal)), new("embedding.weight", new NamedArray([4, 9, 1], new float[36]))],
            "takes the counts of 9 units, expected at most the 6");
    }

    [Theory]
    [InlineData("")]
    [InlineData("2")]
    [InlineData("transformer")]
    [InlineData("unet:upsample")]
    [InlineData("unet:upsample=sideways")]
    [InlineData("unet:heads=3")]
    [InlineData("unet:latent_dim=-3")]
    public void A_wrong_word_of_the_user_is_refused(string choice)
    {
        StateDict state = State(Arrays(new ModelOptions { Channels = 6, Layers = 1, LatentDim = 4 }));

        UsageException refused = Assert.Throws<UsageException>(() => ImportedNetwork.Of(state, ArchitectureChoice.Parse(choice)));

        Assert.StartsWith("--arch: ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    private static void AssertRefused(KeyValuePair<string, NamedArray>[] arrays, string reason)
    {
        CheckpointException refused = Assert.Throws<CheckpointException>(() => ImportedNetwork.Of(State(arrays.ToDictionary())));

        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    private static StateDict State(IReadOnlyDictionary<string, NamedArray> arrays) => new("x.pt", "PyTorch state_dict", arrays, Nothing, []);

    /// <summary>A state_dict as PyTorch has it.</summary>
    private static Dictionary<string, NamedArray> Arrays(ModelOptions model)
    {
        SpikeNetwork network = model.Build();
        Dictionary<string, NamedArray> arrays = network.Parameters.Unflatten(network.Parameters.Initialize(new Rng(1, "weights")));
        foreach ((string name, NamedArray array) in network.RunningStatistics.Unflatten(network.RunningStatistics.Initialize(new Rng(1, "weights"))))
        {
            arrays.Add(name, array);
        }

        foreach (BatchNorm norm in network.Normalizations)
        {
            arrays.Add(norm.Name + ".num_batches_tracked", new NamedArray([], [7], IsInteger: true));
        }

        return arrays;
    }

    /// <summary>Without what leaves no trace in the arrays of these networks: dropout.</summary>
    private static string Same(ModelOptions model) => (model with
    {
        ResUNet = model.Architecture == UnetSpikes.Models.Architecture.ResUNet ? (model.ResUNet ?? new()) with { Dropout = 0 } : null,
        Ndt = model.Ndt is null ? null : model.Ndt with { Dropout = 0 },
    }).ToJson();
}
