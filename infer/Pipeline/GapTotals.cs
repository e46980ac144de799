namespace UnetSpikes.Infer.Pipeline;

/// <summary>Counts the gaps of an array's trials as its rates go by, in order.</summary>
/// <param name="bins">Bins per trial.</param>
/// <param name="units">Units.</param>
/// <param name="model">How far a gap reaches: as far as anything that comes out depends on it, or the whole trial.</param>
internal sealed class GapTotals(int bins, int units, SpikeModel model)
{
    private long _gaps;
    private long _nearGaps;
    private GapCount? _trial;

    /// <summary>Bins with at least one unit not recorded.</summary>
    public long Gaps => _gaps + (_trial?.Gaps ?? 0);

    /// <summary>Recorded bins within reach of one.</summary>
    public long NearGaps => _nearGaps + (_trial?.NearGaps ?? 0);

    /// <summary>Looks at the next bins of a trial.</summary>
    /// <param name="rates">[bin, unit]; NaN = not recorded.</param>
    /// <param name="first">The first bin's place in its trial.</param>
    public void Add(ReadOnlySpan<float> rates, int first)
    {
        if (first == 0)
        {
            (_gaps, _nearGaps, _trial) = (Gaps, NearGaps, null);
        }

        for (int bin = 0; units > 0 && bin < rates.Length / units; bin++)
        {
            if (HasGap(rates.Slice(bin * units, units)))
            {
                _trial ??= model.Metadata.NeedsTrials ? new GapCount(bins, bins, bins) : new GapCount(bins, model.ReachLeft, model.ReachRight);
                _trial.Add(first + bin);
            }
        }
    }

    private static bool HasGap(ReadOnlySpan<float> row)
    {
        foreach (float rate in row)
        {
            if (float.IsNaN(rate))
            {
                return true;
            }
        }

        return false;
    }
}
