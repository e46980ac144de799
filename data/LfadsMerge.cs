using UnetSpikes.Core;

namespace UnetSpikes.Data;

/// <summary>Putting training and validation trials back into the order of the experiment, as LFADS does by their indices.</summary>
internal static class LfadsMerge
{
    /// <summary>Merges by indices, 0- or 1-based; without indices, training trials come first.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="train">Training trials.</param>
    /// <param name="valid">Validation trials.</param>
    /// <param name="hasIndices">Whether the file has both <c>train_inds</c> and <c>valid_inds</c>.</param>
    /// <exception cref="DataFormatException">The trials differ in length, or the indices are not each trial once.</exception>
    public static SpikeSplit Merge(string path, SpikeSplit train, SpikeSplit valid, bool hasIndices)
    {
        if (train.Counts.Bins != valid.Counts.Bins)
        {
            throw new DataFormatException(
                path, "/valid_data", $"has trials of {valid.Counts.Bins} bins where /train_data has {train.Counts.Bins}; trials of different lengths cannot be merged");
        }

        int trials = train.Counts.Trials + valid.Counts.Trials;
        int[] trainPlaces = [.. Enumerable.Range(0, train.Counts.Trials)];
        int[] validPlaces = [.. Enumerable.Range(train.Counts.Trials, valid.Counts.Trials)];
        if (hasIndices)
        {
            // MATLAB counts from 1; a zero anywhere says that this file does not.
            int first = train.TrialIds.Concat(valid.TrialIds).DefaultIfEmpty(0).Min() > 0 ? 1 : 0;
            trainPlaces = [.. train.TrialIds.Select(id => id - first)];
            validPlaces = [.. valid.TrialIds.Select(id => id - first)];
            RequireEachOnce(path, trainPlaces, validPlaces, trials, first);
        }

        int[]? both(Func<SpikeSplit, int[]?> of) => of(train) is { } a && of(valid) is { } b
            ? MergeNumbers(a, b, trainPlaces, validPlaces)
            : null;
        TrialTensor? tensors(Func<SpikeSplit, TrialTensor?> of) => of(train) is { } a && of(valid) is { } b && a.Units == b.Units
            ? TrialPieces.Merge(a, b, trainPlaces, validPlaces)
            : null;
        return new SpikeSplit
        {
            Counts = TrialPieces.Merge(train.Counts, valid.Counts, trainPlaces, validPlaces),
            Rates = tensors(s => s.Rates),
            Latents = tensors(s => s.Latents),
            TrialIds = MergeNumbers(train.TrialIds, valid.TrialIds, trainPlaces, validPlaces),
            Conditions = both(s => s.Conditions),
        };
    }

    private static void RequireEachOnce(string path, int[] trainPlaces, int[] validPlaces, int trials, int first)
    {
        var isTaken = new bool[trials];
        foreach ((int place, string key) in trainPlaces.Select(p => (p, "/train_inds")).Concat(validPlaces.Select(p => (p, "/valid_inds"))))
        {
            if (place < 0 || place >= trials || isTaken[place])
            {
                throw new DataFormatException(
                    path, key, $"has index {place + first}, expected each of {first} … {trials - 1 + first} once in train_inds and valid_inds together");
            }

            isTaken[place] = true;
        }
    }

    private static int[] MergeNumbers(int[] first, int[] second, int[] firstPlaces, int[] secondPlaces)
    {
        var merged = new int[first.Length + second.Length];
        for (int i = 0; i < first.Length; i++)
        {
            merged[firstPlaces[i]] = first[i];
        }

        for (int i = 0; i < second.Length; i++)
        {
            merged[secondPlaces[i]] = second[i];
        }

        return merged;
    }
}
