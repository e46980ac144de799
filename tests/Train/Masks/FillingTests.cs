using UnetSpikes.Core;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train.Masks;

/// <summary>What hidden entries become, against the definition written down naively, on random trials and masks.</summary>
public class FillingTests
{
    private static readonly float[] UnitMeans = [0.5f, 1.5f, 2.5f];

    public static TheoryData<MaskFill> Fills() => [.. Enum.GetValues<MaskFill>()];

    [Theory]
    [MemberData(nameof(Fills))]
    public void Every_fill_is_its_definition(MaskFill fill)
    {
        var rng = new Rng(4, "cases");
        for (int i = 0; i < 500; i++)
        {
            int bins = 1 + rng.NextInt(12);
            (float[] trial, bool[] hidden) = Case(rng, bins, ratio: rng.NextDouble());
            float[] filled = [.. trial];

            new Filling(fill, UnitMeans).Apply(filled, hidden);

            for (int at = 0; at < trial.Length; at++)
            {
                Assert.Equal(hidden[at] ? Naive(fill, trial, hidden, at / 3, at % 3) : trial[at], filled[at], 1e-5f);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Fills))]
    public void What_is_hidden_cannot_be_told_from_what_takes_its_place(MaskFill fill)
    {
        (float[] trial, bool[] hidden) = Case(new Rng(5, "cases"), bins: 20, ratio: 0.5);
        float[] other = [.. trial.Select((count, i) => hidden[i] ? float.NaN : count)];

        new Filling(fill, UnitMeans).Apply(trial, hidden);
        new Filling(fill, UnitMeans).Apply(other, hidden);

        Assert.Equal(trial, other);
    }

    [Theory]
    [InlineData(MaskFill.Mean)]
    [InlineData(MaskFill.Nearest)]
    [InlineData(MaskFill.Linear)]
    public void A_unit_with_nothing_visible_becomes_its_mean_over_the_training_trials(MaskFill fill)
    {
        var training = new TrialTensor(2, 2, 3, [0, 1, 2, 1, 1, 4, 0, 3, 2, 1, 1, 2]);
        float[] trial = [9, 9, 9, 9, 9, 9];

        Filling.Of(fill, training).Apply(trial, [true, false, true, true, false, true]);

        Assert.Equal([0.5f, 9, 2.5f, 0.5f, 9, 2.5f], trial);
    }

    [Fact]
    public void Of_two_equally_near_bins_the_earlier_is_taken()
    {
        float[] trial = [1, 0, 0, 0, 5];

        new Filling(MaskFill.Nearest, [0]).Apply(trial, [false, true, true, true, false]);

        Assert.Equal([1, 1, 1, 5, 5], trial);
    }

    [Fact]
    public void A_line_is_drawn_across_the_gap_and_stays_level_at_the_ends()
    {
        float[] trial = [0, 1, 0, 0, 0, 5, 0];

        new Filling(MaskFill.Linear, [0]).Apply(trial, [true, false, true, true, true, false, true]);

        Assert.Equal([1, 1, 2, 3, 4, 5, 5], trial);
    }

    private static (float[] Trial, bool[] Hidden) Case(Rng rng, int bins, double ratio)
    {
        float[] trial = [.. Enumerable.Range(0, bins * 3).Select(_ => (float)rng.NextPoisson(2))];
        return (trial, [.. trial.Select(_ => rng.NextDouble() < ratio)]);
    }

    private static float Naive(MaskFill fill, float[] trial, bool[] hidden, int bin, int unit)
    {
        int[] visible = [.. Enumerable.Range(0, trial.Length / 3).Where(t => !hidden[(t * 3) + unit])];
        float At(int t) => trial[(t * 3) + unit];
        if (fill is MaskFill.Zero or MaskFill.Channel)
        {
            return 0;
        }

        if (visible.Length == 0)
        {
            return UnitMeans[unit];
        }

        switch (fill)
        {
            case MaskFill.Mean:
                return visible.Average(At);
            case MaskFill.Nearest:
                return At(visible.OrderBy(t => Math.Abs(t - bin)).ThenBy(t => t).First());
            default:
                int[] before = [.. visible.Where(t => t < bin)], after = [.. visible.Where(t => t > bin)];
                if (before.Length == 0 || after.Length == 0)
                {
                    return At(before.Length == 0 ? after[0] : before[^1]);
                }

                double share = (bin - before[^1]) / (double)(after[0] - before[^1]);
                return (float)(((1 - share) * At(before[^1])) + (share * At(after[0])));
        }
    }
}
