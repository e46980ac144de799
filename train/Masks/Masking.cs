using UnetSpikes.Core;

namespace UnetSpikes.Train.Masks;

/// <summary>What is hidden together.</summary>
public enum MaskMode
{
    /// <summary>Whole bins, the same ones in every trial and unit of the batch (the ancestor's way).</summary>
    Timestep,

    /// <summary>Whole units, the same ones in every trial and bin of the batch.</summary>
    Neuron,

    /// <summary>Every unit × bin × trial on its own.</summary>
    Entry,

    /// <summary>Runs of whole bins, each trial's own (after NDT); see <see cref="MaskSpans"/>.</summary>
    Span,

    /// <summary>Single spikes, no entries; see <see cref="Thinning"/>.</summary>
    Thin,
}

/// <summary>What a training step hides from the network, and how much of it.</summary>
/// <param name="Mode">What is hidden together.</param>
/// <param name="Ratio">Probability of being hidden.</param>
public sealed record Masking(MaskMode Mode, MaskRatio Ratio)
{
    /// <summary>Lengths of the runs of <see cref="MaskMode.Span"/>.</summary>
    public MaskSpans Spans { get; init; } = new();

    /// <summary>Fills a mask; at least one entry is hidden, so that the loss is a mean of something.</summary>
    /// <param name="mask">[trial, bin, unit], overwritten; true = hidden from the model, counted in the loss.</param>
    /// <param name="shape">Its size.</param>
    /// <param name="ratio">This step's draw of <see cref="Ratio"/>.</param>
    /// <param name="step">Number of the update, from 1.</param>
    /// <param name="rng">The stream for masks.</param>
    public void Draw(Span<bool> mask, BatchShape shape, double ratio, long step, Rng rng)
    {
        if (mask.Length != shape.Count)
        {
            throw new ArgumentException($"{mask.Length} entries cannot be {shape}", nameof(mask));
        }

        if (mask.IsEmpty)
        {
            return;
        }

        do
        {
            DrawOnce(mask, shape, ratio, step, rng);
        }
        while (!mask.Contains(true));
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

    private void DrawOnce(Span<bool> mask, BatchShape shape, double ratio, long step, Rng rng)
    {
        switch (Mode)
        {
            case MaskMode.Entry:
                MaskPatterns.Entries(mask, ratio, rng);
                break;
            case MaskMode.Timestep:
                MaskPatterns.Timesteps(mask, shape, ratio, rng);
                break;
            case MaskMode.Neuron:
                MaskPatterns.Neurons(mask, shape, ratio, rng);
                break;
            case MaskMode.Span:
                for (int trial = 0; trial < shape.Trials; trial++)
                {
                    int length = Spans.DrawLength(step, rng);
                    MaskPatterns.Runs(mask.Slice(trial * shape.PerTrial, shape.PerTrial), shape.Units, length, ratio, rng);
                }

                break;
            default:
                throw new InvalidOperationException($"{Mode} hides no entries");
        }
    }
}
