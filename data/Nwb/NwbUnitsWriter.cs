using System.Globalization;
using UnetSpikes.Hdf5;
using UnetSpikes.Recordings;

namespace UnetSpikes.Data.Nwb;

/// <summary>Copies a recording's units, spike times and observed intervals into a new NWB file, in bounded memory.</summary>
internal static class NwbUnitsWriter
{
    private const string Times = "/units/spike_times";
    private const string Observed = "/units/obs_intervals";
    private const int SlabSpikes = 1 << 20;

    /// <summary>Writes <c>/units</c>.</summary>
    public static void Write(NwbObjects objects, Recording recording)
    {
        SpikeTrains units = recording.Units;
        string[] columns = units.Observed is null ? ["spike_times"] : ["spike_times", "obs_intervals"];
        objects.Table("/units", "Units", "The units whose rates were inferred, as in " + Path.GetFileName(recording.Path), columns, NumberOf(units.Ids));
        WriteTimes(objects, units);
        if (units.Observed is { } observed)
        {
            double[] edges = [.. observed.SelectMany(intervals => intervals.ToArray()).SelectMany(interval => (double[])[interval.Start, interval.Stop])];
            objects.File.Write<double>(Observed, [edges.Length / 2, 2], edges);
            objects.Describe(Observed, "VectorData", "Start and end of each interval in which the unit was observed, in seconds");
            long end = 0;
            objects.Index(Observed, [.. observed.Select(intervals => end += intervals.Length)]);
        }
    }

    private static void WriteTimes(NwbObjects objects, SpikeTrains units)
    {
        Hdf5Dataset times = objects.File.CreateDataset(Times, Hdf5Type.Double, [units.SpikeCount]);
        objects.Describe(Times, "VectorData", "The spike times of each unit, in seconds");
        var slab = new double[Math.Min(SlabSpikes, units.SpikeCount)];
        for (long spike = 0; spike < units.SpikeCount; spike += slab.Length)
        {
            Span<double> values = slab.AsSpan(0, (int)Math.Min(slab.Length, units.SpikeCount - spike));
            units.Read(spike, values);
            times.WriteSlice<double>([spike], [values.Length], values);
        }

        objects.Index(Times, [.. units.Ends]);
    }

    /// <summary>Ids are whole numbers in NWB; where names are none, rows are numbered.</summary>
    private static long[] NumberOf(IReadOnlyList<string> ids) => ids.All(id => long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
        ? [.. ids.Select(id => long.Parse(id, CultureInfo.InvariantCulture))]
        : [.. Enumerable.Range(0, ids.Count).Select(i => (long)i)];
}
