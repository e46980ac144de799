namespace UnetSpikes.Infer;

/// <summary>One run of the model over a stretch of a trial.</summary>
/// <param name="Start">The trial's bin under the window's first; below 0 where the window begins with zeros.</param>
/// <param name="First">The first bin of the trial whose output is kept; forward bins count on behind the trial's own.</param>
/// <param name="Count">How many outputs are kept from there.</param>
public readonly record struct BinWindow(int Start, int First, int Count);

/// <summary>How a trial is cut so that its pieces together equal one run over the whole of it (docs/infer.md).</summary>
/// <remarks>
/// The model pads a trial of T bins with zeros to k·m + 1, left = total / 2. We write those zeros ourselves: the extended trial. Windows
/// of j·m + 1 bins that start at multiples of m of it need no padding and lie on the same grid of strides. Of each window those
/// outputs are kept whose receptive field lies inside it, or ends where the extended trial does. A model that predicts F forward bins
/// appends them to what it is given, as zeros, before it pads: trial and windows are counted with them, and a window's last F are no counts
/// but the model's own zeros, out of whose reach outputs are kept as from a cut.
/// </remarks>
public sealed record WindowPlan
{
    /// <summary>Bins of every window: k·m + 1, forward bins included.</summary>
    public required int Length { get; init; }

    /// <summary>The windows in order; what they keep is each bin of the trial and its forward bins once, in order.</summary>
    public required IReadOnlyList<BinWindow> Windows { get; init; }

    /// <summary>Plans a trial.</summary>
    /// <param name="bins">Its length T, at least 1.</param>
    /// <param name="window">The longest window wished for, in bins; rounded up to the grid and to what the halo needs.</param>
    /// <param name="multiple">The model's m.</param>
    /// <param name="reachLeft">The receptive field before a bin, in bins.</param>
    /// <param name="reachRight">The receptive field after a bin, in bins.</param>
    /// <param name="forward">The model's forward bins.</param>
    public static WindowPlan For(int bins, int window, int multiple, int reachLeft, int reachRight, int forward = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        int predicted = checked(bins + forward);
        long padding = ((1L - predicted) % multiple + multiple) % multiple;
        long left = padding / 2;
        long extended = predicted + padding;
        long haloLeft = RoundUp(reachLeft, multiple), haloRight = RoundUp((long)reachRight + forward, multiple);
        long length = Math.Max(RoundUp(Math.Max(window, 1L) + forward - 1, multiple), haloLeft + haloRight + multiple) + 1;
        if (extended <= length)
        {
            return new WindowPlan { Length = (int)extended, Windows = [new BinWindow((int)-left, 0, predicted)] };
        }

        var windows = new List<BinWindow>();
        long step = length - 1 - haloLeft - haloRight;
        long last = extended - length; // A multiple of m: both are one more than one.
        int kept = 0;
        for (long start = 0; kept < predicted; start = Math.Min(start + step, last))
        {
            long end = start == last ? predicted : Math.Min(start + length - haloRight - left, predicted);
            windows.Add(new BinWindow((int)(start - left), kept, (int)end - kept));
            kept = (int)end;
        }

        return new WindowPlan { Length = (int)length, Windows = windows };
    }

    private static long RoundUp(long bins, int multiple) => (bins + multiple - 1) / multiple * multiple;
}
