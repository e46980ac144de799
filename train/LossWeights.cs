using System.Numerics.Tensors;
using UnetSpikes.Train.Masks;

namespace UnetSpikes.Train;

/// <summary>How much each entry of a batch counts in the loss: a mean over hidden entries and over those that the network never sees.</summary>
/// <remarks>
/// A hidden entry counts once, one of a held-out unit or of a forward bin as often as the options say; what was not recorded does not count. As in
/// NDT on the Neural Latents Benchmark, all are in one mean.
/// </remarks>
/// <param name="heldOut">How often an entry of a held-out unit counts.</param>
/// <param name="forward">How often an entry of a forward bin counts, whatever its unit.</param>
internal sealed class LossWeights(double heldOut, double forward)
{
    /// <summary>Fills the batch's weights; their sum is the share of the entries seen and 1 of the others, over the number that counts.</summary>
    /// <param name="batch">Its target and covered bins are known; gaps are still NaN.</param>
    /// <param name="counted">The seen entries that count, [trial, bin, unit].</param>
    /// <param name="share">What those are multiplied by: 1, when thinning the ratio.</param>
    public void Weigh(BatchBuffers batch, bool[] counted, double share = 1)
    {
        float[] weights = batch.Weights.Values;
        double unseen = batch.IsAllSeen ? 0 : WeighUnseen(batch);
        // Where jitter has left no bin of the mask there is nothing to learn from this batch: all weights are zero.
        double total = Math.Max(1, counted.AsSpan().Count(true) + unseen);
        float weight = (float)(share / total);
        if (batch.IsAllSeen)
        {
            Array.Fill(weights, weight);
            Selection.ZeroElsewhere(weights, counted);
            return;
        }

        TensorPrimitives.Multiply(weights, (float)(1 / total), weights);
        BatchShape seen = batch.SeenShape;
        for (int row = 0; row < seen.Trials * seen.Bins; row++)
        {
            Span<float> of = weights.AsSpan(batch.WholeRow(row), seen.Units);
            of.Fill(weight);
            Selection.ZeroElsewhere(of, counted.AsSpan(row * seen.Units, seen.Units));
        }
    }

    /// <summary>Writes how often each entry that is never seen counts, 0 for the others.</summary>
    /// <returns>Their sum.</returns>
    private double WeighUnseen(BatchBuffers batch)
    {
        (BatchShape whole, BatchShape seen) = (batch.Whole, batch.SeenShape);
        double sum = 0;
        for (int trial = 0; trial < whole.Trials; trial++)
        {
            Span<float> weights = batch.Weights.Trial(trial);
            ReadOnlySpan<float> target = batch.Target.Trial(trial);
            weights.Clear();
            (int first, int covered) = batch.Covered[trial].GetOffsetAndLength(whole.Bins);
            for (int bin = first; bin < first + covered; bin++)
            {
                bool isForward = bin >= seen.Bins;
                double times = isForward ? forward : heldOut;
                for (int unit = isForward ? 0 : seen.Units; unit < whole.Units; unit++)
                {
                    int at = (bin * whole.Units) + unit;
                    weights[at] = float.IsNaN(target[at]) ? 0 : (float)times;
                    sum += weights[at];
                }
            }
        }

        return sum;
    }
}
