using UnetSpikes.Core;

namespace UnetSpikes.Train.Masks;

/// <summary>How long the runs of hidden bins are: single bins at first, longer ones more and more often (NDT's curriculum).</summary>
/// <param name="Longest">Longest run, in bins, at least 1. [TRAIN.MASK_MAX_SPAN]</param>
/// <param name="Probability">Probability, after the ramp, that a trial's runs are of a length drawn from 1 to the longest, not of one bin. [TRAIN.MASK_SPAN_PROB]</param>
/// <param name="RampStart">Up to this update every run is one bin. [TRAIN.MASK_SPAN_RAMP_START]</param>
/// <param name="RampEnd">From this update on the probability is the full one; between, it grows linearly. [TRAIN.MASK_SPAN_RAMP_END]</param>
/// <remarks>NDT (Ye and Pandarinath 2021) draws one length per batch; here each trial draws its own, so that a step sees several.</remarks>
public sealed record MaskSpans(int Longest = 5, double Probability = 1, int RampStart = 0, int RampEnd = 0)
{
    /// <summary>Probability of a drawn length.</summary>
    /// <param name="step">Number of the update, from 1.</param>
    public double ProbabilityAt(long step) =>
        step >= RampEnd ? Probability
        : step <= RampStart ? 0
        : Probability * (step - RampStart) / (RampEnd - RampStart);

    /// <summary>Draws the length of one trial's runs.</summary>
    /// <param name="step">Number of the update, from 1.</param>
    /// <param name="rng">The stream for masks.</param>
    /// <returns>Bins, 1 to <see cref="Longest"/>.</returns>
    public int DrawLength(long step, Rng rng) => rng.NextDouble() < ProbabilityAt(step) ? 1 + rng.NextInt(Longest) : 1;
}
