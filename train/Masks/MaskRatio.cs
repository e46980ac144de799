using UnetSpikes.Core;

namespace UnetSpikes.Train.Masks;

/// <summary>How the probability of being hidden goes through the run.</summary>
public sealed record MaskRatio
{
    private readonly double _from;
    private readonly double _to;
    private readonly bool _isDrawn;

    private MaskRatio(double from, double to, bool isDrawn)
    {
        RequireProbability(from, nameof(from));
        RequireProbability(to, nameof(to));
        (_from, _to, _isDrawn) = (from, to, isDrawn);
    }

    /// <summary>The same in every step. [TRAIN.MASK_RATIO]</summary>
    /// <param name="ratio">Between 0 and 1.</param>
    public static MaskRatio Fixed(double ratio) => new(ratio, ratio, isDrawn: false);

    /// <summary>Drawn for each batch, uniformly. [TRAIN.MASK_RATIO to TRAIN.MASK_RATIO_MAX]</summary>
    /// <param name="least">Above 0.</param>
    /// <param name="most">Below 1.</param>
    public static MaskRatio Uniform(double least, double most) => new(least, most, isDrawn: true);

    /// <summary>Moved linearly from the first step to the last. [TRAIN.MASK_RATIO to TRAIN.MASK_RATIO_END]</summary>
    /// <param name="first">In the first step, between 0 and 1.</param>
    /// <param name="last">In the last.</param>
    public static MaskRatio Linear(double first, double last) => new(first, last, isDrawn: false);

    /// <summary>The ratio of one step.</summary>
    /// <param name="step">Number of the update, from 1.</param>
    /// <param name="updates">Steps of the whole run.</param>
    /// <param name="rng">The stream for ratios; only a drawn ratio takes a number from it.</param>
    public double At(long step, int updates, Rng rng) =>
        _from + ((_to - _from) * (_isDrawn ? rng.NextDouble() : (step - 1) / Math.Max(1.0, updates - 1)));

    private static void RequireProbability(double ratio, string name)
    {
        if (ratio is not (> 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(name, ratio, "expected a probability between 0 and 1");
        }
    }
}
