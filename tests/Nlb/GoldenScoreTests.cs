using UnetSpikes.Core;
using UnetSpikes.Hdf5;
using UnetSpikes.Nlb.Scores;
using UnetSpikes.Regression;
using UnetSpikes.Tests.Core;
using Xunit;

namespace UnetSpikes.Tests.Nlb;

/// <summary>Every score against nlb_tools' own numbers, case by case of golden_metrics.h5.</summary>
public sealed class GoldenScoreTests : IDisposable
{
    // Sums in another order than numpy's, and normal equations by Cholesky as scikit-learn solves them.
    private const double Tolerance = 1e-9;

    private static readonly string[] BpsCases =
        ["bps_basic", "bps_high_counts", "bps_nan_both", "bps_nan_spikes", "bps_null_model", "bps_silent_neuron", "bps_zero_rates"];

    private static readonly string[] DecoderCases =
        ["decoder_basic", "decoder_constant_input", "decoder_few_samples", "decoder_nan_behavior", "decoder_uneven_outputs"];

    private static readonly string[] PsthCases = ["psth_basic", "psth_constant_neuron", "psth_empty_condition", "psth_jitter", "psth_nan_front"];

    private static readonly string[] VelocityCases = ["velocity_one_mask", "velocity_two_masks"];

    private readonly Hdf5File _file = Hdf5File.OpenRead(NlbFiles.Golden("golden_metrics.h5"));

    public void Dispose() => _file.Dispose();

    [Fact]
    public void Every_case_of_the_file_is_tested_here() =>
        Assert.Equal(_file.Keys().Order(), BpsCases.Concat(DecoderCases).Concat(PsthCases).Concat(VelocityCases).Append("speed_tp_corr").Append("evaluate").Order());

    [Fact]
    public void Bits_per_spike_and_likelihood_are_nlb_tools() => Assert.All(BpsCases, name =>
    {
        TrialArray rates = Array(name, "rates"), spikes = Array(name, "spikes");

        Assert.Equal(Number(name, "bits_per_spike"), BitsPerSpike.CoSmoothing(rates, spikes), Tolerance);
        Assert.Equal(Number(name, "nll"), PoissonLikelihood.OfRates<double>(rates.Values, spikes.Values), Tolerance * Number(name, "nll"));
        Assert.Equal(Number(name, "n_nan"), spikes.Values.Count(double.IsNaN));
    });

    [Fact]
    public void Forward_prediction_joins_the_units()
    {
        // The same numbers cut between two units: all units together is one score.
        TrialArray rates = Array("bps_nan_spikes", "rates"), spikes = Array("bps_nan_spikes", "spikes");

        double joined = BitsPerSpike.Forward(Units(rates, ..1), Units(rates, 1..), Units(spikes, ..1), Units(spikes, 1..));

        Assert.Equal(Number("bps_nan_spikes", "bits_per_spike"), joined, Tolerance);
    }

    [Fact]
    public void The_velocity_decoder_its_penalty_and_its_scores_are_scikit_learns() => Assert.All(DecoderCases, name =>
    {
        VelocityTrials train = Decoder(name, "train"), eval = Decoder(name, "eval");
        int[] known = train.KnownRows(0);
        RidgeFit search = VelocityR2.Search(
            RowSource.Of(train.Rates.Values, train.Rates.Units).Take(known), RowSource.Of(train.Behavior.Values, train.Behavior.Units).Take(known));

        ScoreGolden.Close([Number(name, "r2_grid")], [VelocityR2.Score(train, eval)], Tolerance);
        ScoreGolden.Close([Number(name, "r2_fixed_alpha_0.01")], [VelocityR2.Score(train, eval, VelocityR2.FixedAlpha)], Tolerance);
        Assert.Equal(Number(name, "best_alpha"), search.Decoder.Alpha, 1e-15);
        Assert.Equal((Number(name, "n_train_used"), Number(name, "n_eval_used")), (known.Length, eval.KnownRows(0).Length));
        TrialArray folds = Array(name, "cv_fold_r2"); // [fold, 1, alpha]
        ScoreGolden.Close([.. Enumerable.Range(0, folds.Units).Select(a => Enumerable.Range(0, folds.Trials).Average(f => folds[f, 0, a]))], search.CvR2, Tolerance);
        TrialArray weights = Array(name, "coef"); // [output, 1, input]
        ScoreGolden.Close(weights.Values, from output in Enumerable.Range(0, weights.Trials) from w in search.Decoder.Weights select w[output], Tolerance);
    });

    [Fact]
    public void Velocity_is_decoded_once_per_mask_and_averaged() => Assert.All(VelocityCases, name =>
    {
        var train = new VelocityTrials(Array(name, "train_rates"), Array(name, "train_behavior"), _file.Masks($"/{name}/train_decode_mask"));
        var eval = new VelocityTrials(Array(name, "eval_rates"), Array(name, "eval_behavior"), _file.Masks($"/{name}/eval_decode_mask"));

        Assert.Equal(Number(name, "vel_r2"), VelocityR2.Score(train, eval), Tolerance);
    });

    [Fact]
    public void Psth_R2_is_nlb_tools() => Assert.All(PsthCases, name =>
    {
        int count = (int)Number(name, "n_conditions");
        int[][] conditions = [.. Enumerable.Range(0, count).Select(c => _file.Dataset($"/{name}/eval_cond_idx_{c}").Read<int>())];
        int[] jitter = _file.Dataset($"/{name}/eval_jitter").Read<int>();

        Assert.Equal(Number(name, "psth_r2"), PsthR2.Score(Array(name, "psth"), Array(name, "eval_rates"), conditions, jitter), Tolerance);
        if (System.Array.TrueForAll(jitter, j => j == 0))
        {
            Assert.Equal(Number(name, "psth_r2"), PsthR2.Score(Array(name, "psth"), Array(name, "eval_rates"), conditions), Tolerance);
        }
    });

    [Fact]
    public void Neural_speed_and_its_correlation_with_the_interval_are_nlb_tools()
    {
        const string Name = "speed_tp_corr";
        TrialArray rates = Array(Name, "eval_rates"), spikes = Array(Name, "eval_spikes_heldout");

        ScoreGolden.Close(_file.Dataset($"/{Name}/speeds").Read<double>(), TpCorrelation.Speeds(rates, spikes), Tolerance);
        Assert.Equal(Number(Name, "tp_corr"), TpCorrelation.Score(rates, spikes, Array(Name, "eval_behavior")), Tolerance);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        TrialArray rates = Array("bps_basic", "rates"), spikes = Array("bps_basic", "spikes");
        var unknown = new TrialArray(1, 1, 1, [double.NaN]);
        var one = new TrialArray(1, 1, 1, [1]);
        bool[][] all = VelocityTrials.EveryTrial(1);

        Assert.Throws<ArgumentException>(() => BitsPerSpike.CoSmoothing(Units(rates, 1..), spikes));
        Assert.Throws<ArgumentException>(() => BitsPerSpike.CoSmoothing(unknown, one));
        Assert.Throws<ArgumentException>(() => BitsPerSpike.CoSmoothing(new TrialArray(1, 1, 1, [-0.1]), one));
        Assert.Throws<ArgumentException>(() => VelocityR2.Score(new(unknown, one, all), new(one, one, all), 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => VelocityR2.Score(new(one, one, all), new(one, one, all)));
        Assert.Throws<ArgumentException>(() => PsthR2.Score(one, unknown, [[0]]));
        Assert.Throws<ArgumentException>(() => PsthR2.Score(one, one, [[0], []]));
        Assert.Throws<ArgumentException>(() => TpCorrelation.Score(one, one, one));
        Assert.Throws<ArgumentException>(() => new TrialArray(1, 2, 2, [1]));
        Assert.Throws<ArgumentException>(() => TrialArray.Join(rates, one));
    }

    private static TrialArray Units(TrialArray values, Range units)
    {
        (int first, int count) = units.GetOffsetAndLength(values.Units);
        return new TrialArray(values.Trials, values.Bins, count, [.. Enumerable.Range(0, values.Rows).SelectMany(row => values.Row(row).Slice(first, count).ToArray())]);
    }

    private VelocityTrials Decoder(string name, string half)
    {
        TrialArray behavior = Array(name, half + "_behavior");
        return new VelocityTrials(Array(name, half + "_rates"), behavior, VelocityTrials.EveryTrial(behavior.Trials));
    }

    private TrialArray Array(string name, string key) => _file.Array($"/{name}/{key}");

    private double Number(string name, string attribute) => _file.ReadNumberAttribute("/" + name, attribute);
}
