using UnetSpikes.Core;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>What a mask hides together, how much, and that a seed repeats it.</summary>
public class MaskingTests
{
    private const int Trials = 4, Bins = 30, Units = 20;

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

    [Theory]
    [InlineData(MaskMode.Timestep, 0.25)]
    [InlineData(MaskMode.Neuron, 0.25)]
    [InlineData(MaskMode.Entry, 0.25)]
    [InlineData(MaskMode.Entry, 0.05)]
    [InlineData(MaskMode.Timestep, 0.9)]
    public void The_ratio_is_kept_on_average(MaskMode mode, double ratio)
    {
        var masking = new Masking(mode, ratio);
        var mask = new bool[Trials * Bins * Units];
        var rng = new Rng(3, "masks");
        double hidden = 0;
        const int draws = 2000;
        for (int i = 0; i < draws; i++)
        {
            masking.Draw(mask, Trials, Bins, Units, rng);
            hidden += mask.Count(m => m) / (double)mask.Length;
        }

        // Four standard errors of the coarsest case: 2000 draws of 20 units.
        Assert.Equal(ratio, hidden / draws, 4 * Math.Sqrt(ratio * (1 - ratio) / (draws * Units)));
    }

    [Theory]
    [InlineData(MaskMode.Timestep)]
    [InlineData(MaskMode.Neuron)]
    [InlineData(MaskMode.Entry)]
    public void At_least_one_entry_is_always_hidden(MaskMode mode)
    {
        var masking = new Masking(mode, 1e-4);
        var mask = new bool[12];
        var rng = new Rng(5, "masks");
        for (int i = 0; i < 50; i++)
        {
            masking.Draw(mask, 2, 3, 2, rng);
            Assert.Contains(true, mask);
        }
    }

    [Fact]
    public void A_seed_repeats_its_masks_and_another_does_not()
    {
        Assert.Equal(Draw(MaskMode.Entry, 0.25, seed: 7), Draw(MaskMode.Entry, 0.25, seed: 7));
        Assert.NotEqual(Draw(MaskMode.Entry, 0.25, seed: 7), Draw(MaskMode.Entry, 0.25, seed: 8));
    }

    [Fact]
    public void A_mask_of_another_size_is_refused() =>
        Assert.Throws<ArgumentException>(() => new Masking(MaskMode.Entry, 0.5).Draw(new bool[5], 1, 2, 3, new Rng(1, "masks")));

    [Fact]
    public void Folds_share_the_entries_out_evenly()
    {
        byte[] folds = Masking.Folds(50_000, 5, new Rng(1, "folds"));

        Assert.All(Enumerable.Range(0, 5), fold => Assert.InRange(folds.Count(f => f == fold), 9_600, 10_400));
        Assert.InRange(folds.Max(), 4, 4);
    }

    private static bool[] Draw(MaskMode mode, double ratio, ulong seed)
    {
        var mask = new bool[Trials * Bins * Units];
        new Masking(mode, ratio).Draw(mask, Trials, Bins, Units, new Rng(seed, "masks"));
        return mask;
    }
}
