namespace UnetSpikes.Core;

/// <summary>The one place that turns [trial, bin, unit] into the graph's [unit, bin, trial] and back.</summary>
public static class TrialBatch
{
    /// <summary>Writes chosen trials as [unit, bin, trial].</summary>
    /// <param name="source">[trial, bin, unit].</param>
    /// <param name="trials">Which trials, in batch order; fewer than <paramref name="batch"/> leave the rest zero.</param>
    /// <param name="batch">Trials of the graph's batch.</param>
    /// <param name="destination">[unit, bin, batch], overwritten.</param>
    public static void Gather(TrialTensor source, ReadOnlySpan<int> trials, int batch, Span<float> destination)
    {
        RequireFits(source, trials, batch, destination.Length);
        if (trials.Length < batch)
        {
            destination.Clear();
        }

        // Along the destination's rows: its lines are written whole, and those read stay in the cache for the next units.
        int[] starts = Starts(source, trials);
        ReadOnlySpan<float> values = source.Values;
        for (int t = 0, i = 0; t < source.Bins; t++)
        {
            for (int u = 0; u < source.Units; u++, i++)
            {
                Span<float> row = destination.Slice(((u * source.Bins) + t) * batch, starts.Length);
                for (int b = 0; b < row.Length; b++)
                {
                    row[b] = values[starts[b] + i];
                }
            }
        }
    }

    /// <summary>Reads trials back from [unit, bin, trial].</summary>
    /// <param name="values">[unit, bin, batch].</param>
    /// <param name="batch">Trials of the graph's batch.</param>
    /// <param name="destination">[trial, bin, unit]; the named trials are overwritten.</param>
    /// <param name="trials">Which trials of it, in batch order.</param>
    public static void Scatter(ReadOnlySpan<float> values, int batch, TrialTensor destination, ReadOnlySpan<int> trials)
    {
        RequireFits(destination, trials, batch, values.Length);
        // As in Gather, along the graph's rows.
        int[] starts = Starts(destination, trials);
        float[] into = destination.Values;
        for (int t = 0, i = 0; t < destination.Bins; t++)
        {
            for (int u = 0; u < destination.Units; u++, i++)
            {
                ReadOnlySpan<float> row = values.Slice(((u * destination.Bins) + t) * batch, starts.Length);
                for (int b = 0; b < row.Length; b++)
                {
                    into[starts[b] + i] = row[b];
                }
            }
        }
    }

    /// <summary>Where each trial begins.</summary>
    private static int[] Starts(TrialTensor of, ReadOnlySpan<int> trials)
    {
        int[] starts = [.. trials];
        for (int b = 0; b < starts.Length; b++)
        {
            starts[b] *= of.Bins * of.Units;
        }

        return starts;
    }

    private static void RequireFits(TrialTensor trialsFirst, ReadOnlySpan<int> trials, int batch, int length)
    {
        if (length != trialsFirst.Units * trialsFirst.Bins * batch || trials.Length > batch)
        {
            throw new ArgumentException($"{trials.Length} trials of {trialsFirst} do not fit a batch of {batch} in {length} values", nameof(trials));
        }
    }
}
