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
    /// <summary>Whether a root key is one that counts go by.</summary>
    /// <param name="name">Without a slash.</param>
    public static bool IsCountsName(string name) =>
        name is "spikes" or "counts" or "data" or "train_data" or "valid_data" or "test_data" or "eval_data"
        || name.EndsWith("_counts", StringComparison.Ordinal)
        || name.Contains("_spikes", StringComparison.Ordinal) || name.Contains("_data_held", StringComparison.Ordinal);

    /// <summary>Opens a file and finds its counts.</summary>
    /// <exception cref="DataFormatException">Not a readable HDF5 file, or it holds no counts of rank 2 or 3.</exception>
    internal static CountsSource Open(string path)
    {
        Hdf5File file = Hdf5File.OpenRead(path);
        try
        {
            CountsArray[] arrays = [.. file.Keys()
                .Where(name => IsCountsName(name) && file.HasDataset("/" + name))
                .Select(name => Open(file, name))];
            return arrays.Length > 0
                ? new CountsSource(path, "HDF5", arrays, Shapes.ReadUnitIds(file), file)
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
    private static CountsArray Open(Hdf5File file, string name)
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
            TrialIds = hasIds ? Shapes.ReadIntegers(file.Dataset(inds), sizes[0]) : null,
        };
    }
}
