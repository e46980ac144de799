using UnetSpikes.Core;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train.Masks;

/// <summary>What a mask hides together, how much, and that a seed repeats it.</summary>
public class MaskingTests
{
    private const int Trials = 4, Bins = 30, Units = 20;

    private static readonly BatchShape Shape = new(Trials, Bins, Units);

    [Fact]
    public void Timesteps_are_hidden_across_trials_and_units()
    {
        bool[] mask = Draw(MaskMode.Timestep, 0.3, seed: 1);

        for (int i = 0; i < mask.Length; i++)
        {
            Assert.Equal(mask[i / Units % Bins * Units], mask[i]);
        }

        Assert.Contains(false, mask);
    }

    [Fact]
    public void Neurons_are_hidden_across_trials_and_bins()
    {
        bool[] mask = Draw(MaskMode.Neuron, 0.3, seed: 1);

        for (int i = 0; i < mask.Length; i++)
        {
            Assert.Equal(mask[i % Units], mask[i]);
        }

        Assert.Contains(false, mask);
    }

    [Fact]
    public void Entries_are_hidden_on_their_own()
    {
        bool[] mask = Draw(MaskMode.Entry, 0.5, seed: 1);

        // A row, a column or a trial that is all the same has a chance of 2^-20 and less.
        Assert.All(mask.Chunk(Units), bin => Assert.Equal(2, bin.Distinct().Count()));
        Assert.All(Enumerable.Range(0, Units), u => Assert.Equal(2, mask.Where((_, i) => i % Units == u).Distinct().Count()));
        Assert.NotEqual(mask[..(Bins * Units)], mask[(Bins * Units)..(2 * Bins * Units)]);
    }

    [Fact]
    public void Spans_are_hidden_across_units_and_each_trial_has_its_own()
    {
        bool[] mask = Draw(MaskMode.Span, 0.5, seed: 1);

        Assert.All(mask.Chunk(Units), bin => Assert.Single(bin.Distinct()));
        bool[][] trials = [.. mask.Chunk(Bins * Units)];
        Assert.All(trials.Skip(1), trial => Assert.NotEqual(trials[0], trial));
    }

    [Theory]
    [InlineData(MaskMode.Timestep, 0.25)]
    [InlineData(MaskMode.Neuron, 0.25)]
    [InlineData(MaskMode.Entry, 0.25)]
    [InlineData(MaskMode.Entry, 0.05)]
    [InlineData(MaskMode.Timestep, 0.9)]
    [InlineData(MaskMode.Span, 0.25)]
    [InlineData(MaskMode.Span, 0.9)]
    public void The_ratio_is_kept_on_average_in_every_bin(MaskMode mode, double ratio)
    {
        var mask = new bool[Shape.Count];
        var rng = new Rng(3, "masks");
        var hidden = new double[Bins];
        const int draws = 2000;
        for (int i = 0; i < draws; i++)
        {
            Masking(mode).Draw(mask, Shape, ratio, step: 1, rng);
            for (int at = 0; at < mask.Length; at++)
            {
                hidden[at / Units % Bins] += mask[at] ? 1.0 / (Trials * Units) : 0;
            }
        }

        // Five standard errors of a bin in the coarsest case, one draw a batch; and four of the mean of them all, 20 units.
        double deviation = Math.Sqrt(ratio * (1 - ratio) / draws);
        Assert.All(hidden, h => Assert.Equal(ratio, h / draws, 5 * deviation));
        Assert.Equal(ratio, hidden.Average() / draws, 4 * deviation / Math.Sqrt(Units) * (mode == MaskMode.Span ? 2 : 1));
    }

    [Theory]
    [InlineData(MaskMode.Timestep)]
    [InlineData(MaskMode.Neuron)]
    [InlineData(MaskMode.Entry)]
    [InlineData(MaskMode.Span)]
    public void At_least_one_entry_is_always_hidden(MaskMode mode)
    {
        var mask = new bool[12];
        var rng = new Rng(5, "masks");
        for (int i = 0; i < 50; i++)
        {
            Masking(mode).Draw(mask, new BatchShape(2, 3, 2), 1e-4, step: 1, rng);
            Assert.Contains(true, mask);
        }
    }

    [Theory]
    [InlineData(MaskMode.Entry)]
    [InlineData(MaskMode.Span)]
    public void A_seed_repeats_its_masks_and_another_does_not(MaskMode mode)
    {
        Assert.Equal(Draw(mode, 0.25, seed: 7), Draw(mode, 0.25, seed: 7));
        Assert.NotEqual(Draw(mode, 0.25, seed: 7), Draw(mode, 0.25, seed: 8));
    }

    [Fact]
    public void A_mask_of_another_size_is_refused() => Assert.Throws<ArgumentException>(
        () => Masking(MaskMode.Entry).Draw(new bool[5], new BatchShape(1, 2, 3), 0.5, step: 1, new Rng(1, "masks")));

    [Fact]
    public void Folds_share_the_entries_out_evenly()
    {
        byte[] folds = UnetSpikes.Train.Masks.Masking.Folds(50_000, 5, new Rng(1, "folds"));

        Assert.All(Enumerable.Range(0, 5), fold => Assert.InRange(folds.Count(f => f == fold), 9_600, 10_400));
        Assert.InRange(folds.Max(), 4, 4);
    }

    private static Masking Masking(MaskMode mode) => new(mode, MaskRatio.Fixed(0.5));

    private static bool[] Draw(MaskMode mode, double ratio, ulong seed)
    {
        var mask = new bool[Shape.Count];
        Masking(mode).Draw(mask, Shape, ratio, step: 1, new Rng(seed, "masks"));
        return mask;
    }
}
