namespace UnetSpikes.Nlb.Scores;

/// <summary>Numbers in double precision, row-major [trial, bin, unit] (or column): what the benchmark's scores are computed on.</summary>
/// <remarks>
/// As in nlb_tools, which promotes what it reads to double: <see cref="Core.TrialTensor"/>'s float32 would round a file of doubles.
/// </remarks>
public sealed class TrialArray
{
    /// <summary>Wraps values without copying them.</summary>
    /// <param name="trials">Number of trials (conditions, of PSTHs); may be 0.</param>
    /// <param name="bins">Bins per trial; may be 0.</param>
    /// <param name="units">Units, or columns of behaviour; at least 1.</param>
    /// <param name="values">trials · bins · units numbers, row-major; NaN = not recorded.</param>
    /// <exception cref="ArgumentException">The number of values is another.</exception>
    public TrialArray(int trials, int bins, int units, double[] values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(trials);
        ArgumentOutOfRangeException.ThrowIfNegative(bins);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(units);
        if (values.LongLength != (long)trials * bins * units)
        {
            throw new ArgumentException($"{values.LongLength} values cannot be [{trials}, {bins}, {units}]", nameof(values));
        }

        (Trials, Bins, Units, Values) = (trials, bins, units, values);
    }

    /// <summary>Number of trials.</summary>
    public int Trials { get; }

    /// <summary>Bins per trial.</summary>
    public int Bins { get; }

    /// <summary>Units, or columns.</summary>
    public int Units { get; }

    /// <summary>All numbers, row-major; the array's own storage.</summary>
    public double[] Values { get; }

    /// <summary>Bins of all trials: rows of units.</summary>
    public int Rows => Trials * Bins;

    /// <summary>One number; indices are not checked beyond the array's ends.</summary>
    /// <param name="trial">From 0.</param>
    /// <param name="bin">From 0.</param>
    /// <param name="unit">From 0.</param>
    public double this[int trial, int bin, int unit] => Values[(((trial * Bins) + bin) * Units) + unit];

    /// <summary>One bin's numbers, [unit].</summary>
    /// <param name="row">trial · bins + bin.</param>
    public ReadOnlySpan<double> Row(int row) => Values.AsSpan(row * Units, Units);

    /// <summary>Held-in and held-out units (or any two arrays of the same trials and bins) as one array, in this order.</summary>
    /// <param name="first">The first units.</param>
    /// <param name="second">The units after them.</param>
    /// <exception cref="ArgumentException">Trials or bins differ.</exception>
    public static TrialArray Join(TrialArray first, TrialArray second)
    {
        if (first.Trials != second.Trials || first.Bins != second.Bins)
        {
            throw new ArgumentException($"{first} and {second} have other trials or bins", nameof(second));
        }

        int units = first.Units + second.Units;
        var values = new double[checked(first.Rows * units)];
        for (int row = 0; row < first.Rows; row++)
        {
            first.Row(row).CopyTo(values.AsSpan(row * units));
            second.Row(row).CopyTo(values.AsSpan((row * units) + first.Units));
        }

        return new TrialArray(first.Trials, first.Bins, units, values);
    }

    /// <summary>True when the other array has as many trials, bins and units.</summary>
    /// <param name="other">Any array.</param>
    public bool HasShapeOf(TrialArray other) => Trials == other.Trials && Bins == other.Bins && Units == other.Units;

    /// <summary>"[trials, bins, units]".</summary>
    public override string ToString() => $"[{Trials}, {Bins}, {Units}]";
}
