using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Decode;
using UnetSpikes.Decode.Behavior;
using UnetSpikes.Tests.Core;
using Xunit;

namespace UnetSpikes.Tests.Decode;

/// <summary>Decoders with lags and their chance level, against scikit-learn's on the same toy (tests/golden/nlb/make_behavior.py).</summary>
public class BehaviorRunTests
{
    // Sums about the mean and Cholesky in double; scikit-learn solves the same system in another order.
    private const double Tolerance = 1e-9;

    // Predictions are float32 where they are held against shifted trials.
    private const double SinglePrecision = 1e-6;

    private static readonly JsonElement Golden = ScoreGolden.Read("behavior.json", "nlb");

    private static readonly ToolConsole Silent = new(TextWriter.Null, TextWriter.Null, Quiet: true, Verbose: false);

    private static readonly BehaviorInputs Inputs = new()
    {
        RatesPath = "rates.h5",
        BehaviorPath = "behavior.h5",
        Key = "behavior",
        Header = new RatesHeader { BinWidthMs = 10, UnitIds = SpikeDataset.NumberedUnits(4) },
        RatesKeys = ["valid_rates"],
        Train = new BehaviorTrials(Golden.Tensor("train_x", "train_x_shape"), Golden.Tensor("train_y", "train_y_shape")),
        HeldOut = new BehaviorTrials(Golden.Tensor("test_x", "test_x_shape"), Golden.Tensor("test_y", "test_y_shape")),
    };

    private static readonly DecodeOptions Options = new()
    {
        Alphas = Golden.Doubles("alphas"),
        Folds = Golden.GetProperty("folds").GetInt32(),
        HistoryBins = 3,
        Lags = new LagRange(-2, 4),
    };

    private static readonly Lazy<IReadOnlyList<DecodedBehavior>> Decoded = new(() => BehaviorRun.Run(Inputs, Options, Silent, CancellationToken.None));

    [Theory]
    [InlineData(0, "same")]
    [InlineData(1, "history")]
    [InlineData(2, "wiener")]
    public void Decoders_and_their_scores_are_scikit_learns(int index, string name)
    {
        JsonElement expected = Golden.GetProperty("decoders").GetProperty(name);
        DecodedBehavior found = Decoded.Value[index];

        Assert.Equal((expected.GetProperty("first_lag").GetInt32(), expected.GetProperty("last_lag").GetInt32()), (found.Lags.First, found.Lags.Last));
        Assert.Equal(expected.Double("alpha"), found.Fit.Decoder.Alpha);
        Assert.Equal(Golden.GetProperty("train_rows").GetInt64(), found.Fit.Rows);
        ScoreGolden.Close(expected.Doubles("cv_r2"), found.Fit.CvR2, Tolerance);
        ScoreGolden.Close(expected.Doubles("weights"), found.Fit.Decoder.Weights.SelectMany(w => w), Tolerance);
        ScoreGolden.Close(expected.Doubles("intercept"), found.Fit.Decoder.Intercept, Tolerance);
        ScoreGolden.Close(expected.Doubles("r2"), found.Scores.R2, Tolerance);
        ScoreGolden.Close(expected.Doubles("r"), found.Scores.Correlation, Tolerance);
        ScoreGolden.Close(expected.Doubles("chance_r2"), [found.Chance.R2.Mean, found.Chance.R2.Percentile95], SinglePrecision);
        ScoreGolden.Close(expected.Doubles("chance_r"), [found.Chance.Correlation.Mean, found.Chance.Correlation.Percentile95], SinglePrecision);
    }

    [Fact]
    public void Beside_counts_all_decoders_see_the_same_bins_and_the_width_is_the_one_that_cross_validation_prefers()
    {
        var counts = new TrialCounts(
            "counts.h5", ["valid_data"], new TrialTensor(11, 24, 4, Golden.Floats("train_c")), new TrialTensor(7, 24, 4, Golden.Floats("test_c")));

        IReadOnlyList<DecodedBehavior> found = BehaviorRun.Run(Inputs with { Counts = counts }, Options, Silent, CancellationToken.None);

        JsonElement expected = Golden.GetProperty("beside_counts");
        Assert.Equal(
            expected.EnumerateObject().Select(row => row.Name),
            found.Select(row => $"{row.Features}, {(row.Lags == LagRange.SameBin ? "same" : row.Lags.Last == 0 ? "history" : "wiener")}"));
        foreach ((JsonElement golden, DecodedBehavior row) in expected.EnumerateObject().Select(row => row.Value).Zip(found))
        {
            Assert.Equal(Golden.GetProperty("train_rows_c").GetInt64(), row.Fit.Rows);
            Assert.Equal(row.Features == "smoothed counts" ? Golden.Double("sigma") : (double?)null, row.SigmaBins);
            Assert.Equal(golden.Double("alpha"), row.Fit.Decoder.Alpha);
            ScoreGolden.Close(golden.Doubles("r2"), row.Scores.R2, row.SigmaBins is null ? Tolerance : SinglePrecision);
        }
    }

    [Fact]
    public void Bins_are_left_out_where_behaviour_or_a_rate_within_reach_is_not_known()
    {
        var rates = new TrialTensor(2, 6, 1);
        var behavior = new TrialTensor(2, 6, 2);
        rates[1, 3, 0] = float.NaN;
        behavior[0, 2, 1] = float.NaN;
        var trials = new BehaviorTrials(rates, behavior);

        Assert.Equal([1, 3, 4, 7], trials.Rows(new LagRange(-1, 1)));
        Assert.Equal([0, 1, 3, 4, 5, 6, 7, 8, 10, 11], trials.Rows(LagRange.SameBin));
    }

    [Fact]
    public void Chance_holds_each_trial_against_the_others_and_never_against_itself()
    {
        // Predictions are each trial's own behaviour: perfect, and at every shift another trial's, of the other sign.
        var behavior = new TrialTensor(2, 4, 1, [1, 2, 3, 4, -1, -2, -3, -4]);

        var chance = ChanceLevel.Of(behavior, behavior);

        Assert.Equal(1, chance.Shifts);
        Assert.Equal(-1, chance.Correlation.Mean, 1e-12);
        Assert.True(chance.R2.Mean < 0);
    }

    [Fact]
    public void What_all_trials_have_in_common_is_chance()
    {
        var behavior = new TrialTensor(5, 4, 1, [.. Enumerable.Range(0, 20).Select(i => (float)(i % 4))]);

        Assert.Equal(1, ChanceLevel.Of(behavior, behavior).R2.Percentile95, 1e-12);
    }

    [Fact]
    public void A_single_trial_has_no_chance_level()
    {
        var one = new TrialTensor(1, 4, 1, [1, 2, 3, 4]);

        var chance = ChanceLevel.Of(one, one);

        Assert.Equal((0, double.NaN, double.NaN), (chance.Shifts, chance.R2.Mean, chance.Correlation.Percentile95));
    }

    [Fact]
    public void Cancelling_stops_before_the_next_fit() =>
        Assert.ThrowsAny<OperationCanceledException>(() => BehaviorRun.Run(Inputs, Options, Silent, new CancellationToken(canceled: true)));
}
