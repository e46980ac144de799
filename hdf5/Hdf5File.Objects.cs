using System.Text;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Native;

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
    public IReadOnlyList<string> Keys(string group = "/")
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        using H5Id id = Hdf5Error.CheckRead(H5L.OpenObject(_id, group, 0), Path, group, "is missing, expected a group");
        Hdf5Error.CheckRead(H5G.GetInfo(id, out H5G.Info info), Path, group, "is not a readable group");
        var names = new List<string>();
        for (ulong i = 0; i < info.LinkCount; i++)
        {
            names.Add(LinkName(id, group, i));
        }

        return names;
    }

    /// <summary>What <paramref name="path"/> leads to.</summary>
    /// <param name="path">Such as <c>/train_data</c>.</param>
    public Hdf5ObjectKind Kind(string path)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        if (!LinkExists(path))
        {
            return Hdf5ObjectKind.Missing;
        }

        using H5Id id = H5L.OpenObject(_id, path, 0);
        if (id.IsInvalid)
        {
            return Hdf5ObjectKind.Missing;
        }

        return H5I.GetKind(id) switch
        {
            H5I.Group => Hdf5ObjectKind.Group,
            H5I.Dataset => Hdf5ObjectKind.Dataset,
            _ => Hdf5ObjectKind.Other,
        };
    }

    /// <summary>Whether there is a dataset at <paramref name="path"/>.</summary>
    /// <param name="path">Such as <c>/train_data</c>.</param>
    public bool HasDataset(string path) => Kind(path) == Hdf5ObjectKind.Dataset;

    /// <summary>Opens a dataset; the same object each time.</summary>
    /// <param name="path">Such as <c>/train_data</c>.</param>
    /// <exception cref="DataFormatException">There is none, or it is damaged.</exception>
    public Hdf5Dataset Dataset(string path)
    {
        using Lock.Scope gate = Hdf5Library.Enter();
        if (_datasets.TryGetValue(path, out Hdf5Dataset? known))
        {
            return known;
        }

        if (!LinkExists(path))
        {
            throw new DataFormatException(Path, path, "is missing, expected a dataset");
        }

        H5Id id = Hdf5Error.CheckRead(H5L.OpenObject(_id, path, 0), Path, path, "cannot be opened, it may be damaged");
        if (H5I.GetKind(id) != H5I.Dataset)
        {
            id.Dispose();
            throw new DataFormatException(Path, path, "is not a dataset");
        }

        return _datasets[path] = Hdf5Dataset.Open(this, path, id);
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

    /// <summary>Each part of the path has to be a link: HDF5 itself fails where a parent is missing.</summary>
    private bool LinkExists(string path)
    {
        for (int end = path.IndexOf('/', 1); ; end = path.IndexOf('/', end + 1))
        {
            string part = end < 0 ? path : path[..end];
            if (part is not ("/" or "") && H5L.Exists(_id, part, 0) <= 0)
            {
                return false;
            }

            if (end < 0)
            {
                return true;
            }
        }
    }

    private string LinkName(H5Id group, string groupPath, ulong index)
    {
        const int ByName = 0; // H5_INDEX_NAME
        const int Increasing = 0; // H5_ITER_INC
        nint length = H5L.GetNameByIndex(group, ".", ByName, Increasing, index, default, 0, 0);
        Hdf5Error.CheckRead(length, Path, groupPath, "cannot be listed, it may be damaged");
        var bytes = new byte[(int)length + 1];
        length = H5L.GetNameByIndex(group, ".", ByName, Increasing, index, bytes, (nuint)bytes.Length, 0);
        Hdf5Error.CheckRead(length, Path, groupPath, "cannot be listed, it may be damaged");
        return Encoding.UTF8.GetString(bytes.AsSpan(0, bytes.Length - 1));
    }
}
