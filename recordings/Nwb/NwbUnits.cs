using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Recordings.Nwb;

/// <summary>Reads <c>/units</c>: spike times as one long array and where each unit's end in it.</summary>
internal static class NwbUnits
{
    private const string Place = "/units";
    private const string Times = Place + "/spike_times";
    private const string Observed = Place + "/obs_intervals";

    /// <summary>Reads what is small; the times themselves are read when asked for.</summary>
    /// <exception cref="DataFormatException">An index is missing or does not fit.</exception>
    public static SpikeTrains Read(Hdf5File file)
    {
        if (file.Kind(Place) != Hdf5ObjectKind.Group)
        {
            return new SpikeTrains([], [], (_, _) => { });
        }

        ColumnTable table = NwbTable.Read(file, Place, skip: ["spike_times", "obs_intervals", "waveforms", "waveform_mean", "waveform_sd"]);
        if (!file.HasDataset(Times))
        {
            return table.Rows == 0
                ? new SpikeTrains([], [], (_, _) => { })
                : throw new DataFormatException(file.Path, Times, $"is missing, expected the times of {table.Rows} units");
        }

        Hdf5Dataset times = file.Dataset(Times).RequireRank(1, "[spike]");
        if (times.ElementType.Class != Hdf5Class.Float)
        {
            throw times.Error($"is of type {times.ElementType}, expected times in seconds");
        }

        times.RequireBelievable(times.ElementType.Size);
        return new SpikeTrains(table.Ids, ReadEnds(file, Times, times.Count, table.Rows), (first, into) => times.ReadSlice<double>([first], [into.Length], into))
        {
            Observed = file.HasDataset(Observed) ? ReadObserved(file, table.Rows) : null,
            IsHeldOut = table.Find("heldout") is { Kind: ColumnKind.Numbers, IsOnePerRow: true } column ? [.. column.Numbers.Select(value => value != 0)] : null,
            Table = table,
        };
    }

    private static long[] ReadEnds(Hdf5File file, string column, long length, int rows)
    {
        string index = column + "_index";
        long[] ends = file.HasDataset(index)
            ? NwbTable.ReadEnds(file, index, length)
            : throw new DataFormatException(file.Path, index, $"is missing, expected where each unit's values end in {column}");
        return ends.Length == rows
            ? ends
            : throw new DataFormatException(file.Path, index, $"has {ends.Length} rows, expected {rows}, one per unit");
    }

    private static List<ReadOnlyMemory<Interval>> ReadObserved(Hdf5File file, int rows)
    {
        Hdf5Dataset data = file.Dataset(Observed).RequireRank(2, "[interval, 2]");
        if (data.Shape[1] != 2)
        {
            throw data.Error($"has shape {data.ShapeText}, expected [interval, 2]");
        }

        long[] ends = ReadEnds(file, Observed, data.Shape[0], rows);
        double[] edges = data.Read<double>();
        var intervals = new Interval[edges.Length / 2];
        for (int i = 0; i < intervals.Length; i++)
        {
            intervals[i] = new Interval(edges[2 * i], edges[(2 * i) + 1]);
            if (!(intervals[i].Start <= intervals[i].Stop))
            {
                throw data.Error($"has {intervals[i].Start:R} to {intervals[i].Stop:R} s at [{i}], expected intervals that end after they start");
            }
        }

        return [.. ends.Select((end, row) => new ReadOnlyMemory<Interval>(intervals, (int)(row == 0 ? 0 : ends[row - 1]), (int)(end - (row == 0 ? 0 : ends[row - 1]))))];
    }
}
