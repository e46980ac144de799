using UnetSpikes.Core;
using UnetSpikes.Train;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>From trials to what the training graph is fed: what is hidden stays hidden, what counts in the loss counts once.</summary>
public class TrainingBatchesTests
{
    private const int Trials = 6, Bins = 7, Units = 5, Count = Trials * Bins * Units;

    private static readonly TrainOptions Default = new() { DataFile = "", BatchSize = Trials, Masking = new Masking(MaskMode.Entry, MaskRatio.Fixed(0.4)) };

    [Fact]
    public void Hidden_entries_are_zero_in_the_input_and_all_that_counts_in_the_loss()
    {
        Batch batch = Next(Default);

        int hidden = batch.Weights.Count(w => w > 0);
        Assert.InRange(hidden, 1, Count - 1);
        batch.ForEach((count, input, weight, weighted) =>
        {
            Assert.Equal(weight > 0 ? 0 : count, input);
            Assert.Contains(weight, new[] { 0, 1f / hidden });
            Assert.Equal(weight * count, weighted);
        });
        Assert.Equal(1, batch.Weights.Sum(w => (double)w), 1e-6);
    }

    /// <summary>Two data sets that differ only where it is hidden give the same input, bit for bit, whatever the fill.</summary>
    [Theory]
    [InlineData(MaskFill.Zero)]
    [InlineData(MaskFill.Mean)]
    [InlineData(MaskFill.Nearest)]
    [InlineData(MaskFill.Linear)]
    [InlineData(MaskFill.Channel)]
    public void Hidden_counts_cannot_be_told_from_the_input(MaskFill fill)
    {
        TrainOptions options = Default with { MaskFill = fill };
        Batch batch = Next(options);
        TrialTensor other = Numbered();
        Batch.ForEachPlace(DealtTrials(1), (place, at) => other.Values[place] = batch.Weights[at] > 0 ? 999 : other.Values[place]);

        Batch changed = Next(options, other);

        Assert.Equal(batch.Input, changed.Input);
        Assert.NotEqual(batch.WeightedCounts, changed.WeightedCounts);
        Assert.Equal(fill is MaskFill.Zero or MaskFill.Channel, batch.Input.Take(Count).Contains(0));
    }

    [Fact]
    public void Told_of_the_mask_the_network_sees_it_as_further_channels()
    {
        Batch batch = Next(Default with { MaskFill = MaskFill.Channel });

        Assert.Equal(2 * Count, batch.Input.Length);
        Assert.Equal(batch.Weights.Select(w => w > 0 ? 1f : 0), batch.Input[Count..]);
    }

    [Fact]
    public void Entries_that_do_not_look_hidden_are_not_told()
    {
        Batch batch = Next(Default with { MaskFill = MaskFill.Channel, MaskTokens = new MaskTokens(TokenRatio: 0.5, RandomRatio: 0) });

        int untold = 0;
        for (int at = 0; at < Count; at++)
        {
            bool isTold = batch.Input[Count + at] == 1;
            bool counts = batch.Weights[at] > 0;
            Assert.True(counts || !isTold);
            Assert.Equal(isTold, batch.Input[at] == 0);
            untold += counts && !isTold ? 1 : 0;
        }

        Assert.InRange(untold, 1, Count - 1);
    }

    /// <summary>The factor is that of the ratio drawn for this batch: three batches, three factors.</summary>
    [Fact]
    public void Visible_counts_are_rescaled_by_the_ratio_of_the_batch()
    {
        var masking = new Masking(MaskMode.Entry, MaskRatio.Uniform(0.2, 0.8));
        TrainingBatches batches = Make(Default with { Masking = masking, RescalesVisible = true }, Numbered());
        var rng = new Rng(Default.Seed, "mask ratio");
        for (int step = 1; step <= 3; step++)
        {
            Batch batch = Take(batches, step);
            float scale = (float)(1 / (1 - masking.Ratio.At(step, Default.Updates, rng)));

            batch.ForEachInOrder(DealtTrials(step), (count, input, weight, _) => Assert.Equal(weight > 0 ? 0 : count * scale, input, 1e-3f));
        }
    }

    [Fact]
    public void The_ratio_moves_with_the_steps()
    {
        var masking = new Masking(MaskMode.Entry, MaskRatio.Linear(0.05, 0.95));
        TrainingBatches batches = Make(Default with { Masking = masking, Updates = 100 }, Numbered());

        double first = Take(batches, 1).Weights.Count(w => w > 0), last = Take(batches, 100).Weights.Count(w => w > 0);

        Assert.InRange(first / Count, 0, 0.2);
        Assert.InRange(last / Count, 0.8, 1);
    }

    [Fact]
    public void The_ramp_of_the_spans_follows_the_steps()
    {
        var masking = new Masking(MaskMode.Span, MaskRatio.Fixed(0.3)) { Spans = new MaskSpans(Longest: 7, RampStart: 100, RampEnd: 101) };
        TrialTensor trial = new(40, 100, 1);
        int Changes(long step)
        {
            float[] weights = Take(Make(Default with { Masking = masking, BatchSize = 40 }, trial), step).Weights;
            return Enumerable.Range(40, weights.Length - 40).Count(at => weights[at] > 0 != weights[at - 40] > 0);
        }

        // Runs of single bins begin and end often: 2 · 0.3 · 0.7 per bin; those of up to 7 half as often and less.
        Assert.True(Changes(101) < 0.7 * Changes(100), $"{Changes(101)} of {Changes(100)}");
    }

    [Fact]
    public void Thinning_shares_the_spikes_out_and_every_entry_counts()
    {
        Batch batch = Next(Default with { Masking = new Masking(MaskMode.Thin, MaskRatio.Fixed(0.3)) });

        double removedShare = 0;
        batch.ForEach((count, input, weight, weighted) =>
        {
            float removed = weighted * Count;
            Assert.Equal(count, input + removed, 1e-2f);
            Assert.Equal(removed, MathF.Round(removed), 1e-2f);
            Assert.Equal(0.3f / Count, weight, 1e-8f);
            removedShare += removed / batch.Counts.Values.Sum();
        });
        Assert.Equal(0.3, removedShare, 0.02);
    }

    [Fact]
    public void Thinned_input_is_rescaled()
    {
        var options = Default with { Masking = new Masking(MaskMode.Thin, MaskRatio.Fixed(0.5)) };

        Assert.Equal(Next(options).Input.Select(x => 2 * x), Next(options with { RescalesVisible = true }).Input);
    }

    [Fact]
    public void The_loss_may_be_of_all_entries()
    {
        Batch batch = Next(Default with { LossOn = LossEntries.All });

        Assert.All(batch.Weights, w => Assert.Equal(1f / Count, w));
        Assert.Equal(Next(Default).Input, batch.Input);
    }

    [Fact]
    public void A_flipped_trial_runs_backwards_and_so_does_its_target()
    {
        Batch batch = Next(Default with { Augmentation = new Augmentation(FlipProbability: 1) });
        TrialTensor backwards = Numbered();
        for (int i = 0; i < Count; i++)
        {
            backwards.Values[i] = batch.Counts[i / (Bins * Units), Bins - 1 - (i / Units % Bins), i % Units];
        }

        Batch expected = Next(Default, backwards);

        Assert.Equal(expected.Input, batch.Input);
        Assert.Equal(expected.WeightedCounts, batch.WeightedCounts);
    }

    [Fact]
    public void Half_the_trials_are_flipped_at_a_probability_of_a_half()
    {
        TrialTensor rising = new(1000, 2, 1, [.. Enumerable.Range(0, 2000).Select(i => i % 2 == 0 ? 1f : 2)]);
        TrainOptions options = Default with { BatchSize = 1000, LossOn = LossEntries.All, Augmentation = new Augmentation(FlipProbability: 0.5) };

        float[] targets = Take(Make(options, rising), 1).WeightedCounts;

        Assert.InRange(targets[..1000].Count(t => t > 1.5f / 2000), 440, 560);
    }

    /// <summary>Bins a moved trial does not reach are neither shown nor counted; the others keep their trial's order.</summary>
    [Fact]
    public void Moved_trials_count_only_where_they_have_data()
    {
        TrainOptions options = Default with { Augmentation = new Augmentation(Jitter: 3), LossOn = LossEntries.All, MaskFill = MaskFill.Channel };
        Batch batch = Next(options);
        int[] trials = DealtTrials(1);
        var shifts = new HashSet<int>();
        int covered = 0;
        for (int b = 0; b < Trials; b++)
        {
            int[] withData = [.. Enumerable.Range(0, Bins).Where(t => batch.Weights[(t * Trials) + b] > 0)];
            int source = (int)Math.Round(batch.WeightedCounts[(withData[0] * Trials) + b] / batch.Weights[(withData[0] * Trials) + b]) - 1;
            int shift = withData[0] - ((source / Units) - (trials[b] * Bins));
            shifts.Add(shift);
            covered += withData.Length * Units;
            Assert.InRange(shift, -3, 3);
            Assert.Equal(Bins - Math.Abs(shift), withData.Length);
            for (int unit = 0; unit < Units; unit++)
            {
                for (int t = 0; t < Bins; t++)
                {
                    int at = (((unit * Bins) + t) * Trials) + b;
                    if (withData.Contains(t))
                    {
                        Assert.Equal(batch.Counts[trials[b], t - shift, unit], batch.WeightedCounts[at] / batch.Weights[at], 1e-2f);
                    }
                    else
                    {
                        Assert.Equal((0f, 0f, 0f, 1f), (batch.Weights[at], batch.WeightedCounts[at], batch.Input[at], batch.Input[Count + at]));
                    }
                }
            }
        }

        Assert.True(shifts.Count > 2, "hardly any trial moved");
        Assert.Equal(1f / covered, batch.Weights.Max());
    }

    [Theory]
    [InlineData(MaskMode.Entry)]
    [InlineData(MaskMode.Thin)]
    public void Moved_trials_weigh_as_a_mean_over_what_counts(MaskMode mode)
    {
        var options = Default with { Augmentation = new Augmentation(Jitter: 3), Masking = new Masking(mode, MaskRatio.Fixed(0.4)) };

        Batch batch = Next(options);

        Assert.Equal(mode == MaskMode.Thin ? 0.4 : 1, batch.Weights.Sum(w => (double)w), 1e-5);
        Assert.InRange(batch.Weights.Count(w => w == 0), 1, Count - 1);
    }

    [Fact]
    public void A_shift_by_the_whole_trial_is_refused() => Assert.Contains("TRAIN.JITTER: is 7, expected less than the 7 bins", Assert.Throws<UsageException>(
        () => Make(Default with { Augmentation = new Augmentation(Jitter: Bins) }, Numbered())).Message, StringComparison.Ordinal);

    [Fact]
    public void Silent_units_are_silent_in_the_whole_batch_and_stay_in_the_target()
    {
        var options = Default with { LossOn = LossEntries.All, MaskFill = MaskFill.Mean };
        TrainOptions dropping = options with { Augmentation = new Augmentation(UnitDropout: 0.5) };
        TrainingBatches batches = Make(dropping, Numbered());
        int silentOnes = 0;
        for (int step = 1; step <= 40; step++)
        {
            Batch batch = Take(batches, step);
            for (int unit = 0; unit < Units; unit++)
            {
                float[] input = batch.Input[(unit * Bins * Trials)..((unit + 1) * Bins * Trials)];
                bool isSilent = input.All(x => x == 0);
                Assert.True(isSilent || input.All(x => x > 0));
                silentOnes += isSilent ? 1 : 0;
            }
        }

        Assert.InRange(silentOnes, 72, 128); // Four standard errors about half of 200.
        Assert.Equal(Next(options).WeightedCounts, Next(dropping).WeightedCounts);
    }

    /// <summary>Switching one kind of choice on leaves the other kinds' draws as they were.</summary>
    [Fact]
    public void Masks_are_those_of_a_run_without_augmentation()
    {
        var all = Default with { Augmentation = new Augmentation(0.5, 0, 0.5), MaskTokens = new MaskTokens(0.5, 0.5) };
        TrainingBatches plain = Make(Default, Numbered()), varied = Make(all, Numbered());
        for (int step = 1; step <= 3; step++)
        {
            Assert.Equal(Take(plain, step).Weights, Take(varied, step).Weights);
        }
    }

    [Fact]
    public void Fewer_trials_than_a_batch_are_a_batch() => Assert.Equal(Trials, Make(Default with { BatchSize = 100 }, Numbered()).SizeFor(1));

    private static int[] DealtTrials(int step)
    {
        var sampler = new TrialSampler(Trials, new Rng(Default.Seed, "trials"));
        var trials = new int[Trials];
        for (int i = 0; i < step; i++)
        {
            sampler.Next(trials);
        }

        return trials;
    }

    private static Batch Next(TrainOptions options, TrialTensor? counts = null) => Take(Make(options, counts ?? Numbered()), 1);

    private static TrainingBatches Make(TrainOptions options, TrialTensor counts) => new(counts, options, Filling.Of(options.MaskFill, Numbered()), from: null);

    private static Batch Take(TrainingBatches batches, long step)
    {
        int entries = batches.FirstMask.Length * batches.SizeFor(step);
        float[] input = [.. Enumerable.Repeat(-7f, 2 * entries)], weights = new float[entries], weighted = new float[entries];
        batches.Next(step, input, weights, weighted);
        return new Batch(input[entries] == -7 ? input[..entries] : input, weights, weighted);
    }

    private static TrialTensor Numbered() => new(Trials, Bins, Units, [.. Enumerable.Range(1, Count).Select(i => (float)i)]);

    /// <summary>What the graph is fed, [unit, bin, trial], of trials whose counts are their own place plus one.</summary>
    private sealed record Batch(float[] Input, float[] Weights, float[] WeightedCounts)
    {
        public TrialTensor Counts { get; } = Numbered();

        public void ForEach(Action<float, float, float, float> check) => ForEachInOrder(DealtTrials(1), check);

        public void ForEachInOrder(int[] trials, Action<float, float, float, float> check) => ForEachPlace(
            trials, (place, at) => check(Counts.Values[place], Input[at], Weights[at], WeightedCounts[at]));

        public static void ForEachPlace(int[] trials, Action<int, int> visit)
        {
            for (int at = 0; at < Count; at++)
            {
                visit((((trials[at % Trials] * Bins) + (at / Trials % Bins)) * Units) + (at / Trials / Bins), at);
            }
        }
    }
}
