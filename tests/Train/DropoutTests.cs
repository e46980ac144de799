using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Tests.Models;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>Dropout hides what its mask says, where its option says, while training and never otherwise.</summary>
public class DropoutTests
{
    private const int Units = 3, Bins = 9, Trials = 4;
    private const double Ratio = 0.25;

    private static readonly ResUNetOptions None = new() { Code = 4, TrialBins = Bins };

    private static readonly ResUNetOptions Top = new() { Top = TopAttention.Both, TrialBins = Bins, Dropout = 0.1 };

    private static readonly NdtOptions NoneInNdt = new() { HiddenSize = 8, NumHeads = 1, TrialBins = Bins, Dropout = 0, DropoutRates = 0, DropoutEmbedding = 0 };

    public static TheoryData<string> Places() => ["input", "block", "convnext block", "code", "rates", "ndt block", "ndt embedding", "ndt rates"];

    [Theory]
    [MemberData(nameof(Places))]
    public void What_is_kept_is_scaled_up_and_what_is_hidden_is_gone(string place)
    {
        SpikeNetwork with = With(place);
        using TrainingStep plain = Start(Without(place)), step = Start(with);
        double expected = plain.Run(1e-3, 1).Loss;
        Assert.NotEmpty(with.Dropouts);

        step.DrawDropout(new Rng(5, "dropout"));
        foreach (Dropout dropout in with.Dropouts)
        {
            float[] mask = step.DropoutMask(dropout).ToArray();
            Assert.Equal([0f, (float)(1 / (1 - Ratio))], mask.Distinct().Order());
            // Five standard deviations of a fraction.
            Assert.Equal(Ratio, mask.Count(factor => factor == 0) / (double)mask.Length, 5 * Math.Sqrt(Ratio * (1 - Ratio) / mask.Length));
        }

        Assert.NotEqual(expected, step.Run(1e-3, 1).Loss, 1e-5);

        using TrainingStep kept = Start(with);
        foreach (Dropout dropout in with.Dropouts)
        {
            kept.DropoutMask(dropout).Fill(1);
        }

        Assert.Equal(expected, kept.Run(1e-3, 1).Loss, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Evaluation_has_none(string place) => Assert.Equal(
        EvaluationGraph.Build(Without(place), Trials, Bins).Nodes.Count, EvaluationGraph.Build(With(place), Trials, Bins).Nodes.Count);

    [Fact]
    public void Without_a_ratio_there_is_nothing_in_the_training_graph_either() =>
        Assert.DoesNotContain(TrainingGraph.Build(Network(None), Trials, Bins, new UpdateRule()).Inputs, input => input.Name.StartsWith("dropout", StringComparison.Ordinal));

    [Fact]
    public void Every_place_has_masks_of_its_own() => Assert.Equal(
        ["bottom", "code", "decoders.0.block", "encoders.0.block", "input", "rates"],
        Network(None with { Dropout = 0.1, DropoutInput = 0.1, DropoutRates = 0.1, DropoutCode = 0.1 }).Dropouts.Select(d => d.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void Every_place_of_a_transformers_block_has_masks_of_its_own() => Assert.Equal(
        [
            "embedding", "rates", "transformer_encoder.layers.0.dropout", "transformer_encoder.layers.0.dropout1",
            "transformer_encoder.layers.0.dropout2", "transformer_encoder.layers.0.self_attn",
        ],
        Network(NoneInNdt with { Dropout = 0.1, DropoutRates = 0.1, DropoutEmbedding = 0.1 }).Dropouts.Select(d => d.Name).Order(StringComparer.Ordinal));

    [Fact]
    public void A_top_has_masks_in_its_blocks_too() => Assert.Equal(
        [
            "bottom", "decoders.0.block", "encoders.0.block", "top.space.dropout", "top.space.dropout1", "top.space.dropout2", "top.space.self_attn",
            "top.time.dropout", "top.time.dropout1", "top.time.dropout2", "top.time.self_attn",
        ],
        Network(Top).Dropouts.Select(d => d.Name).Order(StringComparer.Ordinal));

    public static TheoryData<string> Networks() => ["resunet", "top", "ndt"];

    /// <summary>A learning rate of 0: the weights stay, and what changes the loss is one mask.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void Each_mask_alone_changes_the_loss(string name)
    {
        SpikeNetwork network = name switch
        {
            "top" => Network(Top),
            "ndt" => Network(NoneInNdt with { Dropout = 0.1, DropoutRates = 0.1, DropoutEmbedding = 0.1 }),
            _ => Network(None with { Dropout = 0.1, DropoutInput = 0.1, DropoutRates = 0.1, DropoutCode = 0.1 }),
        };
        using TrainingStep step = Start(network);
        double LossWithout(Dropout? hidden)
        {
            foreach (Dropout dropout in network.Dropouts)
            {
                step.DropoutMask(dropout).Fill(1);
                if (dropout == hidden)
                {
                    step.DropoutMask(dropout)[..(step.DropoutMask(dropout).Length / 2)].Clear();
                }
            }

            return step.Run(0, 1).Loss;
        }

        double nothingHidden = LossWithout(null);

        Assert.Equal(nothingHidden, LossWithout(null));
        Assert.All(network.Dropouts, dropout => Assert.NotEqual(nothingHidden, LossWithout(dropout)));
    }

    private static SpikeNetwork Without(string place) => place.Split(' ')[0] switch
    {
        "ndt" => Network(NoneInNdt),
        "convnext" => Network(None with { Block = BlockKind.ConvNext }),
        _ => Network(None),
    };

    private static SpikeNetwork With(string place) => place switch
    {
        "input" => Network(None with { DropoutInput = Ratio }),
        "block" => Network(None with { Dropout = Ratio }),
        "convnext block" => Network(None with { Block = BlockKind.ConvNext, Dropout = Ratio }),
        "code" => Network(None with { DropoutCode = Ratio }),
        "rates" => Network(None with { DropoutRates = Ratio }),
        "ndt block" => Network(NoneInNdt with { Dropout = Ratio }),
        "ndt embedding" => Network(NoneInNdt with { DropoutEmbedding = Ratio }),
        _ => Network(NoneInNdt with { DropoutRates = Ratio }),
    };

    private static SpikeNetwork Network(NdtOptions options) =>
        new ModelOptions { Architecture = UnetSpikes.Models.Architecture.Ndt, Channels = Units, Layers = 1, Ndt = options }.Build();

    private static SpikeNetwork Network(ResUNetOptions options) => new ModelOptions
    {
        Architecture = UnetSpikes.Models.Architecture.ResUNet,
        Channels = Units,
        Layers = 1,
        LatentDim = 6,
        ResUNet = options,
    }.Build();

    private static TrainingStep Start(SpikeNetwork network)
    {
        var rng = new Rng(2, "counts");
        float[] counts = [.. Enumerable.Range(0, Units * Bins * Trials).Select(_ => (float)rng.NextPoisson(1))];
        bool[] mask = [.. counts.Select((_, i) => i % 4 == 0)];
        var ones = new TrialTensor(1, 1, 1, [1]);
        return ModelRuns.Step(network, NetworkState.Untrained(network, ones, seed: 3), new TrainOptions { DataFile = "" }, counts, mask, Trials);
    }
}
