using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Train;

/// <summary>Trials per step where they are not one number: sizes that follow one another, or a size drawn for each step.</summary>
public sealed class BatchSizes
{
    private readonly (int Size, long From)[] _phases;
    private readonly bool _isDrawn;

    private BatchSizes((int Size, long From)[] phases, bool isDrawn) => (_phases, _isDrawn) = (phases, isDrawn);

    /// <summary>The largest of them.</summary>
    public int Largest => _phases.Max(phase => phase.Size);

    /// <summary>Always the same size.</summary>
    /// <param name="size">At least 1.</param>
    public static BatchSizes Always(int size) => new([(size, 0)], isDrawn: false);

    /// <summary>Reads "64@0,256@1000" (64 trials from the start, 256 from update 1000 on) or "32,64,128" (one of them at random for each step).</summary>
    /// <param name="text">Sizes separated by commas.</param>
    /// <returns>Null when it is neither.</returns>
    public static BatchSizes? Parse(string text)
    {
        string[][] parts = [.. text.Split(',').Select(part => part.Split('@', StringSplitOptions.TrimEntries))];
        bool isDrawn = Array.TrueForAll(parts, part => part.Length == 1);
        if (!isDrawn && !Array.TrueForAll(parts, part => part.Length == 2))
        {
            return null;
        }

        var phases = new (int Size, long From)[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            long from = 0;
            bool isRead = int.TryParse(parts[i][0], NumberStyles.None, CultureInfo.InvariantCulture, out int size)
                && (isDrawn || long.TryParse(parts[i][1], NumberStyles.None, CultureInfo.InvariantCulture, out from));
            bool isInOrder = isDrawn || (i == 0 ? from <= 1 : from > phases[i - 1].From);
            if (!isRead || size < 1 || !isInOrder)
            {
                return null;
            }

            phases[i] = (size, from);
        }

        return new BatchSizes(phases, isDrawn);
    }

    /// <summary>The size of a step.</summary>
    /// <param name="step">From 1.</param>
    /// <param name="rng">The stream for batch sizes; drawn from only where sizes are drawn.</param>
    public int At(long step, Rng rng) =>
        _isDrawn ? _phases[rng.NextInt(_phases.Length)].Size : _phases.Last(phase => phase.From <= step).Size;
}
