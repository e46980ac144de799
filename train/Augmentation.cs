namespace UnetSpikes.Train;

/// <summary>Changes of the training trials that the network should not mind.</summary>
/// <param name="FlipProbability">Probability of each trial to run backwards in time. [TRAIN.FLIP]</param>
/// <param name="Jitter">Each trial is moved by up to so many bins, earlier or later. [TRAIN.JITTER]</param>
/// <param name="UnitDropout">Probability of each unit to be silent in the input of a whole batch; the target keeps it. [TRAIN.UNIT_DROPOUT]</param>
public sealed record Augmentation(double FlipProbability = 0, int Jitter = 0, double UnitDropout = 0)
{
    /// <summary>Copies a trial, flipped and then moved.</summary>
    /// <param name="trial">[bin, unit].</param>
    /// <param name="units">Units.</param>
    /// <param name="isFlipped">Whether the last bin becomes the first.</param>
    /// <param name="shift">Bins to move by; above 0 = later.</param>
    /// <param name="arranged">[bin, unit], overwritten; zero where the trial has no bin to give.</param>
    /// <returns>The bins that hold data; the others are to be neither shown nor counted.</returns>
    public static Range Arrange(ReadOnlySpan<float> trial, int units, bool isFlipped, int shift, Span<float> arranged)
    {
        int bins = trial.Length / units;
        (int first, int end) = (Math.Max(0, shift), Math.Min(bins, bins + shift));
        arranged.Clear();
        for (int bin = first; bin < end; bin++)
        {
            int from = isFlipped ? bins - 1 - (bin - shift) : bin - shift;
            trial.Slice(from * units, units).CopyTo(arranged[(bin * units)..]);
        }

        return first..end;
    }
}
