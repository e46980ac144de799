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
    private const int Trials = 9, Bins = 8, Units = 4;

    public static TheoryData<MaskFill, bool> Fills() => new()
    {
        { MaskFill.Zero, false }, { MaskFill.Zero, true }, { MaskFill.Mean, false }, { MaskFill.Nearest, false }, { MaskFill.Linear, false }, { MaskFill.Channel, true },
    };

    /// <summary>The loss, from five evaluations of inputs that are filled here, one by one.</summary>
    [Theory]
    [MemberData(nameof(Fills))]
    public void The_loss_is_that_of_the_folds_filled_as_in_training(MaskFill fill, bool rescales)
    {
        TrialTensor counts = Counts();
        var options = new TrainOptions { DataFile = "", Seed = 3, Layers = 1, LatentDim = 3, MaskFill = fill, RescalesVisible = rescales };
        SpikeNetwork network = options.ModelFor(Units, counts.Bins).Build();
        NetworkState state = NetworkState.Untrained(network, counts, seed: 1);
        var filling = new Filling(fill, [0.1f, 0.2f, 0.3f, 0.4f]);
        using var validation = new Validation(network, new SpikeSplit { Counts = counts, TrialIds = [.. Enumerable.Range(0, Trials)] }, options, filling, Device.Cpu, threads: 1);

        ValidationScores scores = validation.Score([state], out TrialTensor rates);

        byte[] folds = Masking.Folds(counts.Values.Length, 5, new Rng(options.Seed, "validation folds"));
        double loss = 0;
        for (int fold = 0; fold < 5; fold++)
        {
            bool[] hidden = [.. folds.Select(f => f == fold)];
            TrialTensor input = new(Trials, Bins, Units, [.. counts.Values.Select(c => rescales ? c / 0.8f : c)]);
            for (int trial = 0; trial < Trials; trial++)
            {
                filling.Apply(input.Trial(trial), hidden.AsSpan(trial * Bins * Units, Bins * Units));
            }

            TrialTensor predicted = Evaluate(network, state, input, hidden);
            loss += Enumerable.Range(0, hidden.Length).Where(i => hidden[i]).Sum(i => Math.Exp(predicted.Values[i]) - (counts.Values[i] * predicted.Values[i]));
        }

        Assert.Equal(loss / counts.Values.Length, scores.Loss, 1e-5);
        Assert.True(Models.ModelRuns.Distance(Evaluate(network, state, counts, new bool[folds.Length]).Values, Array.ConvertAll(rates.Values, MathF.Log)) < 1e-5, "something was hidden for the rates");
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
