using UnetSpikes.Core;

namespace UnetSpikes.Hdf5;

/// <summary>What a path in a file leads to.</summary>
public enum Hdf5ObjectKind
{
    /// <summary>Nothing, or a link whose target is gone.</summary>
    Missing,

    /// <summary>A group.</summary>
    Group,

    /// <summary>A dataset.</summary>
    Dataset,

    /// <summary>Something else, such as a named type.</summary>
    Other,
}

/// <content>Finding what a file holds.</content>
public sealed partial class Hdf5File
{
    /// <summary>The names in a group, in alphabetical order.</summary>
    /// <param name="group">The group's path.</param>
    /// <exception cref="DataFormatException">There is no such group, or it is damaged.</exception>
    public IReadOnlyList<string> Keys(string group = "/") => Reading.Keys(group);

    /// <summary>What <paramref name="path"/> leads to.</summary>
    /// <param name="path">Such as <c>/train_data</c>.</param>
    public Hdf5ObjectKind Kind(string path) => Reading.Kind(path);

    /// <summary>Whether there is a dataset at <paramref name="path"/>.</summary>
    /// <param name="path">Such as <c>/train_data</c>.</param>
    public bool HasDataset(string path) => Kind(path) == Hdf5ObjectKind.Dataset;

    /// <summary>Opens a dataset; the same object each time.</summary>
    /// <param name="path">Such as <c>/train_data</c>.</param>
    /// <exception cref="DataFormatException">There is none, or it is damaged.</exception>
    public Hdf5Dataset Dataset(string path)
    {
        lock (_datasets)
        {
            return _datasets.TryGetValue(path, out Hdf5Dataset? known)
                ? known
                : _datasets[path] = new Hdf5Dataset(this, path, Reading.Describe(path));
        }
    }

    /// <summary>Reads the one number of a dataset with one element (0-d, or of shape [1], [1, 1] as MATLAB writes).</summary>
    /// <param name="path">Such as <c>/dt</c>.</param>
    /// <exception cref="DataFormatException">There is no such dataset, or it has another size or type.</exception>
    public double ReadNumber(string path)
    {
        Hdf5Dataset dataset = Dataset(path);
        return dataset.Count == 1
            ? dataset.Read<double>()[0]
            : throw new DataFormatException(Path, path, $"has shape {dataset.ShapeText}, expected one number");
    }
}
