using System.Runtime.InteropServices;
using UnetSpikes.Core;

namespace UnetSpikes.Train.Masks;

/// <summary>What a hidden entry becomes in the input. Each takes what it needs from the visible entries of the same unit and trial.</summary>
public enum MaskFill
{
    /// <summary>Zero, as a bin without spikes.</summary>
    Zero,

    /// <summary>The mean of the visible bins.</summary>
    Mean,

    /// <summary>The nearest visible bin; of two equally near ones the earlier.</summary>
    Nearest,

    /// <summary>A straight line between the visible bins on either side; constant beyond the first and the last.</summary>
    Linear,

    /// <summary>Zero, and the network is told: it sees the mask as a second set of input channels.</summary>
    Channel,
}

/// <summary>Replaces hidden entries, in training and in validation alike.</summary>
/// <param name="fill">What they become.</param>
/// <param name="unitMeans">Each unit's mean over the training data: what it becomes in a trial where none of its bins is visible.</param>
public sealed class Filling(MaskFill fill, float[] unitMeans)
{
    private readonly float[] _means = new float[unitMeans.Length];
    private readonly int[] _visible = new int[unitMeans.Length];

    /// <summary>The filling of a data set.</summary>
    /// <param name="fill">What hidden entries become.</param>
    /// <param name="training">Counts of the training trials, [trial, bin, unit].</param>
    /// <param name="seen">What of them a network sees; null = all.</param>
    public static Filling Of(MaskFill fill, TrialTensor training, ObservedPart? seen = null)
    {
        ObservedPart observed = seen ?? new ObservedPart(training.Bins, training.Units);
        double[] means = PoissonLikelihood.MeanRates(observed.Of(training));
        return new Filling(fill, Array.ConvertAll(means, mean => double.IsFinite(mean) ? (float)mean : 0));
    }

    /// <summary>Replaces the hidden entries of one trial.</summary>
    /// <param name="trial">[bin, unit]; hidden entries are overwritten whatever they hold.</param>
    /// <param name="hidden">[bin, unit].</param>
    public void Apply(Span<float> trial, ReadOnlySpan<bool> hidden)
    {
        switch (fill)
        {
            case MaskFill.Mean:
                FillMeans(trial, hidden);
                break;
            case MaskFill.Nearest:
            case MaskFill.Linear:
                FillGaps(trial, hidden);
                break;
            default:
                Selection.ZeroWhere(trial, hidden);
                break;
        }
    }

    /// <summary>Sums over the visible bins, then adds the mean where a zero has taken the hidden count's place.</summary>
    private void FillMeans(Span<float> trial, ReadOnlySpan<bool> hidden)
    {
        int units = unitMeans.Length;
        Selection.ZeroWhere(trial, hidden);
        ReadOnlySpan<byte> isHidden = MemoryMarshal.Cast<bool, byte>(hidden);
        Array.Clear(_means);
        Array.Fill(_visible, trial.Length / units);
        for (int row = 0; row < trial.Length; row += units)
        {
            for (int unit = 0; unit < units; unit++)
            {
                _means[unit] += trial[row + unit];
                _visible[unit] -= isHidden[row + unit];
            }
        }

        for (int unit = 0; unit < units; unit++)
        {
            _means[unit] = _visible[unit] == 0 ? unitMeans[unit] : _means[unit] / _visible[unit];
        }

        for (int row = 0; row < trial.Length; row += units)
        {
            for (int unit = 0; unit < units; unit++)
            {
                trial[row + unit] += isHidden[row + unit] * _means[unit];
            }
        }
    }

    /// <summary>Walks each unit from one visible bin to the next and fills the hidden ones between.</summary>
    private void FillGaps(Span<float> trial, ReadOnlySpan<bool> hidden)
    {
        bool isLinear = fill == MaskFill.Linear;
        int units = unitMeans.Length;
        int bins = trial.Length / units;
        for (int unit = 0; unit < units; unit++)
        {
            int left = -1;
            for (int right = 0; right <= bins; right++)
            {
                if (right < bins && hidden[(right * units) + unit])
                {
                    continue;
                }

                // Beyond the first and the last visible bin both neighbours are the one there is.
                float before = left >= 0 ? trial[(left * units) + unit] : right < bins ? trial[(right * units) + unit] : unitMeans[unit];
                float after = right < bins ? trial[(right * units) + unit] : before;
                for (int bin = left + 1; bin < right; bin++)
                {
                    trial[(bin * units) + unit] = isLinear
                        ? before + ((after - before) * (bin - left) / (right - left))
                        : bin - left <= right - bin ? before : after;
                }

                left = right;
            }
        }
    }
}
