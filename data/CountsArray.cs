using UnetSpikes.Core;

namespace UnetSpikes.Data;

/// <summary>One array of counts, [trial, bin, unit]; nothing is read until asked for.</summary>
/// <param name="name">The key, without a slash.</param>
/// <param name="trials">Number of trials.</param>
/// <param name="bins">Bins per trial.</param>
/// <param name="units">Number of units.</param>
/// <param name="read">Reads consecutive bins of a trial; arguments are checked.</param>
public sealed class CountsArray(string name, int trials, int bins, int units, CountsArray.CountsReading read)
{
    /// <summary>Reads consecutive bins of a trial.</summary>
    /// <param name="trial">From 0.</param>
    /// <param name="firstBin">From 0.</param>
    /// <param name="binCount">How many bins.</param>
    /// <param name="destination">Receives [bin, unit].</param>
    public delegate void CountsReading(int trial, int firstBin, int binCount, Span<float> destination);

    /// <summary>The key, without a slash, such as <c>valid_data</c>.</summary>
    public string Name => name;

    /// <summary>Number of trials; 1 for an array of [bin, unit].</summary>
    public int Trials => trials;

    /// <summary>Bins per trial.</summary>
    public int Bins => bins;

    /// <summary>Number of units.</summary>
    public int Units => units;

    /// <summary>Width of a bin in milliseconds; null when the file does not say.</summary>
    public double? BinWidthMs { get; init; }

    /// <summary>Names of the units where the array has not all that the file names; null = as <see cref="CountsSource.UnitIds"/>.</summary>
    public IReadOnlyList<string>? UnitIds { get; init; }

    /// <summary>Each trial's number from the file's indices (<c>train_inds</c> for <c>train_data</c>); null when it has none that fit.</summary>
    public IReadOnlyList<int>? TrialIds { get; init; }

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
        ArgumentOutOfRangeException.ThrowIfNegative(firstBin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)firstBin + binCount, Bins, nameof(binCount));
        if (destination.Length < (long)binCount * Units)
        {
            throw new ArgumentException($"{destination.Length} values cannot hold {binCount} bins of {Units} units", nameof(destination));
        }

        read(trial, firstBin, binCount, destination);
    }
}
