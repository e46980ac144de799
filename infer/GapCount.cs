namespace UnetSpikes.Infer;

/// <summary>Counts the bins of one trial that were not recorded, and those whose rates a gap can have changed.</summary>
/// <param name="bins">The trial's length.</param>
/// <param name="reachLeft">The model's receptive field before a bin.</param>
/// <param name="reachRight">And after it.</param>
internal sealed class GapCount(int bins, int reachLeft, int reachRight)
{
    private long _reached;
    private long _reachedUntil;

    /// <summary>Bins with at least one unit not recorded.</summary>
    public long Gaps { get; private set; }

    /// <summary>Recorded bins within reach of a gap: their rates were computed with zeros in its place.</summary>
    public long NearGaps => _reached - Gaps;

    /// <summary>Notes a gap; gaps come in order.</summary>
    /// <param name="bin">From 0.</param>
    public void Add(int bin)
    {
        Gaps++;

        // A gap at g is seen by outputs t with t - left ≤ g ≤ t + right.
        long until = Math.Min((long)bin + reachLeft + 1, bins);
        _reached += until - Math.Max(Math.Max((long)bin - reachRight, 0), _reachedUntil);
        _reachedUntil = until;
    }
}
