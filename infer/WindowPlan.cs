namespace UnetSpikes.Infer;

/// <summary>One run of the model over a stretch of a trial.</summary>
/// <param name="Start">The window's first bin.</param>
/// <param name="First">The first bin of the trial whose output is kept; forward bins count on behind the trial's own.</param>
/// <param name="Count">How many outputs are kept from there.</param>
public readonly record struct BinWindow(int Start, int First, int Count);

/// <summary>How a trial is cut so that its pieces together equal one run over the whole of it (docs/infer.md).</summary>
/// <remarks>
/// The model pads a trial of T bins with zeros to k·m + 1, left = total / 2, which is where its strides lie. A window whose length differs from T by a
/// multiple of m is padded with as many zeros on either side, so that windows which also begin at multiples of m lie on the same grid of strides. Of
/// each window those outputs are kept whose receptive field lies inside it, or ends where the trial does. A model that predicts F forward bins appends
/// them to what it is given, as zeros, before it pads: at a cut, outputs are kept out of their reach as out of the padding's.
/// </remarks>
public sealed record WindowPlan
{
    /// <summary>Bins of every window, forward bins included.</summary>
    public required int Length { get; init; }

    /// <summary>The windows in order; what they keep is each bin of the trial and its forward bins once, in order.</summary>
    public required IReadOnlyList<BinWindow> Windows { get; init; }

    /// <summary>Plans a trial.</summary>
    /// <param name="bins">Its length T, at least 1.</param>
    /// <param name="window">The shortest window wished for, in bins; more where the halo needs it, and up to m − 1 more for the grid.</param>
    /// <param name="multiple">The model's m.</param>
    /// <param name="reachLeft">The receptive field before a bin, in bins.</param>
    /// <param name="reachRight">The receptive field after a bin, in bins.</param>
    /// <param name="forward">The model's forward bins.</param>
    public static WindowPlan For(int bins, int window, int multiple, int reachLeft, int reachRight, int forward = 0)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bins, 1);
        int predicted = checked(bins + forward);
        long wished = Math.Max(window, (long)reachLeft + reachRight + multiple);
        if (bins <= wished)
        {
            return new WindowPlan { Length = predicted, Windows = [new BinWindow(0, 0, predicted)] };
        }

        int length = (int)(wished + ((bins - wished) % multiple)), last = bins - length;
        int step = (length - reachLeft - reachRight) / multiple * multiple;
        var windows = new List<BinWindow>();
        int kept = 0;
        for (int start = 0; kept < predicted; start = (int)Math.Min((long)start + step, last))
        {
            int end = start == last ? predicted : start + length - reachRight;
            windows.Add(new BinWindow(start, kept, end - kept));
            kept = end;
        }

        return new WindowPlan { Length = length + forward, Windows = windows };
    }
}
