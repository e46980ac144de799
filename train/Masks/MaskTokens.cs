using UnetSpikes.Core;

namespace UnetSpikes.Train.Masks;

/// <summary>BERT's and NDT's way to keep a network from trusting what it sees: not all that is hidden looks hidden.</summary>
/// <param name="TokenRatio">Share of the hidden entries that are filled as <see cref="MaskFill"/> says. [TRAIN.MASK_TOKEN_RATIO]</param>
/// <param name="RandomRatio">Share of the others that become a random count; the rest keep their own. [TRAIN.MASK_RANDOM_RATIO]</param>
public sealed record MaskTokens(double TokenRatio = 1, double RandomRatio = 0.5)
{
    /// <summary>Overwrites some hidden entries of a trial, after they were filled, with what looks like a visible count.</summary>
    /// <param name="input">[bin, unit]: what the network sees.</param>
    /// <param name="hidden">[bin, unit]; false afterwards where the input shows a count.</param>
    /// <param name="mask">[bin, unit]: the entries that may be overwritten.</param>
    /// <param name="counts">[bin, unit]: their own counts.</param>
    /// <param name="largest">Random counts are drawn uniformly from 0 to this.</param>
    /// <param name="scale">What visible counts are multiplied by.</param>
    /// <param name="rng">The stream for tokens; untouched when every hidden entry is filled.</param>
    public void Apply(Span<float> input, Span<bool> hidden, ReadOnlySpan<bool> mask, ReadOnlySpan<float> counts, int largest, float scale, Rng rng)
    {
        if (TokenRatio >= 1)
        {
            return;
        }

        for (int i = 0; i < input.Length; i++)
        {
            if (mask[i] && rng.NextSingle() >= TokenRatio)
            {
                hidden[i] = false;
                input[i] = scale * (rng.NextSingle() < RandomRatio ? rng.NextInt(largest + 1) : counts[i]);
            }
        }
    }
}
