using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Runtime;
using UnetSpikes.Train.Masks;

namespace UnetSpikes.Train;

/// <summary>Which learning rates are tried.</summary>
/// <param name="From">The first, above 0.</param>
/// <param name="To">The last, above the first.</param>
/// <param name="Steps">How many, each a constant factor above the one before; at least 10.</param>
public sealed record LearningRateRange(double From = 1e-6, double To = 1, int Steps = 300)
{
    /// <summary>The rate of one step.</summary>
    /// <param name="step">From 1.</param>
    public double At(int step) => From * Math.Pow(To / From, (step - 1) / (double)(Steps - 1));
}

/// <summary>One step of the search.</summary>
/// <param name="Rate">Its learning rate.</param>
/// <param name="Loss">The loss before it.</param>
/// <param name="Smoothed">Exponential mean of the losses so far.</param>
public sealed record TriedRate(double Rate, double Loss, double Smoothed);

/// <summary>What the search found; as JSON in snake case it is lr_find.json.</summary>
public sealed record LearningRateSearch
{
    /// <summary>How <see cref="Suggestion"/> is chosen, to be printed beside it.</summary>
    public const string Rule = "a tenth of the rate at which the smoothed loss was lowest";

    /// <summary>A peak learning rate to train with.</summary>
    public required double Suggestion { get; init; }

    /// <summary>How it was chosen.</summary>
    public string SuggestionRule { get; init; } = Rule;

    /// <summary>The rate at which the smoothed loss was lowest.</summary>
    public required double LowestAt { get; init; }

    /// <summary>The rate at which the smoothed loss fell fastest, per factor of the rate.</summary>
    public required double SteepestAt { get; init; }

    /// <summary>Whether the search ended because the loss ran away, as it should.</summary>
    public required bool Diverged { get; init; }

    /// <summary>Every step.</summary>
    public required IReadOnlyList<TriedRate> Tried { get; init; }

    /// <summary>Reads the curve.</summary>
    /// <param name="tried">At least one step.</param>
    /// <param name="diverged">Whether the search ended early.</param>
    public static LearningRateSearch Of(IReadOnlyList<TriedRate> tried, bool diverged)
    {
        double lowest = tried.MinBy(t => t.Smoothed)!.Rate;
        int steepest = Enumerable.Range(1, Math.Max(1, tried.Count - 1)).Where(i => i < tried.Count).DefaultIfEmpty(0)
            .MinBy(i => i == 0 ? 0 : tried[i].Smoothed - tried[i - 1].Smoothed);
        return new LearningRateSearch
        {
            Suggestion = lowest / 10,
            LowestAt = lowest,
            SteepestAt = tried[steepest].Rate,
            Diverged = diverged,
            Tried = tried,
        };
    }
}

/// <summary>Finds a learning rate: trains with one that rises exponentially and watches the loss (Smith 2017, "Cyclical learning rates").</summary>
/// <remarks>
/// A tenth of the rate with the lowest loss is fastai's classical rule. The steepest fall is reported beside it: it sits earlier and is a
/// difference of noisy numbers, so it is the less steady of the two.
/// </remarks>
public static class LearningRateFinder
{
    /// <summary>Weight of the past in the smoothed loss: a memory of some 20 steps, a tenth of a decade at the default range.</summary>
    private const double Smoothing = 0.95;

    /// <summary>Steps at the first rate before the ramp: the smoothed loss begins as a mean of many, not as the luck of one batch.</summary>
    private const int Settling = 40;

    /// <summary>Trains an untrained network, as a run would, until the loss runs away or the range is used up.</summary>
    /// <param name="options">The run's: network, optimizer, masks, batch size, seed.</param>
    /// <param name="dataset">The data.</param>
    /// <param name="range">Which rates.</param>
    /// <param name="device">Where to run.</param>
    /// <param name="threads">Threads; 0 = as many as the job was given.</param>
    /// <param name="cancel">Stops the search.</param>
    public static LearningRateSearch Run(
        TrainOptions options, SpikeDataset dataset, LearningRateRange range, Device device, int threads, CancellationToken cancel)
    {
        options = options with { Average = new WeightAverage() };
        TrialTensor counts = dataset.Train.Counts;
        SpikeNetwork network = options.ModelFor(dataset).Build();
        var batches = new TrainingBatches(counts, options, Filling.Of(options.MaskFill, counts, dataset.Observed), from: null, observed: dataset.Observed);
        NetworkState start = NetworkState.Untrained(network, counts, options.Seed);
        using var step = new TrainingStep(network, batches.SizeFor(1), dataset.Observed.Bins, options, start, device, threads);
        var tried = new List<TriedRate>();
        double sum = 0;
        for (int i = 1; i <= Settling + range.Steps; i++)
        {
            cancel.ThrowIfCancellationRequested();
            batches.Next(i, step.Input, step.Weights, step.WeightedCounts);
            step.DrawDropout(batches.DropoutStream);
            double rate = range.At(Math.Max(1, i - Settling));
            (double loss, _) = step.Run(rate, i);
            sum = (Smoothing * sum) + ((1 - Smoothing) * loss);
            // Divided by the weights so far: an exponential mean that does not start at zero.
            double smoothed = sum / (1 - Math.Pow(Smoothing, i));
            if (!double.IsFinite(loss) || (tried.Count > 0 && HasRunAway(tried, smoothed)))
            {
                return tried.Count > 0 ? LearningRateSearch.Of(tried, diverged: true) : throw new TrainingException(i, loss, null);
            }

            if (i > Settling)
            {
                tried.Add(new TriedRate(rate, loss, smoothed));
            }
        }

        return LearningRateSearch.Of(tried, diverged: false);
    }

    /// <summary>
    /// Above where it began by as much as its lowest point is below, and by a tenth at the least. A multiple of the lowest loss, as others
    /// use, means nothing here: without ln(n!) a Poisson loss may be near zero or below.
    /// </summary>
    private static bool HasRunAway(List<TriedRate> tried, double smoothed)
    {
        double first = tried[0].Smoothed;
        return smoothed > first + Math.Max(first - tried.Min(t => t.Smoothed), 0.1 * Math.Abs(first));
    }
}
