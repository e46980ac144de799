namespace UnetSpikes.Train.Masks;

/// <summary>Entries that were not recorded, NaN: the network sees silence there, and they are in no loss.</summary>
/// <remarks>Silence and not the mask's fill, because that is what a trained model is fed where a recording has a gap.</remarks>
internal static class Gaps
{
    /// <summary>Takes gaps out of the mask, and hides them from what fills hidden entries.</summary>
    /// <param name="counts">Counts of a trial.</param>
    /// <param name="mask">Same entries; false afterwards at a gap.</param>
    /// <param name="hidden">Same entries; true afterwards at a gap.</param>
    public static void Hide(ReadOnlySpan<float> counts, Span<bool> mask, Span<bool> hidden)
    {
        for (int i = 0; i < counts.Length; i++)
        {
            bool isGap = float.IsNaN(counts[i]);
            mask[i] &= !isGap;
            hidden[i] |= isGap;
        }
    }

    /// <summary>Makes gaps silent in the input, and no longer hidden: nothing is told of them.</summary>
    /// <param name="counts">Counts of a trial.</param>
    /// <param name="input">Same entries; 0 afterwards at a gap.</param>
    /// <param name="hidden">Same entries; false afterwards at a gap.</param>
    public static void Silence(ReadOnlySpan<float> counts, Span<float> input, Span<bool> hidden)
    {
        for (int i = 0; i < counts.Length; i++)
        {
            if (float.IsNaN(counts[i]))
            {
                (input[i], hidden[i]) = (0, false);
            }
        }
    }

    /// <summary>Leaves gaps out of a choice of entries.</summary>
    /// <param name="counts">Counts of a trial.</param>
    /// <param name="chosen">Same entries; false afterwards at a gap.</param>
    public static void Leave(ReadOnlySpan<float> counts, Span<bool> chosen)
    {
        for (int i = 0; i < counts.Length; i++)
        {
            chosen[i] &= !float.IsNaN(counts[i]);
        }
    }

    /// <summary>Puts 0 in the place of gaps.</summary>
    /// <param name="values">Changed.</param>
    public static void Zero(Span<float> values)
    {
        foreach (ref float value in values)
        {
            value = float.IsNaN(value) ? 0 : value;
        }
    }
}
