using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Models.Import;

/// <summary>Names and shapes of a file's arrays, as questions.</summary>
/// <param name="state">The arrays.</param>
internal sealed class ArrayShapes(StateDict state)
{
    public string Path => state.Path;

    public IReadOnlyDictionary<string, NamedArray> Arrays => state.Arrays;

    public bool Has(string name) => Arrays.ContainsKey(name);

    public bool Any(string prefix) => Arrays.Keys.Any(name => name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>How many numbers, from 0 on, stand between a prefix and the rest of a name.</summary>
    /// <param name="prefix">Such as <c>downsample_layers</c>.</param>
    public int Levels(string prefix) => Enumerable.Range(0, int.MaxValue).TakeWhile(i => Any(string.Create(CultureInfo.InvariantCulture, $"{prefix}.{i}."))).Count();

    /// <summary>A size of an array.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="axis">Which size.</param>
    /// <param name="rank">How many it must have.</param>
    /// <exception cref="CheckpointException">There is no such array, or it has another number of sizes, or one that no network has.</exception>
    public int Size(string name, int axis, int rank)
    {
        if (!Arrays.TryGetValue(name, out NamedArray? array))
        {
            throw new CheckpointException(Path, name, $"is missing; the file holds {Listing()}");
        }

        return array.Dims.Length == rank && array.Dims[axis] is > 0 and <= int.MaxValue
            ? (int)array.Dims[axis]
            : throw new CheckpointException(Path, name, $"is [{string.Join(", ", array.Dims)}], expected {rank} sizes above 0");
    }

    /// <summary>The first few names and how many there are, for a message.</summary>
    public string Listing() => Names.Few(Arrays.Keys);
}
