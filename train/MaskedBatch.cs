using UnetSpikes.Core;

namespace UnetSpikes.Train;

/// <summary>Fills the training step's three batch inputs from trials and a mask.</summary>
public static class MaskedBatch
{
    /// <summary>Masked entries become zero in the input and are all that counts in the loss.</summary>
    /// <param name="counts">All trials, [trial, bin, unit].</param>
    /// <param name="trials">The batch's trials.</param>
    /// <param name="mask">[batch, bin, unit]; true = hidden; at least one is.</param>
    /// <param name="visibleScale">What the visible counts are multiplied by: 1, or 1/(1 − ratio) to keep their expected sum.</param>
    /// <param name="input">[unit, bin, batch]: what the network sees.</param>
    /// <param name="weights">[unit, bin, batch]: 1/(hidden entries) where hidden, else 0.</param>
    /// <param name="weightedCounts">[unit, bin, batch]: weight · count.</param>
    public static void Fill(
        TrialTensor counts, ReadOnlySpan<int> trials, ReadOnlySpan<bool> mask, float visibleScale, Span<float> input, Span<float> weights, Span<float> weightedCounts)
    {
        (int bins, int units, int batch) = (counts.Bins, counts.Units, trials.Length);
        float weight = 1f / mask.Count(true);
        for (int b = 0, i = 0; b < batch; b++)
        {
            ReadOnlySpan<float> trial = counts.Trial(trials[b]);
            for (int j = 0; j < trial.Length; j++, i++)
            {
                int at = (((j % units * bins) + (j / units)) * batch) + b;
                float count = trial[j];
                input[at] = mask[i] ? 0 : count * visibleScale;
                weights[at] = mask[i] ? weight : 0;
                weightedCounts[at] = mask[i] ? weight * count : 0;
            }
        }
    }
}
