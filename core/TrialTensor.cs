namespace UnetSpikes.Core;

/// <summary>Numbers in the field's axis order: row-major [trial, bin, unit] (or channel, or latent dimension).</summary>
/// <remarks>What the numbers are (counts, rates in spikes per bin, latents) is said by whoever holds it. NaN = not recorded.</remarks>
public sealed class TrialTensor
{
    /// <summary>Wraps values without copying them.</summary>
    /// <param name="trials">Number of trials; may be 0.</param>
    /// <param name="bins">Bins per trial; may be 0.</param>
    /// <param name="units">Units, channels or dimensions; may be 0.</param>
    /// <param name="values">trials · bins · units numbers, row-major.</param>
    public TrialTensor(int trials, int bins, int units, float[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(trials);
        ArgumentOutOfRangeException.ThrowIfNegative(bins);
        ArgumentOutOfRangeException.ThrowIfNegative(units);
        if (values.LongLength != (long)trials * bins * units)
        {
            throw new ArgumentException($"{values.LongLength} values cannot be [{trials}, {bins}, {units}]", nameof(values));
        }

        Trials = trials;
        Bins = bins;
        Units = units;
        Values = values;
    }

    /// <summary>Makes a tensor of zeros.</summary>
    /// <param name="trials">Number of trials.</param>
    /// <param name="bins">Bins per trial.</param>
    /// <param name="units">Units, channels or dimensions.</param>
    public TrialTensor(int trials, int bins, int units)
        : this(trials, bins, units, new float[checked(trials * bins * units)])
    {
    }

    /// <summary>Number of trials.</summary>
    public int Trials { get; }

    /// <summary>Bins per trial.</summary>
    public int Bins { get; }

    /// <summary>Units, channels or dimensions.</summary>
    public int Units { get; }

    /// <summary>All numbers, row-major [trial, bin, unit]; the tensor's own storage.</summary>
    public float[] Values { get; }

    /// <summary>One number.</summary>
    /// <param name="trial">From 0.</param>
    /// <param name="bin">From 0.</param>
    /// <param name="unit">From 0.</param>
    public float this[int trial, int bin, int unit]
    {
        get => Values[Offset(trial, bin, unit)];
        set => Values[Offset(trial, bin, unit)] = value;
    }

    /// <summary>One trial's numbers, [bin, unit].</summary>
    /// <param name="trial">From 0.</param>
    public Span<float> Trial(int trial) => Values.AsSpan(trial * Bins * Units, Bins * Units);

    /// <summary>Some bins of some units of every trial, copied.</summary>
    /// <param name="bins">Which bins.</param>
    /// <param name="units">Which units.</param>
    public TrialTensor Part(Range bins, Range units)
    {
        (int firstBin, int binCount) = bins.GetOffsetAndLength(Bins);
        (int firstUnit, int unitCount) = units.GetOffsetAndLength(Units);
        var part = new TrialTensor(Trials, binCount, unitCount);
        for (int row = 0; row < Trials * binCount; row++)
        {
            int from = ((((row / binCount) * Bins) + firstBin + (row % binCount)) * Units) + firstUnit;
            Values.AsSpan(from, unitCount).CopyTo(part.Values.AsSpan(row * unitCount));
        }

        return part;
    }

    /// <summary>Whether something in it was not recorded.</summary>
    public bool HasGaps() => Array.Exists(Values, float.IsNaN);

    /// <summary>What a model sees of counts: 0 where nothing was recorded. The tensor itself where there is no gap.</summary>
    public TrialTensor WithZerosForGaps() =>
        HasGaps() ? new TrialTensor(Trials, Bins, Units, Array.ConvertAll(Values, value => float.IsNaN(value) ? 0 : value)) : this;

    /// <summary>True when the other tensor has as many trials, bins and units.</summary>
    /// <param name="other">Any tensor.</param>
    public bool HasShapeOf(TrialTensor other) => Trials == other.Trials && Bins == other.Bins && Units == other.Units;

    /// <summary>"[trials, bins, units]".</summary>
    public override string ToString() => $"[{Trials}, {Bins}, {Units}]";

    // Each index is checked on its own: a bin too many would otherwise silently be the next trial's first.
    private int Offset(int trial, int bin, int unit)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)trial, (uint)Trials, nameof(trial));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)bin, (uint)Bins, nameof(bin));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)unit, (uint)Units, nameof(unit));
        return (((trial * Bins) + bin) * Units) + unit;
    }
}
