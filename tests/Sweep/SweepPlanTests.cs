using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Sweep;
using Xunit;

namespace UnetSpikes.Tests.Sweep;

/// <summary>From what the user asks for to the lines of the manifest.</summary>
public class SweepPlanTests
{
    [Theory]
    [InlineData("model.layers=0..4", "MODEL.NUM_LAYERS", "0 1 2 3 4")]
    [InlineData("MODEL.LATENT_DIM=4, 8,16", "MODEL.LATENT_DIM", "4 8 16")]
    [InlineData("train.updates=-1..1", "TRAIN.NUM_UPDATES", "-1 0 1")]
    [InlineData("Model.Link=exp,softplus", "MODEL.LINK", "exp softplus")]
    public void An_axis_is_a_key_in_any_case_with_a_list_or_a_range(string text, string key, string values)
    {
        var axis = GridAxis.Parse(text);

        Assert.Equal(key, axis.Key);
        Assert.Equal(values.Split(' '), axis.Values);
    }

    [Theory]
    [InlineData("model.layers")]
    [InlineData("model.layers=")]
    [InlineData("model.layers=4..0")]
    [InlineData("model.layers=0..1.5")]
    [InlineData("model.layers=1,,2")]
    [InlineData("model.layers=1,1")]
    [InlineData("seed=1,2")]
    public void An_axis_that_is_none_is_a_usage_error(string text) => Assert.Equal("--grid", Assert.Throws<UsageException>(() => GridAxis.Parse(text)).Option);

    [Theory]
    [InlineData("x=1..1")]
    [InlineData("x=0..1:log")]
    [InlineData("x=1..2:cube")]
    [InlineData("x=0.5..2:int")]
    [InlineData("x=1,2")]
    public void A_range_that_is_none_is_a_usage_error(string text) => Assert.Equal("--range", Assert.Throws<UsageException>(() => RangeAxis.Parse(text)).Option);

    [Fact]
    public void A_grid_is_every_combination_with_every_seed()
    {
        IReadOnlyList<ManifestLine> lines = SweepPlan.Grid([GridAxis.Parse("a=1,2"), GridAxis.Parse("b=x,y,z")], seeds: 2);

        Assert.Equal(12, lines.Count);
        Assert.Equal(("001-s1", "runs/001-s1", 1UL), (lines[0].Id, lines[0].Folder, lines[0].Seed));
        Assert.Equal(
            ["1x1", "1x2", "1y1", "1y2", "1z1", "1z2", "2x1", "2x2", "2y1", "2y2", "2z1", "2z2"],
            lines.Select(line => $"{line.Overrides["A"]}{line.Overrides["B"]}{line.Seed}"));
        Assert.Equal(12, lines.Select(line => line.Folder).Distinct().Count());
    }

    [Fact]
    public void A_key_varied_twice_is_a_usage_error() =>
        Assert.Throws<UsageException>(() => SweepPlan.Grid([GridAxis.Parse("model.layers=1,2"), GridAxis.Parse("model.num_layers=3")], 1));

    [Fact]
    public void Random_draws_fill_their_intervals_as_asked_and_repeat_with_their_seed()
    {
        RangeAxis[] ranges = [RangeAxis.Parse("rate=1e-4..1e-2:log"), RangeAxis.Parse("width=1..3:int"), RangeAxis.Parse("ratio=0.2..0.6")];

        IReadOnlyList<ManifestLine> Draw(ulong seed) => SweepPlan.Random(2000, [GridAxis.Parse("link=exp,softplus")], ranges, 1, new Rng(seed, "sweep"));
        IReadOnlyList<ManifestLine> lines = Draw(1);

        double[] Numbers(string key) => [.. lines.Select(line => double.Parse(line.Overrides[key], CultureInfo.InvariantCulture))];
        Assert.All(Numbers("RATE"), v => Assert.InRange(v, 1e-4, 1e-2));
        Assert.Equal(0.5, Numbers("RATE").Count(v => v < 1e-3) / 2000.0, 0.05); // half of the decades
        Assert.All(Enumerable.Range(1, 3), n => Assert.Equal(1 / 3.0, Numbers("WIDTH").Count(v => v == n) / 2000.0, 0.05));
        Assert.Equal(0.4, Numbers("RATIO").Average(), 0.01);
        Assert.Equal(0.5, lines.Count(line => line.Overrides["LINK"] == "exp") / 2000.0, 0.05);
        Assert.Equal(lines.Select(line => line.Overrides["RATE"]), Draw(1).Select(line => line.Overrides["RATE"]));
        Assert.NotEqual(lines[0].Overrides["RATE"], Draw(2)[0].Overrides["RATE"]);
    }

    [Fact]
    public void Halving_keeps_the_best_third_by_the_mean_over_seeds()
    {
        IReadOnlyList<ManifestLine> lines = SweepPlan.Grid([GridAxis.Parse("width=0..3")], seeds: 2);
        // Combination 1 has the best single seed, 2 the best mean of those without a failure, 3 a better mean but a failed seed.
        double?[] losses = [0.5, 0.5, 0.1, 0.9, 0.3, 0.4, 0.2, null];

        IReadOnlyList<ManifestLine> survivors = Halving.Survivors([.. lines.Zip(losses)]);

        Assert.Equal(["003-s1", "003-s2", "001-s1", "001-s2"], survivors.Select(line => line.Id)); // 4 / 3, rounded up
    }
}
