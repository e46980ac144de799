using UnetSpikes.Core;
using UnetSpikes.Models;
using Xunit;

namespace UnetSpikes.Tests.Models;

/// <summary>The receptive field, found by disturbing every bin; and what padding does to the bins.</summary>
public class ReceptiveFieldTests
{
    [Theory]
    [InlineData(0, Upsampling.Linear)]
    [InlineData(1, Upsampling.Linear)]
    [InlineData(2, Upsampling.Linear)]
    [InlineData(3, Upsampling.Linear)]
    [InlineData(4, Upsampling.Linear)]
    [InlineData(1, Upsampling.Deconv)]
    [InlineData(2, Upsampling.Deconv)]
    [InlineData(3, Upsampling.Deconv)]
    [InlineData(4, Upsampling.Deconv)]
    public void Nothing_outside_changes_a_bin_and_the_outermost_bins_do(int layers, Upsampling upsample)
    {
        SpikeNetwork network = new ModelOptions { Layers = layers, Channels = 2, LatentDim = 4, Upsample = upsample }.Build();

        RequireExact(network, bins: Math.Max(network.BinMultiple + 1, 8) + network.ReceptiveField.Left + network.ReceptiveField.Right);
    }

    [Fact]
    public void The_baselines_is_six_bins_each_way()
    {
        SpikeNetwork network = new ModelOptions { Architecture = UnetSpikes.Models.Architecture.Cnn, Channels = 2, LatentDim = 4 }.Build();

        Assert.Equal(new ReceptiveField(6, 6), network.ReceptiveField);
        RequireExact(network, bins: 30);
    }

    [Theory]
    [InlineData(0, 3, 1, false)]
    [InlineData(1, 1, 1, false)]
    [InlineData(2, 3, 1, false)]
    [InlineData(3, 3, 1, false)]
    [InlineData(2, 5, 1, false)]
    [InlineData(1, 3, 3, false)]
    [InlineData(0, 3, 1, true)]
    [InlineData(2, 3, 1, true)]
    [InlineData(1, 5, 2, true)]
    public void The_residual_networks_reach_is_exact_and_a_causal_one_sees_no_later_bin(int layers, int kernel, int dilation, bool isCausal)
    {
        SpikeNetwork network = new ModelOptions
        {
            Architecture = UnetSpikes.Models.Architecture.ResUNet,
            Channels = 2,
            Layers = layers,
            LatentDim = 3,
            ResUNet = new() { Norm = NormKind.None, Kernel = kernel, Dilation = dilation, IsCausal = isCausal },
        }.Build();

        Assert.True(!isCausal || network.ReceptiveField.Right == 0);
        RequireExact(network, bins: Math.Max(network.BinMultiple + 1, 8) + network.ReceptiveField.Left + network.ReceptiveField.Right);
    }

    /// <summary>
    /// Of its convolutions, that is: at γ = 0, where training begins, response normalisation passes on what comes in. At two levels the
    /// normalisations within bins leave too little of the thinnest paths for float32: 33 and 35 of the 36 bins show.
    /// </summary>
    [Theory]
    [InlineData(0, 7, 1)]
    [InlineData(1, 5, 2)]
    public void ConvNeXt_blocks_reach_as_far_as_one_convolution(int layers, int kernel, int dilation)
    {
        SpikeNetwork network = new ModelOptions
        {
            Architecture = UnetSpikes.Models.Architecture.ResUNet,
            Channels = 2,
            Layers = layers,
            LatentDim = 3,
            ResUNet = new() { Block = BlockKind.ConvNext, Norm = NormKind.None, Kernel = kernel, Dilation = dilation },
        }.Build();

        RequireExact(network, bins: Math.Max(network.BinMultiple + 1, 8) + network.ReceptiveField.Left + network.ReceptiveField.Right);
    }

    [Theory]
    [InlineData(1, 4, 8, PositionKind.None)]
    [InlineData(2, 0, 3, PositionKind.None)]
    [InlineData(2, 2, 0, PositionKind.Relative)]
    public void A_transformers_reach_is_its_window_once_per_block(int layers, int forward, int backward, PositionKind positions)
    {
        SpikeNetwork network = new ModelOptions
        {
            Architecture = UnetSpikes.Models.Architecture.Ndt,
            Channels = 2,
            Layers = layers,
            Ndt = new() { HiddenSize = 5, Positions = positions, ContextForward = forward, ContextBackward = backward },
        }.Build();

        Assert.Equal(new ReceptiveField(layers * backward, layers * forward), network.ReceptiveField);
        Assert.False(network.NeedsTrials);
        RequireExact(network, bins: 8 + network.ReceptiveField.Left + network.ReceptiveField.Right);
    }

    /// <summary>Lengths k · 2^layers + 1 need no padding; others get zeros to the next, the odd one after, as the ancestor splits them.</summary>
    [Theory]
    [InlineData(50, 8, 3, 4)]
    [InlineData(49, 8, 0, 0)]
    [InlineData(48, 8, 0, 1)]
    [InlineData(1, 8, 0, 0)]
    [InlineData(2, 8, 3, 4)]
    [InlineData(101, 16, 6, 6)]
    [InlineData(140, 16, 2, 3)]
    [InlineData(7, 1, 0, 0)]
    public void Padding_is_split_left_and_right(int bins, int multiple, int left, int right) =>
        Assert.Equal((left, right), StaticPass.Padding(bins, multiple));

    [Fact]
    public void Padding_with_zeros_by_hand_changes_nothing()
    {
        SpikeNetwork network = new ModelOptions { Layers = 3, Channels = 2, LatentDim = 3 }.Build();
        (float[] parameters, float[] statistics) = RandomWeights(network);
        var rng = new Rng(5, "counts");
        float[] counts = [.. Enumerable.Range(0, 2 * 50).Select(_ => (float)rng.NextPoisson(0.5))];
        var padded = new float[2 * 57];
        for (int unit = 0; unit < 2; unit++)
        {
            counts.AsSpan(50 * unit, 50).CopyTo(padded.AsSpan((57 * unit) + 3));
        }

        float[] cropped = ModelRuns.Evaluate(network, parameters, statistics, counts, trials: 1);
        float[] whole = ModelRuns.Evaluate(network, parameters, statistics, padded, trials: 1);

        Assert.Equal(whole[3..53], cropped[..50]);
        Assert.Equal(whole[60..110], cropped[50..]);
    }

    /// <summary>One trial per disturbed bin, and a last one that nothing disturbs.</summary>
    private static void RequireExact(SpikeNetwork network, int bins)
    {
        (float[] parameters, float[] statistics) = RandomWeights(network);
        (int channels, int trials) = (network.Options.Channels, bins + 1);
        var rng = new Rng(9, "counts");
        float[] trial = [.. Enumerable.Range(0, channels * bins).Select(_ => (float)rng.NextPoisson(1))];
        float[] input = [.. trial.SelectMany(count => Enumerable.Repeat(count, trials))];
        for (int at = 0; at < channels * bins; at++)
        {
            input[(at * trials) + (at % bins)] += 1e6f; // so large that the thinnest path still shows in float32
        }

        float[] output = ModelRuns.Evaluate(network, parameters, statistics, input, trials);

        (int left, int right) = (0, 0);
        for (int at = 0; at < channels * bins; at++)
        {
            float undisturbed = output[(at * trials) + bins];
            for (int disturbed = 0; disturbed < bins; disturbed++)
            {
                if (output[(at * trials) + disturbed] != undisturbed)
                {
                    left = Math.Max(left, (at % bins) - disturbed);
                    right = Math.Max(right, disturbed - (at % bins));
                }
            }
        }

        Assert.Equal(network.ReceptiveField, new ReceptiveField(left, right));
    }

    /// <summary>Positive weights let every path through the ReLUs, so that a reach that exists also shows.</summary>
    private static (float[] Parameters, float[] Statistics) RandomWeights(SpikeNetwork network)
    {
        float[] parameters = network.Parameters.Initialize(new Rng(3, "weights"));
        foreach (ParameterSpec spec in network.Parameters.Specs)
        {
            foreach (ref float value in parameters.AsSpan(network.Parameters.Offset(spec.Name), spec.Count))
            {
                value = Math.Abs(value);
            }
        }

        return (parameters, network.RunningStatistics.Initialize(new Rng(3, "statistics")));
    }
}
