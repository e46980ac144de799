using UnetSpikes.Core;
using UnetSpikes.Train;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>Batches of trials of which a network sees a part: the rest never reaches its input and always counts in the loss.</summary>
public class CoSmoothingBatchesTests
{
    private const int Trials = 5, Bins = 7, Units = 6;

    private static readonly ObservedPart Seen = new(Bins: 5, Units: 4);

    private static readonly TrainOptions Default = new() { DataFile = "", BatchSize = Trials, Masking = new Masking(MaskMode.Entry, MaskRatio.Fixed(0.4)) };

    public static TheoryData<MaskMode, MaskFill, LossEntries> Ways() => new()
    {
        { MaskMode.Entry, MaskFill.Zero, LossEntries.Masked },
        { MaskMode.Entry, MaskFill.Mean, LossEntries.All },
        { MaskMode.Timestep, MaskFill.Nearest, LossEntries.Masked },
        { MaskMode.Neuron, MaskFill.Linear, LossEntries.Masked },
        { MaskMode.Span, MaskFill.Channel, LossEntries.Masked },
        { MaskMode.Thin, MaskFill.Zero, LossEntries.Masked },
    };

    /// <summary>Two data sets that differ in all that is not to be seen, wildly, give the same input, bit for bit.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void Held_out_units_and_forward_bins_never_reach_the_input(MaskMode mode, MaskFill fill, LossEntries lossOn)
    {
        TrainOptions options = Default with { Masking = new Masking(mode, MaskRatio.Fixed(0.4)), MaskFill = fill, LossOn = lossOn, MaskTokens = new MaskTokens(0.5, 0.5), RescalesVisible = true };
        TrialTensor counts = Counts(), other = Counts();
        ForEach((trial, bin, unit) => other[trial, bin, unit] = IsSeen(bin, unit) ? other[trial, bin, unit] : 1000 + unit);

        Batch batch = Next(options, counts), changed = Next(options, other);

        Assert.Equal(batch.Input, changed.Input);
        Assert.Equal(batch.Weights, changed.Weights);
        Assert.NotEqual(batch.WeightedCounts, changed.WeightedCounts);
    }

    [Fact]
    public void One_mean_is_over_hidden_entries_and_all_that_is_never_seen()
    {
        Batch batch = Next(Default with { HeldOutWeight = 2, ForwardWeight = 0.5 }, Counts());

        int hidden = 0, heldOut = Trials * Seen.Bins * (Units - Seen.Units), forward = Trials * (Bins - Seen.Bins) * Units;
        batch.ForEach((bin, unit, weight) => hidden += IsSeen(bin, unit) && weight > 0 ? 1 : 0);
        double total = hidden + (2 * heldOut) + (0.5 * forward);
        Assert.InRange(hidden, 1, (Trials * Seen.Bins * Seen.Units) - 1);
        batch.ForEach((bin, unit, weight) => Assert.Equal(
            bin >= Seen.Bins ? 0.5 / total : unit >= Seen.Units ? 2 / total : weight > 0 ? 1 / total : 0, weight, 1e-7));
        Assert.Equal(1, batch.Weights.Sum(w => (double)w), 1e-5);
    }

    [Fact]
    public void The_target_is_each_count_times_its_weight()
    {
        Batch batch = Next(Default, Counts());

        float[] turned = new float[Trials * Bins * Units];
        TrialBatch.Gather(Counts(), Dealt(), Trials, turned);
        Assert.Equal(turned.Zip(batch.Weights, (count, weight) => count * weight), batch.WeightedCounts);
    }

    /// <summary>When thinning, spikes of what is seen are shared out; counts of the rest are all to be predicted.</summary>
    [Fact]
    public void Thinning_takes_from_what_is_seen_only()
    {
        Batch batch = Next(Default with { Masking = new Masking(MaskMode.Thin, MaskRatio.Fixed(0.3)) }, Counts());

        double total = Trials * Bins * Units;
        batch.ForEach((bin, unit, weight) => Assert.Equal(IsSeen(bin, unit) ? 0.3 / total : 1 / total, weight, 1e-8));
        TrialTensor expected = Counts(), removed = new(Trials, Bins, Units), input = new(Trials, Seen.Bins, Seen.Units);
        TrialBatch.Scatter(batch.WeightedCounts, Trials, removed, Dealt());
        TrialBatch.Scatter(batch.Input, Trials, input, Dealt());
        ForEach((trial, bin, unit) => Assert.Equal(
            expected[trial, bin, unit], (removed[trial, bin, unit] * total) + (IsSeen(bin, unit) ? input[trial, bin, unit] : 0), 1e-3));
    }

    /// <summary>A gap is silence to the network whatever the fill, is not in the loss, and is told to no one.</summary>
    [Theory]
    [MemberData(nameof(Ways))]
    public void What_was_not_recorded_is_silence_and_in_no_loss(MaskMode mode, MaskFill fill, LossEntries lossOn)
    {
        TrainOptions options = Default with { Masking = new Masking(mode, MaskRatio.Fixed(0.4)), MaskFill = fill, LossOn = lossOn };
        TrialTensor counts = Counts();
        ForEach((trial, bin, unit) => counts[trial, bin, unit] = IsGap(trial, bin, unit) ? float.NaN : counts[trial, bin, unit]);

        Batch batch = Next(options, counts);

        Assert.DoesNotContain(batch.Input.Concat(batch.WeightedCounts), float.IsNaN);
        int[] dealt = Dealt();
        int at = 0, seenAt = 0, gaps = 0;
        for (int unit = 0; unit < Units; unit++)
        {
            for (int bin = 0; bin < Bins; bin++)
            {
                for (int i = 0; i < Trials; i++, at++)
                {
                    bool isGap = IsGap(dealt[i], bin, unit);
                    Assert.True(!isGap || (batch.Weights[at] == 0 && batch.WeightedCounts[at] == 0));
                    gaps += isGap ? 1 : 0;
                    if (IsSeen(bin, unit))
                    {
                        Assert.True(!isGap || batch.Input[seenAt] == 0);
                        Assert.True(!isGap || fill != MaskFill.Channel || batch.Input[seenAt + (Trials * Seen.Bins * Seen.Units)] == 0);
                        seenAt++;
                    }
                }
            }
        }

        Assert.True(gaps > 20);
        double sum = batch.Weights.Sum(w => (double)w);
        Assert.InRange(sum, mode == MaskMode.Thin ? 0.3 : 1 - 1e-5, 1 + 1e-5);
    }

    /// <summary>Moved trials leave bins empty at either end, forward ones too.</summary>
    [Fact]
    public void Bins_that_jitter_left_empty_count_nowhere()
    {
        Batch batch = Next(Default with { Augmentation = new Augmentation(Jitter: 3) }, Counts());

        int empty = 0;
        batch.ForEach((bin, unit, weight) => empty += unit >= Seen.Units && weight == 0 ? 1 : 0);
        Assert.True(empty > 0);
        Assert.All(batch.Weights.Zip(batch.WeightedCounts), pair => Assert.Equal(pair.First > 0, pair.Second > 0));
    }

    /// <summary>Counts from 1, each its own.</summary>
    private static TrialTensor Counts() => new(Trials, Bins, Units, [.. Enumerable.Range(1, Trials * Bins * Units).Select(i => (float)i)]);

    private static bool IsSeen(int bin, int unit) => bin < Seen.Bins && unit < Seen.Units;

    private static bool IsGap(int trial, int bin, int unit) => (trial + (2 * bin) + (3 * unit)) % 5 == 0;

    private static void ForEach(Action<int, int, int> visit)
    {
        for (int i = 0; i < Trials * Bins * Units; i++)
        {
            visit(i / (Bins * Units), i / Units % Bins, i % Units);
        }
    }

    private static int[] Dealt()
    {
        var trials = new int[Trials];
        new TrialSampler(Trials, new Rng(Default.Seed, "trials")).Next(trials);
        return trials;
    }

    private static Batch Next(TrainOptions options, TrialTensor counts)
    {
        var batches = new TrainingBatches(counts, options, Filling.Of(options.MaskFill, counts, Seen), from: null, observed: Seen);
        int seen = Trials * Seen.Bins * Seen.Units, whole = Trials * Bins * Units;
        var batch = new Batch(new float[options.MaskFill == MaskFill.Channel ? 2 * seen : seen], new float[whole], new float[whole]);
        batches.Next(1, batch.Input, batch.Weights, batch.WeightedCounts);
        return batch;
    }

    /// <summary>What the graph is fed, [unit, bin, trial]: the input of what is seen, the others of whole trials.</summary>
    private sealed record Batch(float[] Input, float[] Weights, float[] WeightedCounts)
    {
        public void ForEach(Action<int, int, float> check)
        {
            for (int at = 0; at < Weights.Length; at++)
            {
                check(at / Trials % Bins, at / Trials / Bins, Weights[at]);
            }
        }
    }
}
