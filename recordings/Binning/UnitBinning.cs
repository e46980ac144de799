using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Binning;

/// <summary>Turns times into bins as they come, unit after unit, whatever pieces they come in.</summary>
internal sealed class UnitBinning(string path, SpikeTrains trains, double widthMs, uint count, IReadOnlyList<ObservedTime> observed)
{
    private readonly bool _isWhole = widthMs == Math.Floor(widthMs);
    private readonly double _perMillisecond = 1 / widthMs;
    private int _unit;
    private long _seen;
    private double _before = double.NegativeInfinity;
    private int _stretch;

    /// <summary>The last bin with a spike that counts; -1 before there is one.</summary>
    public long LastBin { get; private set; } = -1;

    /// <summary>Takes the next times.</summary>
    /// <param name="times">In seconds.</param>
    /// <param name="bins">Receives the bins of spikes that count.</param>
    /// <param name="kept">How many it holds.</param>
    /// <param name="ends">Receives where each finished unit ends.</param>
    /// <returns>How many it now holds.</returns>
    /// <exception cref="DataFormatException">A time is not finite, or goes back.</exception>
    public int Add(ReadOnlySpan<double> times, uint[] bins, int kept, int[] ends)
    {
        while (times.Length > 0)
        {
            while (_seen == trains.Ends[_unit])
            {
                NextUnit(kept, ends);
            }

            int length = (int)Math.Min(times.Length, trains.Ends[_unit] - _seen);
            kept = AddOfUnit(times[..length], bins, kept);
            _seen += length;
            times = times[length..];
        }

        return kept;
    }

    /// <summary>Ends the last units.</summary>
    public void Finish(int kept, int[] ends)
    {
        while (_unit < ends.Length)
        {
            NextUnit(kept, ends);
        }
    }

    private void NextUnit(int kept, int[] ends)
    {
        ends[_unit++] = kept;
        (_before, _stretch) = (double.NegativeInfinity, 0);
    }

    private int AddOfUnit(ReadOnlySpan<double> times, uint[] bins, int kept)
    {
        ObservedTime seen = observed[_unit];
        bool isAlways = ReferenceEquals(seen, ObservedTime.Always);
        int first = kept;
        for (int i = 0; i < times.Length; i++)
        {
            double time = times[i];
            if (!(time >= _before && time <= double.MaxValue))
            {
                throw NotATime(time, _seen + i);
            }

            _before = time;
            long ms = MillisecondClock.OfSpike(time);
            if (isAlways || seen.ContainsNext(ms, ref _stretch))
            {
                double bin = BinOf(time, ms);
                if (bin >= 0 && bin < count)
                {
                    bins[kept++] = (uint)bin;
                }
            }
        }

        LastBin = kept > first ? Math.Max(LastBin, bins[kept - 1]) : LastBin;
        return kept;
    }

    /// <summary>The bin of a time. A whole millisecond lies at least half of one from a bin's edge: multiplying then cuts as dividing would, in a third of the time.</summary>
    private double BinOf(double time, long ms) => _isWhole
        ? ms < 0 ? -1 : Math.Truncate((ms + 0.5) * _perMillisecond)
        : Math.Floor(Math.Round(1000 * time, 6) / widthMs);

    private DataFormatException NotATime(double time, long position) => new(
        path, $"unit {trains.Ids[_unit]}:", string.Create(
            CultureInfo.InvariantCulture, $"spike time {position - trains.StartOf(_unit)} is {time:R} s after {_before:R} s, expected finite times that do not go back"));
}
