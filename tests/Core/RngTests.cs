using FsCheck;
using FsCheck.Fluent;
using UnetSpikes.Core;
using Xunit;

namespace UnetSpikes.Tests.Core;

public class RngTests
{
    [Fact]
    public void Numbers_are_those_of_the_authors_generator()
    {
        // The first outputs of xoshiro256** from state 1, 2, 3, 4, as its reference implementation gives them.
        Rng rng = Rng.FromState([1, 2, 3, 4]);

        Assert.Equal([11520UL, 0UL, 1509978240UL, 1215971899390074240UL], new[] { rng.NextUInt64(), rng.NextUInt64(), rng.NextUInt64(), rng.NextUInt64() });
    }

    [Fact]
    public void A_saved_state_continues_the_stream()
    {
        var rng = new Rng(7, "mask");
        _ = rng.NextNormal();
        Rng copy = Rng.FromState(rng.State);

        Assert.Equal(rng.NextUInt64(), copy.NextUInt64());
        Assert.Equal(rng.NextNormal(), copy.NextNormal());
    }

    [Fact]
    public void Seeds_and_purposes_name_different_streams_and_the_same_names_the_same()
    {
        Assert.Equal(new Rng(1, "mask").NextUInt64(), new Rng(1, "mask").NextUInt64());
        Assert.NotEqual(new Rng(1, "mask").NextUInt64(), new Rng(2, "mask").NextUInt64());
        Assert.NotEqual(new Rng(1, "mask").NextUInt64(), new Rng(1, "init").NextUInt64());
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(50)]
    public void Poisson_counts_have_their_mean_as_mean_and_variance(double mean)
    {
        const int draws = 40_000;
        var rng = new Rng(11, "poisson");
        double[] counts = [.. Enumerable.Range(0, draws).Select(_ => (double)rng.NextPoisson(mean))];

        double average = counts.Average();
        double variance = counts.Average(c => (c - average) * (c - average));

        // Five standard errors: √(mean/n), and √((mean + 2 mean²)/n) for the variance.
        Assert.Equal(mean, average, 5 * Math.Sqrt(mean / draws));
        Assert.Equal(mean, variance, 5 * Math.Sqrt((mean + (2 * mean * mean)) / draws));
    }

    [Fact]
    public void Normals_have_mean_zero_variance_one_and_normal_tails()
    {
        const int draws = 40_000;
        var rng = new Rng(12, "normal");
        double[] values = [.. Enumerable.Range(0, draws).Select(_ => rng.NextNormal())];

        Assert.Equal(0, values.Average(), 5 / Math.Sqrt(draws));
        Assert.Equal(1, values.Average(x => x * x), 5 * Math.Sqrt(2.0 / draws));
        Assert.Equal(0.0455, values.Count(x => Math.Abs(x) > 2) / (double)draws, 0.006);
    }

    [Fact]
    public void Integers_stay_below_their_bound_and_reach_every_value() =>
        Check.One(Config.QuickThrowOnFailure.WithReplay(5UL, 9UL), Prop.ForAll(Gen.Choose(1, 40).ToArbitrary(), bound =>
        {
            var rng = new Rng((ulong)bound, "integers");
            int[] drawn = [.. Enumerable.Range(0, 60 * bound).Select(_ => rng.NextInt(bound))];
            return drawn.Distinct().Order().SequenceEqual(Enumerable.Range(0, bound));
        }));

    [Fact]
    public void Shuffling_keeps_every_item_and_moves_them()
    {
        int[] items = [.. Enumerable.Range(0, 100)];

        new Rng(1, "shuffle").Shuffle<int>(items);

        Assert.NotEqual(Enumerable.Range(0, 100), items);
        Assert.Equal(Enumerable.Range(0, 100), items.Order());
    }

    [Fact]
    public void Impossible_requests_are_refused()
    {
        var rng = new Rng(1, "refusals");

        Assert.Throws<ArgumentException>(() => Rng.FromState([0, 0, 0, 0]));
        Assert.Throws<ArgumentException>(() => Rng.FromState([1, 2, 3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.NextInt(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.NextPoisson(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.NextPoisson(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => rng.NextPoisson(double.PositiveInfinity));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(0.3)]
    [InlineData(1)]
    public void Many_draws_at_once_are_those_one_by_one(double probability)
    {
        Rng atOnce = new(9, "masks"), oneByOne = new(9, "masks");
        var drawn = new bool[1000];

        atOnce.NextBernoulli(drawn, probability);

        Assert.Equal(drawn.Select(_ => oneByOne.NextSingle() < probability), drawn);
        Assert.Equal(oneByOne.State, atOnce.State);
    }
}
