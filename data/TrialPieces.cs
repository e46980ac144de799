using UnetSpikes.Core;

namespace UnetSpikes.Data;

/// <summary>Rearranging the trials of a tensor: choosing some, cutting them, joining two sets. Pure functions.</summary>
internal static class TrialPieces
{
    /// <summary>Some of the trials, in the order given.</summary>
    public static TrialTensor Take(TrialTensor source, IReadOnlyList<int> trials)
    {
        var taken = new TrialTensor(trials.Count, source.Bins, source.Units);
        for (int i = 0; i < trials.Count; i++)
        {
            source.Trial(trials[i]).CopyTo(taken.Trial(i));
        }

        return taken;
    }

    /// <summary>Pieces of <paramref name="bins"/> bins: all first pieces, then all second pieces, and so on.</summary>
    public static TrialTensor Chop(TrialTensor source, int bins)
    {
        int pieces = source.Bins / bins;
        var chopped = new TrialTensor(source.Trials * pieces, bins, source.Units);
        for (int piece = 0; piece < pieces; piece++)
        {
            for (int trial = 0; trial < source.Trials; trial++)
            {
                source.Trial(trial).Slice(piece * bins * source.Units, bins * source.Units)
                    .CopyTo(chopped.Trial((piece * source.Trials) + trial));
            }
        }

        return chopped;
    }

    /// <summary>Two sets of trials in one, each trial at its place.</summary>
    /// <param name="first">The one set.</param>
    /// <param name="second">The other, of the same bins and units.</param>
    /// <param name="firstPlaces">Where each trial of <paramref name="first"/> goes; with the others, each place once.</param>
    /// <param name="secondPlaces">Where each trial of <paramref name="second"/> goes.</param>
    public static TrialTensor Merge(TrialTensor first, TrialTensor second, int[] firstPlaces, int[] secondPlaces)
    {
        var merged = new TrialTensor(first.Trials + second.Trials, first.Bins, first.Units);
        for (int i = 0; i < firstPlaces.Length; i++)
        {
            first.Trial(i).CopyTo(merged.Trial(firstPlaces[i]));
        }

        for (int i = 0; i < secondPlaces.Length; i++)
        {
            second.Trial(i).CopyTo(merged.Trial(secondPlaces[i]));
        }

        return merged;
    }
}
