using UnetSpikes.Core;
using UnetSpikes.Models;
using Xunit;

namespace UnetSpikes.Tests.Models;

/// <summary>Starting weights are PyTorch's defaults: uniform in ±1/√fan_in, where fan_in = in / groups · kernel.</summary>
public class InitializationTests
{
    /// <summary>Of a transposed convolution PyTorch counts fan_in on the second axis, [in, out, kernel]: out · kernel.</summary>
    [Theory]
    [InlineData(Upsampling.Linear, "upsample_layers.2.conv3.1", 20 * 3)]
    [InlineData(Upsampling.Deconv, "upsample_layers.2.conv3", 20 * 3)]
    [InlineData(Upsampling.Linear, "embedding", 29)]
    [InlineData(Upsampling.Linear, "unembedding", 20)]
    [InlineData(Upsampling.Linear, "downsample_layers.0.conv1", 3)]
    [InlineData(Upsampling.Linear, "downsample_layers.0.conv2", 40)]
    [InlineData(Upsampling.Linear, "downsample_layers.2.conv3", 3)]
    [InlineData(Upsampling.Linear, "upsample_layers.0.conv1", 6)]
    [InlineData(Upsampling.Linear, "upsample_layers.0.conv2", 80)]
    public void Weights_and_biases_fill_their_interval_evenly(Upsampling upsample, string layer, int fanIn)
    {
        ParameterLayout layout = new ModelOptions { Channels = 29, Upsample = upsample }.Build().Parameters;
        double bound = 1 / Math.Sqrt(fanIn);

        foreach (string name in new[] { layer + ".weight", layer + ".bias" })
        {
            ParameterSpec spec = layout.Specs.Single(s => s.Name == name);
            // Enough draws that the moments are known to a few per cent: 4 standard errors are below the tolerances.
            float[] values = [.. Enumerable.Range(0, 1 + (20_000 / spec.Count)).SelectMany(seed =>
                new ParameterLayout([spec]).Initialize(new Rng((ulong)seed, "weights")))];

            Assert.All(values, v => Assert.InRange(v, -bound, bound));
            Assert.InRange(values.Max(), 0.99 * bound, bound);
            Assert.InRange(values.Min(), -bound, -0.99 * bound);
            Assert.InRange(values.Average(v => (double)v) / bound, -0.02, 0.02);
            Assert.InRange(values.Average(v => (double)v * v) / (bound * bound), 0.32, 0.347);
        }
    }

    [Fact]
    public void Normalisations_start_as_the_identity()
    {
        SpikeNetwork network = new ModelOptions { Channels = 5, LatentDim = 3 }.Build();
        Dictionary<string, NamedArray> parameters = network.Parameters.Unflatten(network.Parameters.Initialize(new Rng(1, "weights")));
        Dictionary<string, NamedArray> statistics = network.RunningStatistics.Unflatten(network.RunningStatistics.Initialize(new Rng(1, "weights")));

        Assert.Equal(18, network.Normalizations.Count);
        foreach (BatchNorm norm in network.Normalizations)
        {
            Assert.All(parameters[norm.Name + ".weight"].Values, v => Assert.Equal(1, v));
            Assert.All(parameters[norm.Name + ".bias"].Values, v => Assert.Equal(0, v));
            Assert.All(statistics[norm.Name + ".running_mean"].Values, v => Assert.Equal(0, v));
            Assert.All(statistics[norm.Name + ".running_var"].Values, v => Assert.Equal(1, v));
        }
    }

    [Fact]
    public void A_seed_gives_the_same_weights_and_another_seed_others()
    {
        ParameterLayout layout = new ModelOptions { Channels = 5 }.Build().Parameters;

        Assert.Equal(layout.Initialize(new Rng(7, "weights")), layout.Initialize(new Rng(7, "weights")));
        Assert.NotEqual(layout.Initialize(new Rng(7, "weights")), layout.Initialize(new Rng(8, "weights")));
    }
}
