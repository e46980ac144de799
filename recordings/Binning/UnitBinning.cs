using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Binning;

/// <summary>Turns times into bins as they come, unit after unit, whatever pieces they come in.</summary>
internal sealed class UnitBinning(string path, SpikeTrains trains, double widthMs, int count, IReadOnlyList<ObservedTime> observed)
{
    private int _unit;
    private long _seen;
    private double _before = double.NegativeInfinity;
    private int _stretch;

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
        (bool isWhole, uint whole) = (widthMs == Math.Floor(widthMs), (uint)widthMs);
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
                long bin = isWhole && ms <= uint.MaxValue ? (uint)ms / whole : (long)Math.Floor(Math.Round(1000 * time, 6) / widthMs);
                if (ms >= 0 && time > -0.001 && bin < count)
                {
                    bins[kept++] = (uint)bin;
                }
            }
        }

        return kept;
    }

    private DataFormatException NotATime(double time, long position) => new(
        path, $"unit {trains.Ids[_unit]}:", string.Create(
            CultureInfo.InvariantCulture, $"spike time {position - trains.StartOf(_unit)} is {time:R} s after {_before:R} s, expected finite times that do not go back"));
}
