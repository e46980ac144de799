using UnetSpikes.Core;

namespace UnetSpikes.Train;

/// <summary>What is hidden together.</summary>
public enum MaskMode
{
    /// <summary>Whole bins, the same ones in every trial and unit of the batch (the ancestor's way).</summary>
    Timestep,

    /// <summary>Whole units, the same ones in every trial and bin of the batch.</summary>
    Neuron,

    /// <summary>Every unit × bin × trial on its own.</summary>
    Entry,
}

/// <summary>Draws masks: true = hidden from the model, counted in the loss.</summary>
/// <param name="Mode">What is hidden together.</param>
/// <param name="Ratio">Probability of being hidden, between 0 and 1.</param>
public sealed record Masking(MaskMode Mode, double Ratio)
{
    /// <summary>Fills a mask; at least one entry is hidden, so that the loss is a mean of something.</summary>
    /// <param name="mask">[trial, bin, unit], overwritten.</param>
    /// <param name="trials">Trials.</param>
    /// <param name="bins">Bins.</param>
    /// <param name="units">Units.</param>
    /// <param name="rng">The stream for masks.</param>
    public void Draw(Span<bool> mask, int trials, int bins, int units, Rng rng)
    {
        if (mask.Length != trials * bins * units)
        {
            throw new ArgumentException($"{mask.Length} entries cannot be [{trials}, {bins}, {units}]", nameof(mask));
        }

        if (mask.IsEmpty)
        {
            return;
        }

        switch (Mode)
        {
            case MaskMode.Entry:
                DrawSet(mask, rng);
                break;
            case MaskMode.Timestep:
                bool[] hiddenBins = new bool[bins];
                DrawSet(hiddenBins, rng);
                for (int i = 0; i < mask.Length; i++)
                {
                    mask[i] = hiddenBins[i / units % bins];
                }

                break;
            case MaskMode.Neuron:
                bool[] hiddenUnits = new bool[units];
                DrawSet(hiddenUnits, rng);
                for (int i = 0; i < mask.Length; i++)
                {
                    mask[i] = hiddenUnits[i % units];
                }

                break;
            default:
                throw new InvalidOperationException($"no mask mode {Mode}");
        }
    }

    /// <summary>Every entry's fold when a data set is hidden piece by piece: each entry is hidden in exactly one fold.</summary>
    /// <param name="count">Entries.</param>
    /// <param name="folds">At most 255.</param>
    /// <param name="rng">The stream for validation folds.</param>
    public static byte[] Folds(int count, int folds, Rng rng)
    {
        var fold = new byte[count];
        foreach (ref byte f in fold.AsSpan())
        {
            f = (byte)rng.NextInt(folds);
        }

        return fold;
    }

    /// <summary>Hides each with the same probability; again from the start while none is hidden.</summary>
    private void DrawSet(Span<bool> set, Rng rng)
    {
        do
        {
            foreach (ref bool hidden in set)
            {
                hidden = rng.NextSingle() < Ratio;
            }
        }
        while (!set.Contains(true));
    }
}
