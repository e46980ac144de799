using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Report;
using UnetSpikes.Tests.Models;
using Xunit;

namespace UnetSpikes.Tests.Report;

/// <summary>Looking into a network and taking parts away changes nothing else.</summary>
public class ProbedEvaluationTests
{
    private static readonly ModelOptions Small = new() { Channels = 3, Layers = 2, LatentDim = 4 };

    [Fact]
    public void The_unet_hands_over_every_level_by_name()
    {
        var evaluation = ProbedEvaluation.Build(Small.Build(), batch: 2, bins: 17);

        Assert.Equal(
            [("level 2 across", 16, 5), ("level 1 across", 8, 9), ("level 1 from below", 8, 9)],
            evaluation.Probes.OrderBy(p => p.Bins).Select(p => (p.Name, p.Channels, p.Bins)).OrderByDescending(p => p.Channels).ThenBy(p => p.Name, StringComparer.Ordinal));
        Assert.Empty(ProbedEvaluation.Build((Small with { Layers = 0 }).Build(), 2, 17).Probes);
        Probe hidden = Assert.Single(ProbedEvaluation.Build((Small with { Architecture = UnetSpikes.Models.Architecture.Cnn }).Build(), 2, 17).Probes);
        Assert.Equal(("hidden layer", 4, 17), (hidden.Name, hidden.Channels, hidden.Bins));
    }

    [Fact]
    public void With_nothing_taken_away_the_log_rates_are_those_of_the_evaluation_graph()
    {
        Checkpoint checkpoint = Trained();
        TrialTensor counts = Counts(trials: 5);
        using var network = new ProbedNetwork(checkpoint, counts.Trials, counts.Bins, threads: 1);
        var input = new float[counts.Values.Length];
        TrialBatch.Gather(counts, [0, 1, 2, 3, 4], 5, input);
        float[] expected = ModelRuns.Evaluate(checkpoint.Model.Build(), checkpoint.Parameters, checkpoint.RunningStatistics, input, 5);
        var whole = new TrialTensor(5, counts.Bins, counts.Units);
        TrialBatch.Scatter(expected, 5, whole, [0, 1, 2, 3, 4]);

        Assert.Equal(whole.Values, network.LogRates(counts, null, CancellationToken.None).Values);
    }

    [Fact]
    public void Taking_a_level_away_changes_the_rates_and_taking_away_what_is_below_leaves_the_counts_a_way()
    {
        TrialTensor counts = Counts(trials: 3);
        using var network = new ProbedNetwork(Trained(), counts.Trials, counts.Bins, threads: 1);
        float[] whole = network.LogRates(counts, null, CancellationToken.None).Values;

        Assert.All(network.Probes, probe => Assert.NotEqual(whole, network.LogRates(counts, probe, CancellationToken.None).Values));

        // Without what comes from below level 1, the counts still matter: they go through level 1 across.
        Probe below = network.Probes.Single(p => p.Name == "level 1 from below");
        float[] other = network.LogRates(Counts(trials: 3, seed: 9), below, CancellationToken.None).Values;
        Assert.NotEqual(network.LogRates(counts, below, CancellationToken.None).Values, other);
    }

    [Fact]
    public void Activations_are_shown_for_the_trials_asked_for()
    {
        TrialTensor counts = Counts(trials: 4);
        using var network = new ProbedNetwork(Trained(), counts.Trials, counts.Bins, threads: 1);

        IReadOnlyList<TrialTensor> both = network.Activations(counts, [3, 1]);
        IReadOnlyList<TrialTensor> one = network.Activations(counts, [1]);

        Assert.All(both.Zip(one), pair => Assert.Equal(pair.First.Trial(1).ToArray(), pair.Second.Trial(0).ToArray()));
        Assert.All(both, activations => Assert.True(activations.Values.Max() > 0 && activations.Values.Min() >= 0, "behind a ReLU"));
    }

    private static Checkpoint Trained()
    {
        SpikeNetwork network = Small.Build();
        var rng = new Rng(2, "weights");
        // Large enough that no ReLU is shut for good, as it can be in a small network at its start.
        float[] parameters = Array.ConvertAll(network.Parameters.Initialize(rng), _ => (float)rng.NextNormal());
        return new Checkpoint
        {
            Model = Small,
            Parameters = parameters,
            RunningStatistics = network.RunningStatistics.Initialize(rng),
            Optimizer = new OptimizerState(new float[parameters.Length], new float[parameters.Length], new float[parameters.Length]),
            Step = 1,
            Data = new TrainingData("none", "none", 10, ["0", "1", "2"]),
            Run = new Dictionary<string, string>(),
        };
    }

    private static TrialTensor Counts(int trials, ulong seed = 5)
    {
        var rng = new Rng(seed, "counts");
        var counts = new TrialTensor(trials, 18, 3);
        foreach (ref float count in counts.Values.AsSpan())
        {
            count = rng.NextInt(3);
        }

        return counts;
    }
}
