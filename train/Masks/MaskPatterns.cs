using UnetSpikes.Core;

namespace UnetSpikes.Train.Masks;

/// <summary>The masks themselves: in each, every entry is hidden with the same probability; what differs is what goes together.</summary>
internal static class MaskPatterns
{
    /// <summary>Every entry on its own.</summary>
    /// <param name="mask">Any number of entries, overwritten; true = hidden.</param>
    /// <param name="ratio">Probability of being hidden.</param>
    /// <param name="rng">The stream for masks.</param>
    public static void Entries(Span<bool> mask, double ratio, Rng rng) => rng.NextBernoulli(mask, ratio);

    /// <summary>Whole bins, the same ones in every trial.</summary>
    /// <param name="mask">[trial, bin, unit], overwritten.</param>
    /// <param name="shape">Its size.</param>
    /// <param name="ratio">Probability of being hidden.</param>
    /// <param name="rng">The stream for masks.</param>
    public static void Timesteps(Span<bool> mask, BatchShape shape, double ratio, Rng rng)
    {
        for (int bin = 0; bin < shape.Bins; bin++)
        {
            mask.Slice(bin * shape.Units, shape.Units).Fill(rng.NextSingle() < ratio);
        }

        Repeat(mask, shape.PerTrial);
    }

    /// <summary>Whole units, the same ones in every trial.</summary>
    /// <param name="mask">[trial, bin, unit], overwritten.</param>
    /// <param name="shape">Its size.</param>
    /// <param name="ratio">Probability of being hidden.</param>
    /// <param name="rng">The stream for masks.</param>
    public static void Neurons(Span<bool> mask, BatchShape shape, double ratio, Rng rng)
    {
        Entries(mask[..shape.Units], ratio, rng);
        Repeat(mask, shape.Units);
    }

    /// <summary>Runs of whole bins in one trial; runs may overlap, and the trial's ends cut them.</summary>
    /// <param name="mask">[bin, unit], overwritten.</param>
    /// <param name="units">Units.</param>
    /// <param name="length">Bins of a run, at least 1.</param>
    /// <param name="ratio">Probability of being hidden.</param>
    /// <param name="rng">The stream for masks.</param>
    /// <remarks>
    /// NDT starts a run at each bin with probability ratio/length, which hides less than the ratio where runs overlap or are cut.
    /// A bin is visible when none of the <paramref name="length"/> places a run over it can start at has one: (1 − p)^length. So
    /// p = 1 − (1 − ratio)^(1/length), with starts ahead of the trial too, hides every bin with exactly the ratio.
    /// </remarks>
    public static void Runs(Span<bool> mask, int units, int length, double ratio, Rng rng)
    {
        double start = 1 - Math.Pow(1 - ratio, 1.0 / length);
        int bins = mask.Length / units;
        int hiddenUntil = int.MinValue;
        for (int bin = 1 - length; bin < bins; bin++)
        {
            if (rng.NextDouble() < start)
            {
                hiddenUntil = bin + length;
            }

            if (bin >= 0)
            {
                mask.Slice(bin * units, units).Fill(bin < hiddenUntil);
            }
        }
    }

    /// <summary>Copies the first so many entries over all the others.</summary>
    private static void Repeat(Span<bool> mask, int period)
    {
        for (int at = period; at < mask.Length; at += period)
        {
            mask[..period].CopyTo(mask[at..]);
        }
    }
}
