using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Regression;
using UnetSpikes.Tests.Core;
using Xunit;

namespace UnetSpikes.Tests.Regression;

public class RidgeFitTests
{
    // Sums about the mean and Cholesky in double; scikit-learn solves the same system in another order.
    private const double Tolerance = 1e-9;

    private static readonly JsonElement Golden = ScoreGolden.Read("ridge.json");

    private static TrialTensor X => Golden.Tensor("x", "train_shape");

    private static TrialTensor XTest => Golden.Tensor("x_test", "test_shape");

    private static TrialTensor Y => Targets("y", X);

    private static TrialTensor YTest => Targets("y_test", XTest);

    [Fact]
    public void Weights_and_intercept_are_scikit_learns_for_every_penalty()
    {
        foreach (JsonElement expected in Golden.GetProperty("fitted").EnumerateArray())
        {
            RidgeDecoder decoder = RidgeFit.WithAlpha(X, Y, expected.Double("alpha"));

            ScoreGolden.Close(expected.Doubles("weights"), decoder.Weights.SelectMany(w => w), Tolerance);
            ScoreGolden.Close(expected.Doubles("intercept"), decoder.Intercept, Tolerance);
        }
    }

    [Fact]
    public void The_penalty_and_its_scores_are_those_of_a_grid_search_over_the_same_folds()
    {
        RidgeFit fit = RidgeFit.CrossValidated(X, Y, Golden.Doubles("alphas"), folds: 5);

        ScoreGolden.Close(Golden.Doubles("cv_scores"), fit.CvR2, Tolerance);
        Assert.Equal(Golden.Double("best_alpha"), fit.Decoder.Alpha);
        Assert.Equal(fit.CvR2.Max(), fit.BestCvR2);
        Assert.False(fit.IsAlphaAtEdge);
        Assert.Equal((99L, 0L), (fit.Rows, fit.RowsLeftOut));
    }

    [Fact]
    public void Predictions_and_their_R2_are_scikit_learns()
    {
        TrialTensor predicted = RidgeFit.CrossValidated(X, Y, Golden.Doubles("alphas"), folds: 5).Decoder.Predict(XTest);

        ScoreGolden.Close(Golden.Doubles("prediction"), predicted.Values.Select(v => (double)v), 1e-6); // float32 output
        ScoreGolden.Close(Golden.Doubles("r2"), RateScores.Compute(YTest, predicted).PerUnit, 1e-6);
    }

    [Fact]
    public void A_row_with_a_gap_counts_as_if_it_were_not_there()
    {
        var x = new TrialTensor(X.Trials + 1, X.Bins, X.Units);
        var y = new TrialTensor(Y.Trials + 1, Y.Bins, Y.Units);
        X.Values.CopyTo(x.Values, 0);
        Y.Values.CopyTo(y.Values, 0);
        for (int bin = 0; bin < x.Bins; bin++)
        {
            // Half the extra trial misses a feature, the other half a target.
            (bin % 2 == 0 ? x : y)[X.Trials, bin, 0] = float.NaN;
        }

        RidgeDecoder whole = RidgeFit.WithAlpha(X, Y, 1);
        RidgeDecoder withGaps = RidgeFit.WithAlpha(x, y, 1);

        ScoreGolden.Close([.. whole.Weights.SelectMany(w => w)], withGaps.Weights.SelectMany(w => w), Tolerance);
        Assert.Equal(9, RidgeFit.CrossValidated(x, y, [1.0], 3).RowsLeftOut);
    }

    [Fact]
    public void The_intercept_is_not_penalised()
    {
        TrialTensor shifted = Y;
        for (int i = 0; i < shifted.Values.Length; i++)
        {
            shifted.Values[i] += 1024;
        }

        RidgeDecoder decoder = RidgeFit.WithAlpha(X, Y, 1e6);
        RidgeDecoder far = RidgeFit.WithAlpha(X, shifted, 1e6);

        ScoreGolden.Close([.. decoder.Weights.SelectMany(w => w)], far.Weights.SelectMany(w => w), Tolerance);
        ScoreGolden.Close([.. decoder.Intercept.Select(b => b + 1024)], far.Intercept, Tolerance);
    }

    [Fact]
    public void Without_a_penalty_dependent_features_share_the_weight()
    {
        // Both columns are the same: y = 2x is 1 and 1, the smallest weights that do it; the silent third has none.
        var x = new TrialTensor(2, 2, 3, [1, 1, 5, 2, 2, 5, 3, 3, 5, 5, 5, 5]);
        var y = new TrialTensor(2, 2, 1, [2, 4, 6, 10]);

        RidgeDecoder decoder = RidgeFit.WithAlpha(x, y, 0);

        ScoreGolden.Close([1, 1, 0], decoder.Weights.Select(w => w[0]), 1e-9);
        Assert.Equal(0, decoder.Intercept[0], 1e-9);
    }

    [Fact]
    public void Features_that_never_change_predict_the_mean()
    {
        RidgeDecoder decoder = RidgeFit.WithAlpha(new TrialTensor(2, 2, 3), new TrialTensor(2, 2, 1, [1, 2, 3, 6]), 0);

        Assert.All(decoder.Predict(new TrialTensor(1, 1, 3)).Values, v => Assert.Equal(3f, v));
    }

    [Fact]
    public void Folds_are_contiguous_and_the_first_are_longer() =>
        Assert.Equal([0..3, 3..5, 5..7, 7..9, 9..11], RidgeFit.Folds(11, 5));

    [Fact]
    public void Impossible_requests_are_refused()
    {
        Assert.Throws<ArgumentException>(() => RidgeFit.WithAlpha(X, XTest, 1));
        Assert.Throws<ArgumentException>(() => RidgeFit.WithAlpha(X, Y, -1));
        Assert.Throws<ArgumentException>(() => RidgeFit.CrossValidated(X, Y, [], 5));
        Assert.Throws<ArgumentOutOfRangeException>(() => RidgeFit.CrossValidated(X, Y, [1.0], 12));
        Assert.Throws<ArgumentException>(() => RidgeFit.WithAlpha(X, Y, 1).Predict(new TrialTensor(1, 1, 2)));
    }

    private static TrialTensor Targets(string name, TrialTensor features) =>
        new(features.Trials, features.Bins, Golden.GetProperty("dims").GetInt32(), Golden.Floats(name));
}
