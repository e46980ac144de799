using UnetSpikes.Core;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Binning;

namespace UnetSpikes.Nlb.Prep;

/// <summary>The spikes of some units of a session by bins, on the session's clock; NaN in gaps, between files, and in files that lack the units.</summary>
/// <remarks>As in nlb_tools, when the first of the units was observed is taken for all of them.</remarks>
public sealed class SessionSpikes
{
    private readonly (BinnedSpikes Spikes, int[] Units, int FirstBin)[] _parts;

    private SessionSpikes(IReadOnlyList<string> ids, int widthMs, (BinnedSpikes Spikes, int[] Units, int FirstBin)[] parts)
    {
        (Ids, WidthMs, _parts) = (ids, widthMs, parts);
    }

    /// <summary>The units' names.</summary>
    public IReadOnlyList<string> Ids { get; }

    /// <summary>Width of a bin in milliseconds.</summary>
    public int WidthMs { get; }

    /// <summary>Number of units.</summary>
    public int Units => Ids.Count;

    /// <summary>Bins the held-in, the held-out or all units of a session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="isHeldOut">Which of the two; files that do not say hold nothing out. Null = all.</param>
    /// <param name="widthMs">Width of a bin, a divisor of 100 ms, on whose multiples files begin.</param>
    /// <exception cref="DataFormatException">Files have different units.</exception>
    public static SessionSpikes Of(Session session, bool? isHeldOut, int widthMs)
    {
        IReadOnlyList<string>? ids = null;
        var parts = new List<(BinnedSpikes Spikes, int[] Units, int FirstBin)>();
        foreach (SessionPart part in session.Parts)
        {
            SpikeTrains trains = part.Recording.Units;
            int[] units = [.. Enumerable.Range(0, trains.Count).Where(unit => isHeldOut is null || (trains.IsHeldOut?[unit] ?? false) == isHeldOut)];
            if (units.Length == 0)
            {
                continue;
            }

            string[] names = [.. units.Select(unit => trains.Ids[unit])];
            ids ??= names;
            if (!ids.Order().SequenceEqual(names.Order()))
            {
                throw new DataFormatException(part.Recording.Path, "/units", $"has units {Short(names)}, expected {Short(ids)} as the session's other file");
            }

            int[] inOrder = [.. ids.Select(id => units[Array.IndexOf(names, id)])];
            parts.Add((Bin(part, trains, units[0], widthMs), inOrder, (int)(part.ShiftMs / widthMs)));
        }

        return new SessionSpikes(ids ?? [], widthMs, [.. parts]);
    }

    /// <summary>Counts of consecutive bins.</summary>
    /// <param name="firstBin">From 0.</param>
    /// <param name="binCount">How many.</param>
    /// <param name="destination">Receives [bin, unit]; NaN = not recorded.</param>
    public void Read(int firstBin, int binCount, Span<double> destination)
    {
        destination[..(binCount * Units)].Fill(double.NaN);
        foreach ((BinnedSpikes spikes, int[] units, int partFirst) in _parts)
        {
            int from = Math.Max(firstBin, partFirst), to = Math.Min(firstBin + binCount, partFirst + spikes.Count);
            if (from < to)
            {
                var counts = new float[(to - from) * spikes.Units];
                spikes.Read(from - partFirst, to - from, counts);
                for (int bin = from; bin < to; bin++)
                {
                    for (int unit = 0; unit < units.Length; unit++)
                    {
                        destination[((bin - firstBin) * Units) + unit] = counts[((bin - from) * spikes.Units) + units[unit]];
                    }
                }
            }
        }
    }

    /// <summary>Whether the units were observed at the beginning of a bin.</summary>
    /// <param name="bin">From 0.</param>
    public bool IsObserved(int bin)
    {
        foreach ((BinnedSpikes spikes, int[] units, int first) in _parts)
        {
            if (bin >= first && bin < first + spikes.Count)
            {
                return spikes.IsObserved(units[0], bin - first);
            }
        }

        return false;
    }

    /// <summary>One unit's spikes file by file: its bins, and the stretches of bins in which it was observed; on the session's clock.</summary>
    /// <param name="unit">From 0.</param>
    internal IEnumerable<(long Start, long End, ReadOnlyMemory<uint> Bins, int FirstBin)> ObservedSpikes(int unit)
    {
        foreach ((BinnedSpikes spikes, int[] units, int first) in _parts)
        {
            foreach ((long start, long end) in spikes.ObservedWithin(units[unit]))
            {
                yield return (start + first, end + first, spikes.SpikesWithin(units[unit], start, end), first);
            }
        }
    }

    private static BinnedSpikes Bin(SessionPart part, SpikeTrains trains, int firstUnit, int widthMs)
    {
        ObservedTime observed = trains.Observed is { } intervals ? ObservedTime.Of(intervals[firstUnit].Span) : ObservedTime.Always;
        var bins = (int)((part.LengthMs + widthMs - 1) / widthMs);
        return BinnedSpikes.Of(part.Recording.Path, trains, widthMs, bins, [.. Enumerable.Repeat(observed, trains.Count)]);
    }

    private static string Short(IReadOnlyList<string> ids) => string.Join(", ", ids.Take(4)) + (ids.Count > 4 ? $", … ({ids.Count})" : "");
}
