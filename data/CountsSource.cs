using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>The spike counts of any HDF5 file, read by pieces in bounded memory: what inference runs over.</summary>
/// <remarks>
/// Counts are found by name at the file's root: LFADS's <c>train_data</c>, <c>valid_data</c> (and <c>test_</c>, <c>eval_</c>), NLB's <c>*_spikes*</c>,
/// or plain <c>spikes</c>, <c>counts</c>, <c>data</c>; [trial, bin, unit], or [bin, unit] for one long trial.
/// </remarks>
public sealed class CountsSource : IDisposable
{
    private readonly Hdf5File _file;

    private CountsSource(Hdf5File file, IReadOnlyList<CountsArray> arrays, IReadOnlyList<string>? unitIds)
    {
        _file = file;
        Arrays = arrays;
        UnitIds = unitIds;
    }

    /// <summary>The file's path, as given.</summary>
    public string Path => _file.Path;

    /// <summary>The arrays of counts, in alphabetical order; at least one.</summary>
    public IReadOnlyList<CountsArray> Arrays { get; }

    /// <summary>Names of the units from <c>/unit_ids</c>; null when the file has none.</summary>
    public IReadOnlyList<string>? UnitIds { get; }

    /// <summary>Opens a file and finds its counts.</summary>
    /// <param name="path">An HDF5 file.</param>
    /// <exception cref="DataFormatException">Not a readable HDF5 file, or it holds no counts of rank 2 or 3.</exception>
    public static CountsSource Open(string path)
    {
        Hdf5File file = Hdf5File.OpenRead(path);
        try
        {
            CountsArray[] arrays = [.. file.Keys()
                .Where(name => IsCountsName(name) && file.HasDataset("/" + name))
                .Select(name => CountsArray.Open(file, name))];
            return arrays.Length > 0
                ? new CountsSource(file, arrays, Shapes.ReadUnitIds(file))
                : throw new DataFormatException(
                    path, "/", "holds no spike counts, expected train_data, valid_data, *_spikes*, spikes, counts or data");
        }
        catch (UnetSpikesException)
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a root key is one that counts go by.</summary>
    /// <param name="name">Without a slash.</param>
    public static bool IsCountsName(string name) =>
        name is "spikes" or "counts" or "data" or "train_data" or "valid_data" or "test_data" or "eval_data"
        || name.EndsWith("_counts", StringComparison.Ordinal)
        || name.Contains("_spikes", StringComparison.Ordinal) || name.Contains("_data_held", StringComparison.Ordinal);

    /// <summary>One array by name.</summary>
    /// <param name="name">Such as <c>valid_data</c>.</param>
    /// <exception cref="DataFormatException">There is none of that name.</exception>
    public CountsArray Array(string name) =>
        Arrays.FirstOrDefault(a => a.Name == name)
        ?? throw new DataFormatException(Path, "/" + name, $"is missing, expected one of {string.Join(", ", Arrays.Select(a => a.Name))}");

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
