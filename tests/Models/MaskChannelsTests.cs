using UnetSpikes.Core;
using UnetSpikes.Export;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Export;
using Xunit;
using Network = UnetSpikes.Models.Architecture;

namespace UnetSpikes.Tests.Models;

/// <summary>A network that is told what is hidden: with nothing hidden it is the network without, and so it is exported.</summary>
public class MaskChannelsTests
{
    private const int Trials = 3, Bins = 13, Channels = 6;

    public static TheoryData<Network, int> Networks() => new() { { Network.UNet, 2 }, { Network.UNet, 0 }, { Network.Cnn, 0 } };

    [Theory]
    [MemberData(nameof(Networks))]
    public void With_nothing_hidden_it_is_the_network_without_mask_channels(Network architecture, int layers)
    {
        (Checkpoint told, Checkpoint plain) = Pair(architecture, layers);
        float[] counts = Counts();

        float[] expected = Evaluate(plain, counts);

        Assert.Equal(expected, Evaluate(told, [.. counts, .. new float[counts.Length]]));
    }

    /// <summary>A mask adds to the embedding what its weight says.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void A_mask_adds_its_weights_to_the_embedding(Network architecture, int layers)
    {
        (Checkpoint told, Checkpoint plain) = Pair(architecture, layers);
        float[] counts = Counts();
        const int unit = 4;
        float[] mask = [.. Enumerable.Range(0, counts.Length).Select(at => at / (Bins * Trials) == unit ? 1f : 0)];

        float[] masked = Evaluate(told, [.. counts, .. mask]);

        // A unit hidden in every bin is a constant: what a larger bias of the embedding would do. (13 bins need no padding.)
        Dictionary<string, NamedArray> arrays = told.Model.Build().Parameters.Unflatten(told.Parameters);
        float[] weight = arrays[SpikeNetwork.MaskWeight].Values, shifted = [.. plain.Parameters];
        int bias = plain.Model.Build().Parameters.Offset("embedding.bias");
        for (int i = 0; i < plain.Model.LatentDim; i++)
        {
            shifted[bias + i] += weight[(i * Channels) + unit];
        }

        Assert.True(ModelRuns.Distance(Evaluate(plain with { Parameters = shifted }, counts), masked) < 1e-5);
        Assert.True(ModelRuns.Distance(Evaluate(plain, counts), masked) > 1e-3, "the mask changes nothing");
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void The_exported_model_takes_spikes_alone_and_is_the_evaluation_with_nothing_hidden(Network architecture, int layers)
    {
        (Checkpoint told, Checkpoint plain) = Pair(architecture, layers);
        TrialTensor window = VerificationData.Synthetic(Channels).Window(5, 11);
        float[] expected = new EvaluationRuns([told], threads: 1).Of(window).LogRates.Values;

        Assert.Equal(new EvaluationRuns([plain], threads: 1).Of(window).LogRates.Values, expected);
        foreach (ModelForm form in new[] { ModelForm.Auto, ModelForm.Batch, ModelForm.Latency })
        {
            Graph graph = ExportFixtures.Graph(told, form);
            using OnnxSession session = ExportFixtures.Session(GraphWriter.ToBytes(graph));

            Assert.Equal(["spikes"], graph.Inputs.Select(v => v.Name));
            Assert.DoesNotContain(graph.Initializers, v => v.Name.StartsWith("mask", StringComparison.Ordinal));
            Assert.True(ExportFixtures.Distance(expected, ExportFixtures.Run(session, window)[InferenceGraph.LogRates].Values<float>()) < 1e-5);
        }
    }

    [Fact]
    public void Options_of_a_model_from_before_mask_channels_load_without()
    {
        ModelOptions old = ModelOptions.FromJson("""{"architecture":"unet","channels":3,"layers":2,"latent_dim":4,"upsample":"linear"}""");

        Assert.False(old.MaskChannels);
        Assert.Equal(3, old.InputChannels);
        ModelOptions told = old with { MaskChannels = true };
        Assert.Equal(told, ModelOptions.FromJson(told.ToJson()));
    }

    private static float[] Counts()
    {
        var rng = new Rng(2, "counts");
        return [.. Enumerable.Range(0, Channels * Bins * Trials).Select(_ => (float)rng.NextPoisson(0.8))];
    }

    /// <summary>The same weights with mask channels and without.</summary>
    private static (Checkpoint Told, Checkpoint Plain) Pair(Network architecture, int layers)
    {
        var model = new ModelOptions { Architecture = architecture, Channels = Channels, Layers = layers, LatentDim = 4, MaskChannels = true };
        Checkpoint told = ExportFixtures.Small(model);
        ModelOptions without = model with { MaskChannels = false };
        Dictionary<string, NamedArray> arrays = model.Build().Parameters.Unflatten(told.Parameters);
        return (told, told with { Model = without, Parameters = without.Build().Parameters.Flatten(arrays, "told") });
    }

    private static float[] Evaluate(Checkpoint checkpoint, float[] input) =>
        ModelRuns.Evaluate(checkpoint.Model.Build(), checkpoint.Parameters, checkpoint.RunningStatistics, input, Trials);
}
