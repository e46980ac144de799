using UnetSpikes.Core;

namespace UnetSpikes.Data;

/// <summary>Trials of equal length with what is known about them: the training or the validation half of a data set.</summary>
/// <remarks>Immutable: each operation returns a new split. Axes are [trial, bin, unit] throughout.</remarks>
public sealed record SpikeSplit
{
    /// <summary>Spikes per bin, [trial, bin, unit]: whole numbers, at least 0; NaN where nothing was recorded.</summary>
    public required TrialTensor Counts { get; init; }

    /// <summary>True rates in expected spikes per bin, of the shape of <see cref="Counts"/>; null when unknown.</summary>
    public TrialTensor? Rates { get; init; }

    /// <summary>True latents, [trial, bin, dimension]; null when unknown.</summary>
    public TrialTensor? Latents { get; init; }

    /// <summary>Each trial's number as the file has it (0-based or, from MATLAB, 1-based).</summary>
    public required int[] TrialIds { get; init; }

    /// <summary>Each trial's condition; null when unknown.</summary>
    public int[]? Conditions { get; init; }

    /// <summary>Natural logarithm of the true rates (log spikes per bin), of the shape of <see cref="Counts"/>; null when unknown.</summary>
    /// <param name="epsilon">Added to each rate so that silence stays finite (<c>DATA.LOG_EPSILON</c>, 1e-7).</param>
    public TrialTensor? LogRates(double epsilon)
    {
        if (Rates is not { } rates)
        {
            return null;
        }

        var logs = new float[rates.Values.Length];
        for (int i = 0; i < logs.Length; i++)
        {
            logs[i] = (float)Math.Log(rates.Values[i] + epsilon);
        }

        return new TrialTensor(rates.Trials, rates.Bins, rates.Units, logs);
    }

    /// <summary>The split with no count above <paramref name="maximum"/>.</summary>
    /// <param name="maximum">The largest count that stays, at least 0.</param>
    public SpikeSplit ClipCounts(float maximum)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maximum);
        float[] clipped = [.. Counts.Values];
        for (int i = 0; i < clipped.Length; i++)
        {
            clipped[i] = Math.Min(clipped[i], maximum);
        }

        return this with { Counts = new TrialTensor(Counts.Trials, Counts.Bins, Counts.Units, clipped) };
    }

    /// <summary>Some of the trials, in the order given.</summary>
    /// <param name="trials">Positions in this split, from 0.</param>
    public SpikeSplit Take(IReadOnlyList<int> trials) => new()
    {
        Counts = TrialPieces.Take(Counts, trials),
        Rates = Rates is null ? null : TrialPieces.Take(Rates, trials),
        Latents = Latents is null ? null : TrialPieces.Take(Latents, trials),
        TrialIds = [.. trials.Select(i => TrialIds[i])],
        Conditions = Conditions is null ? null : [.. trials.Select(i => Conditions[i])],
    };

    /// <summary>Cuts every trial into pieces of <paramref name="bins"/> bins; what is left over at the end is dropped.</summary>
    /// <param name="bins">Length of a piece, 1 … the trials' length.</param>
    /// <returns>First the first piece of every trial, then the second of every trial, …; ids and conditions repeat.</returns>
    public SpikeSplit Chop(int bins)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bins, Math.Max(1, Counts.Bins));
        int pieces = Counts.Bins / bins;
        return new SpikeSplit
        {
            Counts = TrialPieces.Chop(Counts, bins),
            Rates = Rates is null ? null : TrialPieces.Chop(Rates, bins),
            Latents = Latents is null ? null : TrialPieces.Chop(Latents, bins),
            TrialIds = [.. Enumerable.Repeat(TrialIds, pieces).SelectMany(ids => ids)],
            Conditions = Conditions is null ? null : [.. Enumerable.Repeat(Conditions, pieces).SelectMany(c => c)],
        };
    }
}
