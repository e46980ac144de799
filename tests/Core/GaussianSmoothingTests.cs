using System.Text.Json;
using UnetSpikes.Core;
using Xunit;

namespace UnetSpikes.Tests.Core;

public class GaussianSmoothingTests
{
    // Float32 sums of at most 17 weighted counts.
    private const double Tolerance = 2e-6;

    private static readonly JsonElement Golden = ScoreGolden.Read("metrics.json").GetProperty("smoothing");

    [Theory]
    [InlineData("counts", 1.5, "sigma_1.5")]
    [InlineData("counts", 20, "sigma_20")]
    [InlineData("with_gaps", 1.5, "with_gaps_1.5")]
    public void Smoothing_is_scipys_divided_by_the_kernels_mass(string input, double sigma, string expected)
    {
        TrialTensor smooth = GaussianSmoothing.Smooth(Golden.Tensor(input), sigma);

        ScoreGolden.Close(Golden.Doubles(expected), smooth.Values.Select(x => (double)x), Tolerance);
    }

    [Fact]
    public void A_bins_own_count_can_be_left_out()
    {
        TrialTensor smooth = GaussianSmoothing.SmoothLeavingOutOwnBin(Golden.Tensor("counts"), 1.5);

        ScoreGolden.Close(Golden.Doubles("without_own_bin_1.5"), smooth.Values.Select(x => (double)x), Tolerance);
    }

    [Fact]
    public void The_two_ways_through_the_data_agree_where_nothing_is_missing()
    {
        TrialTensor counts = Golden.Tensor("counts");
        var withMissingUnit = new TrialTensor(counts.Trials, counts.Bins, counts.Units + 1);
        withMissingUnit.Values.AsSpan().Fill(float.NaN);
        ForEach(counts, (trial, bin, unit) => withMissingUnit[trial, bin, unit] = counts[trial, bin, unit]);

        TrialTensor plain = GaussianSmoothing.SmoothLeavingOutOwnBin(counts, 2);
        TrialTensor careful = GaussianSmoothing.SmoothLeavingOutOwnBin(withMissingUnit, 2);

        ForEach(counts, (trial, bin, unit) => Assert.Equal(plain[trial, bin, unit], careful[trial, bin, unit], 1e-6f));
        Assert.True(float.IsNaN(careful[0, 0, counts.Units]));
    }

    [Fact]
    public void A_constant_stays_constant_up_to_the_edges()
    {
        // 37 units: more than one vector register and a remainder.
        var counts = new TrialTensor(2, 9, 37, [.. Enumerable.Repeat(3f, 2 * 9 * 37)]);

        Assert.All(GaussianSmoothing.Smooth(counts, 2.5).Values, rate => Assert.Equal(3f, rate, 1e-5f));
    }

    [Fact]
    public void Width_zero_returns_the_counts_and_leaves_them_alone()
    {
        TrialTensor counts = Golden.Tensor("with_gaps");

        Assert.Equal(counts.Values, GaussianSmoothing.Smooth(counts, 0).Values);
        Assert.Equal(Golden.Floats("with_gaps"), counts.Values);
    }

    [Fact]
    public void Empty_tensors_stay_empty()
    {
        Assert.Empty(GaussianSmoothing.Smooth(new TrialTensor(0, 5, 3), 2).Values);
        Assert.Empty(GaussianSmoothing.Smooth(new TrialTensor(2, 5, 0), 2).Values);
        Assert.Empty(GaussianSmoothing.Smooth(new TrialTensor(2, 0, 3), 2).Values);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Impossible_widths_are_refused(double sigma) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GaussianSmoothing.Smooth(new TrialTensor(1, 5, 1), sigma));

    [Fact]
    public void Slow_rates_want_a_wide_kernel_and_both_criteria_find_it()
    {
        (TrialTensor slowCounts, TrialTensor slowRates) = Sines(period: 100);
        (TrialTensor fastCounts, TrialTensor fastRates) = Sines(period: 12);

        SmoothingChoice slowByTruth = SmoothingChoice.Best(slowCounts, slowRates);
        SmoothingChoice fastByTruth = SmoothingChoice.Best(fastCounts, fastRates);
        SmoothingChoice slowBlind = SmoothingChoice.Best(slowCounts, null);
        SmoothingChoice fastBlind = SmoothingChoice.Best(fastCounts, null);

        Assert.InRange(slowByTruth.SigmaBins, 6, 15);
        Assert.InRange(fastByTruth.SigmaBins, 1, 3);
        Assert.InRange(slowBlind.SigmaBins / slowByTruth.SigmaBins, 0.5, 2);
        Assert.InRange(fastBlind.SigmaBins / fastByTruth.SigmaBins, 0.5, 2);
        Assert.Equal(SmoothingChoice.TrueRatesCriterion, slowByTruth.Criterion);
        Assert.Equal(SmoothingChoice.LikelihoodCriterion, slowBlind.Criterion);
        Assert.InRange(slowByTruth.Score, 0.5, 1);
    }

    [Fact]
    public void Without_a_spike_there_is_no_score()
    {
        SmoothingChoice choice = SmoothingChoice.ByLikelihood(new TrialTensor(2, 10, 2), [2.0, 4.0]);

        Assert.Equal(2, choice.SigmaBins);
        Assert.True(double.IsNaN(choice.Score));
    }

    private static (TrialTensor Counts, TrialTensor Rates) Sines(double period)
    {
        var counts = new TrialTensor(20, 200, 5);
        var rates = new TrialTensor(20, 200, 5);
        var rng = new Rng(3, "spikes");
        ForEach(rates, (trial, bin, unit) =>
        {
            float rate = (float)(0.5 * (1 + Math.Sin((2 * Math.PI * bin / period) + trial + (2 * unit))));
            rates[trial, bin, unit] = rate;
            counts[trial, bin, unit] = rng.NextPoisson(rate);
        });
        return (counts, rates);
    }

    private static void ForEach(TrialTensor shape, Action<int, int, int> visit)
    {
        for (int trial = 0; trial < shape.Trials; trial++)
        {
            for (int bin = 0; bin < shape.Bins; bin++)
            {
                for (int unit = 0; unit < shape.Units; unit++)
                {
                    visit(trial, bin, unit);
                }
            }
        }
    }
}
