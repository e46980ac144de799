using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Nlb.Scores;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Nlb;

/// <summary>The whole evaluation, from two files to nlb_tools' list.</summary>
public sealed class EvaluateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly BenchmarkToy _toy = new();

    private string Target => _folder.File("target.h5");

    private string Submission => _folder.File("submission.h5");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_golden_pair_gives_what_evaluate_returns()
    {
        var evaluation = NlbEvaluation.Evaluate(NlbFiles.Golden("golden_submission.h5"), NlbFiles.Golden("golden_target.h5"));

        JsonElement expected = JsonDocument.Parse(File.ReadAllText(NlbFiles.Golden("golden_evaluate.json"))).RootElement;
        Dictionary<string, Dictionary<string, double>>[] found = [.. DatasetScores.ToList(evaluation.Scores)];
        Assert.Equal(expected.EnumerateArray().Select(e => e.EnumerateObject().Single().Name), found.Select(f => Assert.Single(f.Keys)));
        foreach ((JsonElement entry, Dictionary<string, Dictionary<string, double>> scores) in expected.EnumerateArray().Zip(found))
        {
            JsonProperty split = entry.EnumerateObject().Single();
            Assert.Equal(split.Value.EnumerateObject().Select(p => p.Name), scores[split.Name].Keys);
            Assert.All(split.Value.EnumerateObject(), p => Assert.Equal(p.Value.GetDouble(), scores[split.Name][p.Name], 1e-9));
        }

        Assert.Empty(evaluation.Skipped);
    }

    [Fact]
    public void Scaling_sets_share_a_split_in_the_order_of_their_size()
    {
        DatasetScores[] scores = [.. NlbDataset.All.Select((dataset, i) => new DatasetScores { Dataset = dataset, CoBps = i })];

        IReadOnlyList<Dictionary<string, Dictionary<string, double>>> list = DatasetScores.ToList(scores);

        Assert.Equal(
            ["mc_maze_split", "mc_maze_20_split", "mc_rtt_split", "mc_rtt_20_split", "area2_bump_split", "area2_bump_20_split", "dmfc_rsg_split",
                "dmfc_rsg_20_split", "mc_maze_scaling_split", "mc_maze_scaling_20_split"],
            list.SelectMany(entry => entry.Keys));
        Assert.Equal(["[500] co-bps", "[250] co-bps", "[100] co-bps"], list[^1].Values.Single().Keys);
        Assert.Equal([9.0, 11, 13], list[^1].Values.Single().Values);
    }

    [Fact]
    public void A_data_set_is_skipped_only_where_its_group_or_its_held_out_units_are_missing()
    {
        _toy.Groups = ["mc_maze", "mc_rtt", "mc_rtt_20", "mine"];
        _toy.Write(Target, Submission);
        _toy.Groups = ["mc_maze", "mc_rtt_20"];
        _toy.Target.Remove("psth");
        _toy.Write(Target, _folder.File("other.h5"));

        var evaluation = NlbEvaluation.Evaluate(Submission, Target);

        Assert.Equal(["mc_maze", "mc_rtt_20"], evaluation.Scores.Select(s => s.Dataset.Group));
        Assert.All(evaluation.Scores, s => Assert.True(s is { PsthR2: null, VelocityR2: not null, FpBps: not null, TpCorrelation: null }));
        Assert.Equal(
            [("mc_rtt", $"{Target} has no eval_spikes_heldout there"), ("mine", "not a data set of the benchmark")], evaluation.Skipped);

        _toy.Submission.Remove("eval_rates_heldout");
        _toy.Write(Target, Submission);
        Assert.Equal(["mc_maze", "mc_rtt_20"], NlbEvaluation.Evaluate(Submission, Target).Skipped.Select(s => s.Group));
    }

    [Fact]
    public void Without_forward_rates_there_is_no_forward_score()
    {
        _toy.Submission.Remove("eval_rates_heldin_forward");
        _toy.Write(Target, Submission);

        Assert.Null(NlbEvaluation.Evaluate(Submission, Target).Scores.Single().FpBps);
    }

    [Theory]
    [InlineData("train_behavior")]
    [InlineData("eval_behavior")]
    [InlineData("eval_cond_idx")]
    [InlineData("eval_spikes_heldout_forward")]
    [InlineData("eval_decode_mask")]
    public void Another_key_missing_from_the_target_is_an_error_that_names_it(string key)
    {
        _toy.Target.Remove(key);
        _toy.Write(Target, Submission);

        var error = Assert.Throws<DataFormatException>(() => NlbEvaluation.Evaluate(Submission, Target));

        Assert.Equal((Target, "/mc_maze/" + key), (error.Path, error.Place));
    }

    [Theory]
    [InlineData("eval_rates_heldin")]
    [InlineData("train_rates_heldin")]
    [InlineData("train_rates_heldout")]
    [InlineData("eval_rates_heldout_forward")]
    public void Another_key_missing_from_the_submission_is_an_error_that_names_it(string key)
    {
        _toy.Submission.Remove(key);
        _toy.Write(Target, Submission);

        var error = Assert.Throws<DataFormatException>(() => NlbEvaluation.Evaluate(Submission, Target));

        Assert.Equal((Submission, "/mc_maze/" + key), (error.Path, error.Place));
    }

    [Theory]
    [InlineData("eval_rates_heldout", double.NaN)]
    [InlineData("eval_rates_heldout", -0.01)]
    [InlineData("eval_rates_heldout", double.PositiveInfinity)]
    [InlineData("eval_rates_heldin", double.NaN)]
    [InlineData("train_rates_heldin", double.NaN)]
    [InlineData("train_rates_heldout", double.NaN)]
    [InlineData("eval_rates_heldin_forward", -1.0)]
    [InlineData("eval_rates_heldout_forward", double.NaN)]
    public void A_rate_that_is_none_is_an_error_that_says_where(string key, double value)
    {
        _toy.Submission[key].Values[3] = value;
        _toy.Write(Target, Submission);

        var error = Assert.Throws<DataFormatException>(() => NlbEvaluation.Evaluate(Submission, Target));

        Assert.Equal((Submission, "/mc_maze/" + key), (error.Path, error.Place));
        Assert.Contains("at trial 0, bin ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("eval_rates_heldout")]
    [InlineData("eval_rates_heldin")]
    [InlineData("train_rates_heldout")]
    [InlineData("eval_rates_heldin_forward")]
    public void Rates_of_another_shape_are_an_error_that_says_both(string key)
    {
        ToyArray rates = _toy.Submission[key];
        _toy.Submission[key] = new ToyArray([rates.Shape[0], rates.Shape[1] / 2, rates.Shape[2] * 2], rates.Values);
        _toy.Write(Target, Submission);

        var error = Assert.Throws<DataFormatException>(() => NlbEvaluation.Evaluate(Submission, Target));

        Assert.Equal((Submission, "/mc_maze/" + key), (error.Path, error.Place));
        Assert.Contains(", expected ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_may_be_unknown_where_nothing_is_scored()
    {
        // Held-out spikes, behaviour and the PSTH are all unknown in the first bin.
        _toy.Write(Target, Submission);
        DatasetScores before = Blank(0);
        DatasetScores after = Blank(double.NaN);

        Assert.Equal(before, after);

        DatasetScores Blank(double rate)
        {
            (int trials, int bins) = (BenchmarkToy.EvalTrials, BenchmarkToy.Bins);
            for (int trial = 0; trial < trials; trial++)
            {
                _toy.Target["eval_behavior"].Row(trial * bins, 2).Fill(double.NaN);
                _toy.Target["eval_spikes_heldout"].Row(trial * bins, 2).Fill(double.NaN);
                _toy.Submission["eval_rates_heldin"].Row(trial * bins, 3).Fill(rate);
                _toy.Submission["eval_rates_heldout"].Row(trial * bins, 2).Fill(rate);
            }

            _toy.Target["psth"].Row(0, 5).Fill(double.NaN);
            _toy.Target["psth"].Row(bins, 5).Fill(double.NaN);
            _toy.Write(Target, Submission);
            return NlbEvaluation.Evaluate(Submission, Target).Scores.Single();
        }
    }

    [Fact]
    public void Conditions_may_be_a_plain_table_and_a_trial_that_is_not_there_is_refused()
    {
        _toy.Conditions = [[0, 1], [2, 3]];
        _toy.Write(Target, Submission);
        double ragged = NlbEvaluation.Evaluate(Submission, Target).Scores.Single().PsthR2!.Value;
        _toy.HasPlainConditions = true;
        _toy.Write(Target, Submission);
        double plain = NlbEvaluation.Evaluate(Submission, Target).Scores.Single().PsthR2!.Value;

        Assert.Equal(ragged, plain);

        _toy.Conditions = [[0, 1], [2, BenchmarkToy.EvalTrials]];
        _toy.Write(Target, Submission);
        Assert.Equal("/mc_maze/eval_cond_idx", Assert.Throws<DataFormatException>(() => NlbEvaluation.Evaluate(Submission, Target)).Place);
    }

    [Fact]
    public void Behaviour_that_is_known_in_part_or_almost_nowhere_is_refused()
    {
        _toy.Target["train_behavior"].Values[1] = double.NaN;
        _toy.Write(Target, Submission);
        Assert.Contains("all columns known", Assert.Throws<DataFormatException>(() => NlbEvaluation.Evaluate(Submission, Target)).Message, StringComparison.Ordinal);

        Array.Fill(_toy.Target["train_behavior"].Values, double.NaN);
        _toy.Write(Target, Submission);
        Assert.Contains("known in 0 bins", Assert.Throws<DataFormatException>(() => NlbEvaluation.Evaluate(Submission, Target)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Jitter_that_moves_a_trial_out_of_its_PSTH_is_refused()
    {
        _toy.Target["eval_jitter"] = new ToyArray([BenchmarkToy.EvalTrials], [0, 1, .. Enumerable.Repeat(0.0, BenchmarkToy.EvalTrials - 2)]);
        _toy.Write(Target, Submission);

        var error = Assert.Throws<DataFormatException>(() => NlbEvaluation.Evaluate(Submission, Target));

        Assert.Equal("/mc_maze/eval_jitter", error.Place);
        Assert.Contains("is 1 for trial 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Permuting_units_or_trials_changes_no_score()
    {
        _toy.Write(Target, Submission);
        DatasetScores before = NlbEvaluation.Evaluate(Submission, Target).Scores.Single();
        foreach ((string key, ToyArray array) in _toy.Submission.Concat(_toy.Target).Where(pair => pair.Key.EndsWith("heldout", StringComparison.Ordinal)))
        {
            for (int row = 0; row < array.Values.Length / 2; row++)
            {
                array.Row(row, 2).Reverse();
            }
        }

        for (int row = 0; row < 2 * BenchmarkToy.Bins; row++)
        {
            _toy.Target["psth"].Row(row, 5)[3..].Reverse(); // The two held-out units come last.
        }

        _toy.Write(Target, Submission);
        DatasetScores after = NlbEvaluation.Evaluate(Submission, Target).Scores.Single();

        Assert.Equal(before.CoBps, after.CoBps, 1e-12);
        Assert.Equal(before.VelocityR2!.Value, after.VelocityR2!.Value, 1e-9);
        Assert.Equal(before.PsthR2!.Value, after.PsthR2!.Value, 1e-12);
    }

    [Fact]
    public void A_file_that_is_damaged_gives_one_line_or_a_score()
    {
        byte[] whole = File.ReadAllBytes(NlbFiles.Golden("golden_submission.h5"));
        foreach (int length in new[] { 0, 7, 1000, whole.Length / 2, whole.Length - 1 })
        {
            string cut = _folder.Write("cut.h5", whole.AsSpan(0, length));

            Assert.Throws<DataFormatException>(() => NlbEvaluation.Evaluate(cut, NlbFiles.Golden("golden_target.h5")));
        }
    }
}
