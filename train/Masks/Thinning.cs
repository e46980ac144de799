using UnetSpikes.Core;

namespace UnetSpikes.Train.Masks;

/// <summary>Binomial thinning: each spike goes to the target with a probability, else to the input.</summary>
/// <remarks>
/// A Poisson count of rate λ falls apart into two independent Poisson counts, of (1 − ratio)·λ and ratio·λ: the input tells of
/// the target only through the rate, so copying cannot help, and every entry counts in the loss. Keshtkaran and Pandarinath
/// 2019 (coordinated dropout) hide whole entries for the same reason.
/// </remarks>
public static class Thinning
{
    /// <summary>Draws how many of a bin's spikes go to the target.</summary>
    /// <param name="count">Spikes of the bin, a whole number of at least 0.</param>
    /// <param name="ratio">Probability of each to go.</param>
    /// <param name="rng">The stream for masks.</param>
    public static float DrawRemoved(float count, double ratio, Rng rng)
    {
        int removed = 0;
        for (int spike = 0; spike < count; spike++)
        {
            removed += rng.NextSingle() < ratio ? 1 : 0;
        }

        return removed;
    }
}
