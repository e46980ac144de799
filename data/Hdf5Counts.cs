using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>Finds arrays of counts by name at the root of an HDF5 file.</summary>
/// <remarks>
/// LFADS's <c>train_data</c>, <c>valid_data</c> (and <c>test_</c>, <c>eval_</c>), the benchmark's <c>*_spikes*</c>, or plain <c>spikes</c>, <c>counts</c>,
/// <c>data</c>; [trial, bin, unit], or [bin, unit] for one long trial.
/// </remarks>
public static class Hdf5Counts
{
    /// <summary>The end of the benchmark's keys of counts that a model sees.</summary>
    public const string HeldIn = "_heldin";

    private const string HeldOut = "_heldout";
    private const string Forward = "_forward";

    /// <summary>Whether a root key is one that counts go by.</summary>
    /// <param name="name">Without a slash.</param>
    public static bool IsCountsName(string name) =>
        name is "spikes" or "counts" or "data" or "train_data" or "valid_data" or "test_data" or "eval_data"
        || name.EndsWith("_counts", StringComparison.Ordinal)
        || name.Contains("_spikes", StringComparison.Ordinal) || name.Contains("_data_held", StringComparison.Ordinal);

    /// <summary>Whether an array holds what the benchmark has models predict unseen: held-out units, or bins after the trial.</summary>
    /// <param name="name">Without a slash.</param>
    public static bool IsTargetName(string name) => name.EndsWith(HeldOut, StringComparison.Ordinal) || name.EndsWith(Forward, StringComparison.Ordinal);

    /// <summary>Opens a file and finds its counts.</summary>
    /// <exception cref="DataFormatException">Not a readable HDF5 file, or it holds no counts of rank 2 or 3.</exception>
    internal static CountsSource Open(string path)
    {
        Hdf5File file = Hdf5File.OpenRead(path);
        try
        {
            IReadOnlyList<string>? unitIds = Shapes.ReadUnitIds(file);
            CountsArray[] arrays = [.. file.Keys()
                .Where(name => IsCountsName(name) && file.HasDataset("/" + name))
                .Select(name => Open(file, name, unitIds))];
            return arrays.Length > 0
                ? new CountsSource(path, "HDF5", arrays, unitIds, file)
                : throw new DataFormatException(
                    path, "/", "holds no spike counts, expected train_data, valid_data, *_spikes*, spikes, counts or data");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Takes a dataset for counts after checking that it can be.</summary>
    private static CountsArray Open(Hdf5File file, string name, IReadOnlyList<string>? unitIds)
    {
        Hdf5Dataset dataset = file.Dataset("/" + name);
        if (!dataset.ElementType.IsNumeric)
        {
            throw dataset.Error($"is of type {dataset.ElementType}, expected spike counts");
        }

        if (dataset.Shape.Count is not (2 or 3))
        {
            throw dataset.Error($"has {dataset.Shape.Count} {(dataset.Shape.Count == 1 ? "axis" : "axes")}, expected 3 [trial, bin, unit] or 2 [bin, unit]");
        }

        int[] shape = Shapes.ToInt(dataset);
        bool isTrials = shape.Length == 3;
        int[] sizes = isTrials ? shape : [1, .. shape];
        string inds = $"/{name.Split('_')[0]}_inds";
        bool hasIds = isTrials && file.HasDataset(inds) && file.Dataset(inds).Count == sizes[0];
        return new CountsArray(name, sizes[0], sizes[1], sizes[2], (trial, firstBin, binCount, into) => CountsReader.Read(
            dataset, isTrials ? [trial, firstBin, 0] : [firstBin, 0], isTrials ? [1, binCount, sizes[2]] : [binCount, sizes[2]], into, gapsAllowed: true))
        {
            BinWidthMs = Shapes.ReadBinWidthMs(file, "/" + name),
            UnitIds = unitIds is null ? null : PartOf(unitIds, file, name, sizes[2]),
            TrialIds = hasIds ? Shapes.ReadIntegers(file.Dataset(inds), sizes[0]) : null,
        };
    }

    /// <summary>The benchmark's files name the units held in, then those held out; an array has the ones or the others.</summary>
    /// <returns>Null where the array has all units, or the names do not go with the arrays.</returns>
    private static IReadOnlyList<string>? PartOf(IReadOnlyList<string> all, Hdf5File file, string name, int units)
    {
        string stem = name.EndsWith(Forward, StringComparison.Ordinal) ? name[..^Forward.Length] : name;
        bool isHeldIn = stem.EndsWith(HeldIn, StringComparison.Ordinal);
        if (units == all.Count || !(isHeldIn || stem.EndsWith(HeldOut, StringComparison.Ordinal)))
        {
            return null;
        }

        string other = isHeldIn ? HeldOut : HeldIn;
        bool isWhole = file.Keys().Any(key => key.EndsWith(other, StringComparison.Ordinal) && file.HasDataset("/" + key)
            && file.Dataset("/" + key).Shape is [.., long others] && units + others == all.Count);
        return !isWhole ? null
            : isHeldIn ? [.. all.Take(units)] : [.. all.Skip(all.Count - units)];
    }
}
