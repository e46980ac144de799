using UnetSpikes.Core;

namespace UnetSpikes.Data;

/// <summary>Counts that lie [unit, bin, trial] in their file, as MATLAB and Fortran have them, given out [bin, unit].</summary>
/// <remarks>
/// A trial's values are strewn over the whole file (over every compressed chunk of it), so trials are read many at a time and kept: a block of 64 MB, where
/// the next one begins at what is asked for. Reading an array of S bytes (as float64) from its first trial to its last then passes over it S / 64 MB times.
/// </remarks>
internal sealed class UnitMajorCounts
{
    private const int BlockValues = 1 << 23;

    private readonly int _trials;
    private readonly int _bins;
    private readonly int _units;
    private readonly BoxReading _read;
    private readonly Func<string, DataFormatException> _error;
    private readonly Lock _gate = new();

    private float[] _block = [];
    private (int FirstTrial, int Trials, int FirstBin, int Bins) _box;

    /// <summary>Describes an array.</summary>
    /// <param name="trials">Number of trials.</param>
    /// <param name="bins">Bins per trial.</param>
    /// <param name="units">Number of units.</param>
    /// <param name="read">Reads the file.</param>
    /// <param name="error">Makes an error about the array.</param>
    public UnitMajorCounts(int trials, int bins, int units, BoxReading read, Func<string, DataFormatException> error) =>
        (_trials, _bins, _units, _read, _error) = (trials, bins, units, read, error);

    /// <summary>Reads consecutive bins of consecutive trials.</summary>
    /// <param name="firstTrial">From 0.</param>
    /// <param name="trials">How many.</param>
    /// <param name="firstBin">From 0.</param>
    /// <param name="bins">How many.</param>
    /// <param name="destination">Receives [unit, bin, trial].</param>
    public delegate void BoxReading(int firstTrial, int trials, int firstBin, int bins, Span<double> destination);

    /// <summary>Reads consecutive bins of a trial (<see cref="CountsArray.CountsReading"/>).</summary>
    public void Read(int trial, int firstBin, int binCount, Span<float> destination)
    {
        lock (_gate)
        {
            if (!Holds(trial, firstBin, binCount))
            {
                Load(trial, firstBin, binCount);
            }

            for (int unit = 0; unit < _units; unit++)
            {
                int at = (((unit * _box.Bins) + firstBin - _box.FirstBin) * _box.Trials) + trial - _box.FirstTrial;
                for (int bin = 0; bin < binCount; bin++, at += _box.Trials)
                {
                    destination[(bin * _units) + unit] = _block[at];
                }
            }
        }
    }

    private bool Holds(int trial, int firstBin, int binCount) =>
        trial >= _box.FirstTrial && trial < _box.FirstTrial + _box.Trials && firstBin >= _box.FirstBin && firstBin + binCount <= _box.FirstBin + _box.Bins;

    private void Load(int trial, int firstBin, int binCount)
    {
        long perTrial = (long)_bins * _units;
        (int FirstTrial, int Trials, int FirstBin, int Bins) box = perTrial <= BlockValues
            ? (trial, (int)Math.Min(_trials - trial, BlockValues / Math.Max(1, perTrial)), 0, _bins)
            : (trial, 1, firstBin, Math.Min(_bins - firstBin, Math.Max(binCount, BlockValues / _units)));
        var values = new double[(long)box.Trials * box.Bins * _units];
        _read(box.FirstTrial, box.Trials, box.FirstBin, box.Bins, values);
        var block = new float[values.Length];
        if (CountsReader.Take(values, block, gapsAllowed: true) is int i and >= 0)
        {
            (int row, int trialInBox) = Math.DivRem(i, box.Trials);
            (int unit, int bin) = Math.DivRem(row, box.Bins);
            throw _error(CountsReader.Problem(values[i], box.FirstTrial + trialInBox, box.FirstBin + bin, unit));
        }

        (_block, _box) = (block, box);
    }
}
