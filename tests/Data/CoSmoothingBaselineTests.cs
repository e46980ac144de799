using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Tests.Core;
using Xunit;

namespace UnetSpikes.Tests.Data;

/// <summary>The baseline of co-smoothing against numpy's (golden/nlb/make_smoothing.py).</summary>
public class CoSmoothingBaselineTests
{
    private static readonly SpikeDataset Maze = SpikeDataset.Read(NlbFileTests.Prep("mc_maze_20_val.h5"));

    [Fact]
    public void Held_out_rates_are_those_of_numpy()
    {
        JsonElement golden = JsonDocument.Parse(File.ReadAllText(NlbFileTests.Prep("smoothing.json"))).RootElement;
        ObservedPart seen = Maze.Observed;

        TrialTensor rates = CoSmoothingBaseline.Fit(Maze.Train.Counts, seen, golden.Double("sigma_bins"), golden.Double("alpha")).Predict(seen.Of(Maze.Valid.Counts));

        double[] Flat(string name) => [.. golden.GetProperty(name).EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(value => value.GetDouble())];
        ScoreGolden.Close(Flat("rates_of_trial_0"), seen.HeldOut(rates)!.Trial(0).ToArray().Select(rate => (double)rate), 1e-5);
        ScoreGolden.Close([.. Flat("smoothed_of_trial_0").Select(rate => Math.Max(rate, 1e-9))], seen.Of(rates).Trial(0).ToArray().Select(rate => (double)rate), 1e-6);
        Assert.Equal(golden.Double("co_bps"), PoissonLikelihood.BitsPerSpike(seen.HeldOut(rates)!, seen.HeldOut(Maze.Valid.Counts)!), 1e-5);
    }

    [Fact]
    public void Forward_bins_are_predicted_for_all_units()
    {
        TrialTensor rates = CoSmoothingBaseline.Fit(Maze.Train.Counts, Maze.Observed).Predict(Maze.Observed.Of(Maze.Valid.Counts));

        Assert.True(rates.HasShapeOf(Maze.Valid.Counts));
        Assert.All(rates.Values, rate => Assert.True(rate >= 1e-9f && float.IsFinite(rate)));
    }

    /// <summary>The penalty that is chosen does better on the trials it was chosen on than the smallest and the largest.</summary>
    [Fact]
    public void A_penalty_is_chosen_by_likelihood()
    {
        double? chosen = CoSmoothingBaseline.Fit(Maze.Train.Counts, Maze.Observed, 2).Alpha;

        Assert.InRange(chosen!.Value, 0.1, 1e7);
        Assert.Equal(chosen, Best());

        double Best()
        {
            TrialTensor first = Take(0, 17), last = Take(17, 21);
            return new[] { 0.1, 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7 }.MaxBy(alpha => PoissonLikelihood.BitsPerSpike(
                Maze.Observed.HeldOut(CoSmoothingBaseline.Fit(first, Maze.Observed, 2, alpha).Predict(Maze.Observed.Of(last)))!, Maze.Observed.HeldOut(last)!));
        }

        TrialTensor Take(int from, int to) => (Maze.Train.Take([.. Enumerable.Range(from, to - from)])).Counts;
    }
}
