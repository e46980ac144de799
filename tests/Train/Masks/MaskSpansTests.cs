using UnetSpikes.Core;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train.Masks;

/// <summary>How long the runs of hidden bins are, and when they grow.</summary>
public class MaskSpansTests
{
    [Fact]
    public void Runs_in_a_mask_are_as_long_as_the_lengths_drawn()
    {
        const int bins = 4000;
        var rng = new Rng(1, "masks");
        var mask = new bool[bins];
        var counts = new int[6];
        for (int i = 0; i < 600; i++)
        {
            // So few starts that two runs seldom touch: 4000 · 0.002.
            int length = new MaskSpans(Longest: 5).DrawLength(1, rng);
            MaskPatterns.Runs(mask, 1, length, 0.002, rng);
            foreach (int run in Runs(mask))
            {
                counts[Math.Min(run, 6) - 1]++;
                Assert.True(run >= length || mask[0] || mask[^1], $"a run of {run} inside a trial whose runs are {length}");
            }
        }

        // A trial of length n has in n bins the same share hidden, so 1/n of the runs: 8, 4, 2.7, 2, 1.6 per trial.
        double total = counts.Sum();
        double[] expected = [.. Enumerable.Range(1, 5).Select(n => 1.0 / n / (1 + 0.5 + (1 / 3.0) + 0.25 + 0.2))];
        for (int n = 1; n <= 5; n++)
        {
            Assert.Equal(expected[n - 1], counts[n - 1] / total, 0.05);
        }

        Assert.InRange(counts[5] / total, 0, 0.02);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(100, 0)]
    [InlineData(150, 0.2)]
    [InlineData(200, 0.4)]
    [InlineData(300, 0.8)]
    [InlineData(100_000, 0.8)]
    public void The_probability_of_long_runs_grows_along_the_ramp(long step, double expected)
    {
        var spans = new MaskSpans(Longest: 4, Probability: 0.8, RampStart: 100, RampEnd: 300);
        var rng = new Rng(2, "masks");
        int[] lengths = [.. Enumerable.Range(0, 20_000).Select(_ => spans.DrawLength(step, rng))];

        Assert.Equal(expected, spans.ProbabilityAt(step), 1e-12);
        // A drawn length is 1 in one of four cases too. Four standard errors of 20,000 draws.
        Assert.Equal(expected * 3 / 4, lengths.Count(l => l > 1) / 20_000.0, 0.015);
        Assert.All(lengths, l => Assert.InRange(l, 1, 4));
        Assert.Equal(expected / 4, lengths.Count(l => l == 4) / 20_000.0, 0.015);
    }

    [Fact]
    public void Without_a_ramp_the_first_step_has_the_full_probability() => Assert.Equal(0.3, new MaskSpans(Probability: 0.3).ProbabilityAt(1));

    [Fact]
    public void Runs_of_one_bin_are_independent_bins()
    {
        bool[] runs = new bool[500], bins = new bool[500];
        var rng = new Rng(3, "masks");
        MaskPatterns.Runs(runs, 1, 1, 0.4, rng);
        rng = new Rng(3, "masks");
        for (int i = 0; i < bins.Length; i++)
        {
            bins[i] = rng.NextDouble() < 0.4;
        }

        Assert.Equal(bins, runs);
    }

    private static IEnumerable<int> Runs(bool[] mask)
    {
        int run = 0;
        foreach (bool hidden in mask.Append(false))
        {
            if (!hidden && run > 0)
            {
                yield return run;
            }

            run = hidden ? run + 1 : 0;
        }
    }
}
