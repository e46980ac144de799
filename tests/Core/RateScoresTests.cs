using System.Text.Json;
using UnetSpikes.Core;
using Xunit;

namespace UnetSpikes.Tests.Core;

public class RateScoresTests
{
    // Double sums over a few hundred exact float32 values: only the order of summation differs from numpy's.
    private const double Tolerance = 1e-12;

    private static readonly JsonElement Golden = ScoreGolden.Read("metrics.json").GetProperty("rate_scores");

    [Fact]
    public void Scores_are_scikit_learns()
    {
        RateScores scores = RateScores.Compute(Golden.Tensor("truth"), Golden.Tensor("rates"));

        Assert.Equal(Golden.Double("uniform"), scores.R2Uniform, Tolerance);
        Assert.Equal(Golden.Double("pooled"), scores.R2Pooled, Tolerance);
        Assert.Equal(Golden.Double("median"), scores.R2Median, Tolerance);
        ScoreGolden.Close(Golden.Doubles("per_unit"), scores.PerUnit, Tolerance);
        Assert.Equal(1, scores.UnitsExcluded);
    }

    [Fact]
    public void The_truth_itself_scores_one_and_its_mean_scores_zero()
    {
        TrialTensor truth = Golden.Tensor("truth");
        var mean = new TrialTensor(truth.Trials, truth.Bins, truth.Units);
        for (int i = 0; i < mean.Values.Length; i++)
        {
            int unit = i % truth.Units;
            mean.Values[i] = (float)Enumerable.Range(0, truth.Trials * truth.Bins).Average(row => (double)truth.Values[(row * truth.Units) + unit]);
        }

        Assert.Equal(1.0, RateScores.Compute(truth, truth).R2Uniform);
        Assert.Equal(0.0, RateScores.Compute(truth, mean).R2Uniform, 1e-10);
    }

    [Fact]
    public void A_constant_that_float_cannot_hold_is_still_silent()
    {
        var truth = new TrialTensor(1, 1000, 1, [.. Enumerable.Repeat(0.1f, 1000)]);
        var rates = new TrialTensor(1, 1000, 1);

        RateScores scores = RateScores.Compute(truth, rates);

        Assert.Equal(1, scores.UnitsExcluded);
        Assert.True(double.IsNaN(scores.R2Uniform) && double.IsNaN(scores.R2Median) && double.IsNaN(scores.R2Pooled));
    }

    [Fact]
    public void Bins_without_a_true_rate_are_left_out()
    {
        TrialTensor truth = Golden.Tensor("truth");
        TrialTensor rates = Golden.Tensor("rates");
        var longer = new TrialTensor(truth.Trials + 1, truth.Bins, truth.Units);
        var longerRates = new TrialTensor(truth.Trials + 1, truth.Bins, truth.Units);
        longer.Values.AsSpan().Fill(float.NaN);
        truth.Values.CopyTo(longer.Values, 0);
        rates.Values.CopyTo(longerRates.Values, 0);

        Assert.Equal(RateScores.Compute(truth, rates).PerUnit, RateScores.Compute(longer, longerRates).PerUnit);
    }

    [Fact]
    public void A_missing_prediction_is_never_flattering()
    {
        TrialTensor rates = Golden.Tensor("rates");
        rates[0, 0, 1] = float.NaN;

        RateScores scores = RateScores.Compute(Golden.Tensor("truth"), rates);

        Assert.True(double.IsNaN(scores.PerUnit[1]) && double.IsNaN(scores.R2Uniform) && double.IsNaN(scores.R2Median));
        Assert.Equal(1, scores.UnitsExcluded);
    }

    [Fact]
    public void Different_shapes_are_refused() =>
        Assert.Throws<ArgumentException>(() => RateScores.Compute(new TrialTensor(2, 3, 4), new TrialTensor(2, 4, 3)));
}
