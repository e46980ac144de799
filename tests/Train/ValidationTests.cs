using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Train;
using UnetSpikes.Train.Masks;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>What validation hides looks like what training hides.</summary>
public class ValidationTests
{
    // Two batches, the last with a place that stays empty.
    private const int Trials = 67, Bins = 8, Units = 4;

    public static TheoryData<MaskFill, bool, int> Fills() => new()
    {
        { MaskFill.Zero, false, 1 }, { MaskFill.Zero, true, 1 }, { MaskFill.Mean, false, 1 }, { MaskFill.Nearest, false, 1 }, { MaskFill.Linear, false, 1 },
        { MaskFill.Channel, true, 1 }, { MaskFill.Channel, false, 3 },
    };

    /// <summary>The scores, from five evaluations of inputs that are filled here, one by one.</summary>
    [Theory]
    [MemberData(nameof(Fills))]
    public void The_scores_are_those_of_the_folds_filled_as_in_training(MaskFill fill, bool rescales, int members)
    {
        TrialTensor counts = Counts();
        var options = new TrainOptions { DataFile = "", Seed = 3, Layers = 1, LatentDim = 3, MaskFill = fill, RescalesVisible = rescales };
        SpikeNetwork network = options.ModelFor(Units, counts.Bins).Build();
        NetworkState[] states = [.. Enumerable.Range(1, members).Select(seed => NetworkState.Untrained(network, counts, (ulong)seed))];
        var filling = new Filling(fill, [0.1f, 0.2f, 0.3f, 0.4f]);
        using var validation = new Validation(network, new SpikeSplit { Counts = counts, TrialIds = [.. Enumerable.Range(0, Trials)] }, options, filling, Device.Cpu, threads: 1);

        ValidationScores scores = validation.Score(states, out TrialTensor rates);

        byte[] folds = Masking.Folds(counts.Values.Length, 5, new Rng(options.Seed, "validation folds"));
        TrialTensor whileHidden = new(Trials, Bins, Units);
        for (int fold = 0; fold < 5; fold++)
        {
            bool[] hidden = [.. folds.Select(f => f == fold)];
            TrialTensor input = new(Trials, Bins, Units, [.. counts.Values.Select(c => rescales ? c / 0.8f : c)]);
            for (int trial = 0; trial < Trials; trial++)
            {
                filling.Apply(input.Trial(trial), hidden.AsSpan(trial * Bins * Units, Bins * Units));
            }

            float[] predicted = Evaluate(network, states, input, hidden);
            foreach (int i in Enumerable.Range(0, hidden.Length).Where(i => hidden[i]))
            {
                whileHidden.Values[i] = predicted[i];
            }
        }

        Assert.Equal(whileHidden.Values.Zip(counts.Values, (z, n) => Math.Exp(z) - (n * z)).Average(), scores.Loss, 1e-5);
        Assert.Equal(PoissonLikelihood.BitsPerSpikeOfLogRates(whileHidden, counts), scores.BitsPerSpike, 1e-5);
        Assert.True(Models.ModelRuns.Distance(Evaluate(network, states, counts, new bool[folds.Length]), Array.ConvertAll(rates.Values, MathF.Log)) < 1e-5, "something was hidden for the rates");
    }

    private static float[] Evaluate(SpikeNetwork network, NetworkState[] states, TrialTensor input, bool[] hidden)
    {
        float[][] each = [.. states.Select(state => Evaluate(network, state, input, hidden).Values)];
        return [.. Enumerable.Range(0, hidden.Length).Select(i => each.Average(logRates => logRates[i]))];
    }

    private static TrialTensor Evaluate(SpikeNetwork network, NetworkState state, TrialTensor input, bool[] hidden)
    {
        int[] all = [.. Enumerable.Range(0, Trials)];
        TrialTensor mask = new(Trials, Bins, Units, Array.ConvertAll(hidden, h => h ? 1f : 0)), output = new(Trials, Bins, Units);
        float[] feed = new float[network.Options.InputChannels * Bins * Trials];
        TrialBatch.Gather(input, all, Trials, feed.AsSpan(0, hidden.Length));
        if (network.Options.MaskChannels)
        {
            TrialBatch.Gather(mask, all, Trials, feed.AsSpan(hidden.Length));
        }

        TrialBatch.Scatter(Models.ModelRuns.Evaluate(network, state.Parameters, state.RunningStatistics, feed, Trials), Trials, output, all);
        return output;
    }

    private static TrialTensor Counts()
    {
        var rng = new Rng(2, "counts");
        return new TrialTensor(Trials, Bins, Units, [.. Enumerable.Range(0, Trials * Bins * Units).Select(_ => (float)rng.NextPoisson(0.7))]);
    }
}
