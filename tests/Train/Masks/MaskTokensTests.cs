using UnetSpikes.Core;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train.Masks;

/// <summary>Which hidden entries look hidden.</summary>
public class MaskTokensTests
{
    private const int Entries = 40_000;
    private const float Filled = -1, Own = 100, Scale = 2;

    [Fact]
    public void Hidden_entries_are_filled_random_or_their_own_in_the_shares_asked_for()
    {
        bool[] mask = [.. Enumerable.Range(0, Entries).Select(i => i % 2 == 0)];
        (float[] input, bool[] hidden) = Apply(new MaskTokens(TokenRatio: 0.7, RandomRatio: 0.4), mask);

        for (int i = 1; i < Entries; i += 2)
        {
            Assert.Equal((Filled, false), (input[i], hidden[i])); // Not masked: not touched.
        }

        float[] masked = [.. input.Where((_, i) => i % 2 == 0)];
        double Share(Func<float, bool> which) => masked.Count(which) / (double)masked.Length;
        // Four standard errors of 20,000 entries are 0.013.
        Assert.Equal(0.7, Share(x => x == Filled), 0.013);
        Assert.Equal(0.18, Share(x => x == Own * Scale), 0.013);
        Assert.All(Enumerable.Range(0, 4), count => Assert.Equal(0.03, Share(x => x == count * Scale), 0.006));
        Assert.Equal(1, Share(x => x is Filled or Own * Scale or 0 or 2 or 4 or 6));
        Assert.Equal(input.Select((x, i) => i % 2 == 0 && x == Filled), hidden);
    }

    [Fact]
    public void With_a_share_of_one_all_are_filled_and_nothing_is_drawn()
    {
        var rng = new Rng(1, "mask tokens");
        ulong[] before = rng.State;
        float[] input = [Filled, Filled];

        new MaskTokens().Apply(input, [true, true], [true, true], [Own, Own], 3, Scale, rng);

        Assert.Equal([Filled, Filled], input);
        Assert.Equal(before, rng.State);
    }

    private static (float[] Input, bool[] Hidden) Apply(MaskTokens tokens, bool[] mask)
    {
        float[] input = [.. Enumerable.Repeat(Filled, Entries)], counts = [.. Enumerable.Repeat(Own, Entries)];
        bool[] hidden = [.. mask];
        tokens.Apply(input, hidden, mask, counts, largest: 3, Scale, new Rng(1, "mask tokens"));
        return (input, hidden);
    }
}
