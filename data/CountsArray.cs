using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>One array of counts in an open file, [trial, bin, unit]; nothing is read until asked for.</summary>
public sealed class CountsArray
{
    private readonly Hdf5Dataset _dataset;

    private CountsArray(Hdf5Dataset dataset, string name, int trials, int bins, int units)
    {
        _dataset = dataset;
        Name = name;
        Trials = trials;
        Bins = bins;
        Units = units;
    }

    /// <summary>The key, without a slash, such as <c>valid_data</c>.</summary>
    public string Name { get; }

    /// <summary>Number of trials; 1 for an array of [bin, unit].</summary>
    public int Trials { get; }

    /// <summary>Bins per trial.</summary>
    public int Bins { get; }

    /// <summary>Number of units.</summary>
    public int Units { get; }

    /// <summary>Width of a bin in milliseconds; null when the file does not say.</summary>
    public double? BinWidthMs { get; private init; }

    /// <summary>Each trial's number from the file's indices (<c>train_inds</c> for <c>train_data</c>); null when it has none that fit.</summary>
    public IReadOnlyList<int>? TrialIds { get; private init; }

    /// <summary>Reads consecutive bins of a trial.</summary>
    /// <param name="trial">From 0.</param>
    /// <param name="firstBin">From 0.</param>
    /// <param name="binCount">How many bins.</param>
    /// <param name="destination">Receives [bin, unit], binCount · Units values: spikes per bin; NaN = not recorded.</param>
    /// <exception cref="ArgumentException">The bins leave the trial, or the destination is too short.</exception>
    /// <exception cref="DataFormatException">A value is neither a count nor a gap; the message says where.</exception>
    public void Read(int trial, int firstBin, int binCount, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)trial, (uint)Trials, nameof(trial));
        if (destination.Length < (long)binCount * Units)
        {
            throw new ArgumentException($"{destination.Length} values cannot hold {binCount} bins of {Units} units", nameof(destination));
        }

        long[] start = _dataset.Shape.Count == 3 ? [trial, firstBin, 0] : [firstBin, 0];
        long[] count = _dataset.Shape.Count == 3 ? [1, binCount, Units] : [binCount, Units];
        CountsReader.Read(_dataset, start, count, destination, gapsAllowed: true);
    }

    /// <summary>Takes a dataset for counts after checking that it can be.</summary>
    internal static CountsArray Open(Hdf5File file, string name)
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
        int[] sizes = shape.Length == 3 ? shape : [1, .. shape];
        string inds = $"/{name.Split('_')[0]}_inds";
        bool hasIds = shape.Length == 3 && file.HasDataset(inds) && file.Dataset(inds).Count == sizes[0];
        return new CountsArray(dataset, name, sizes[0], sizes[1], sizes[2])
        {
            BinWidthMs = Shapes.ReadBinWidthMs(file, "/" + name),
            TrialIds = hasIds ? Shapes.ReadIntegers(file.Dataset(inds), sizes[0]) : null,
        };
    }
}
