using UnetSpikes.Core;
using UnetSpikes.Runtime.Timing;

namespace UnetSpikes.App.Bench;

/// <summary>What to measure. Lists that are null are the models' own: what they fix, else the defaults.</summary>
internal sealed record BenchOptions
{
    private static readonly int[] DefaultBatches = [1, 16, 64, 256];
    private static readonly int[] DefaultBins = [50, 100, 200];

    /// <summary>The model.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The one to compare with; null = none.</summary>
    public string? ComparePath { get; init; }

    /// <summary>Trials per call.</summary>
    public IReadOnlyList<int>? Batches { get; init; }

    /// <summary>Bins of each trial.</summary>
    public IReadOnlyList<int>? Bins { get; init; }

    /// <summary>Seconds of measuring per cell, both models together; warming up comes on top.</summary>
    public double Seconds { get; init; } = 1;

    /// <summary>Seconds of warming up, each model.</summary>
    public double WarmUpSeconds { get; init; } = 0.2;

    /// <summary>As <c>--device</c> says it.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>As <c>--threads</c> says it.</summary>
    public int Threads { get; init; }

    /// <summary>The shapes, and that every model can take them.</summary>
    /// <param name="models">The models.</param>
    /// <exception cref="UsageException">A number is out of its range, or not one that a model takes.</exception>
    public IReadOnlyList<(int Batch, int Bins)> Cells(IReadOnlyList<BenchModel> models)
    {
        if (!(Seconds > 0 && double.IsFinite(Seconds)))
        {
            throw new UsageException("--seconds", $"is {Seconds}, expected a number above 0");
        }

        IReadOnlyList<int> batches = Batches ?? Fixed(models, m => m.Batch) ?? DefaultBatches;
        IReadOnlyList<int> bins = Bins ?? Fixed(models, m => m.Bins) ?? Longer(models);
        foreach (BenchModel model in models)
        {
            Require("--batch", batches, model, 1, model.Input.Batch, "trials at a time");
            Require("--bins", bins, model, model.Input.MinimumBins, model.Input.Bins, "bins");
        }

        return [.. bins.SelectMany(count => batches.Select(batch => (batch, count)))];
    }

    private static IReadOnlyList<int>? Fixed(IEnumerable<BenchModel> models, Func<SpikeInput, int?> length) =>
        models.Select(model => length(model.Input)).FirstOrDefault(value => value is not null) is int only ? [only] : null;

    /// <summary>The default lengths that are long enough for every model, or the shortest that is.</summary>
    private static int[] Longer(IEnumerable<BenchModel> models)
    {
        int minimum = models.Max(model => model.Input.MinimumBins);
        int[] enough = [.. DefaultBins.Where(bins => bins >= minimum)];
        return enough.Length > 0 ? enough : [minimum];
    }

    private static void Require(string option, IReadOnlyList<int> values, BenchModel model, int minimum, int? only, string what)
    {
        foreach (int value in values)
        {
            if (only is int length ? value != length : value < minimum)
            {
                throw new UsageException(option, $"is {value}, but {model.Path} takes {(only is null ? $"at least {minimum}" : $"{only}")} {what}{(only is null ? "" : " only")}");
            }
        }
    }
}
