using System.Globalization;
using System.Runtime.InteropServices;
using UnetSpikes.Core;
using UnetSpikes.Recordings.Numpy;

namespace UnetSpikes.Recordings.Kilosort;

/// <summary>Reads a folder that Kilosort wrote, or phy: which cluster fired at which sample, in the order of time.</summary>
public static class KilosortRecording
{
    /// <summary>The file that makes a folder one of these.</summary>
    public const string TimesFile = "spike_times.npy";

    private const int SlabSpikes = 1 << 18;

    /// <summary>Opens a folder; its spikes are read at once, eight bytes each.</summary>
    /// <param name="folder">Holds spike_times.npy, spike_clusters.npy (spike_templates.npy before phy was there) and params.py.</param>
    /// <param name="choice">Which clusters are taken, by their labels.</param>
    /// <exception cref="DataFormatException">A file is missing or not what it should be.</exception>
    public static Recording Open(string folder, UnitChoice choice)
    {
        double rateHz = KilosortParameters.ReadSampleRateHz(folder);
        using NpyArray times = Whole(Path.Combine(folder, TimesFile));
        using NpyArray clusters = Whole(ClustersFile(folder));
        if (times.Count != clusters.Count || times.Count > Array.MaxLength)
        {
            throw clusters.Error($"has {clusters.Count} spikes, expected the {times.Count} of {TimesFile}");
        }

        var labels = PhyLabels.Read(folder);
        SortedDictionary<long, long> all = CountSpikes(clusters);
        long[] taken = [.. all.Keys.Where(cluster => choice.Takes(labels.LabelOf(cluster)))];
        ColumnTable table = labels.ToTable(folder, taken);
        var grouping = new SpikeGrouping(table.Ids, [.. taken.Select(cluster => all[cluster])]);
        Group(times, clusters, rateHz, taken, grouping);
        return new Recording(folder, "Kilosort", grouping.ToTrains(table))
        {
            Warnings = taken.Length == all.Count ? [] : [$"{folder}: {all.Count - taken.Length} of {all.Count} clusters are left out by their labels"],
        };
    }

    private static string ClustersFile(string folder)
    {
        string clusters = Path.Combine(folder, "spike_clusters.npy"), templates = Path.Combine(folder, "spike_templates.npy");
        return File.Exists(clusters) || !File.Exists(templates) ? clusters : templates;
    }

    /// <summary>Opens an array of whole numbers that is one column, whichever way it lies.</summary>
    private static NpyArray Whole(string path)
    {
        NpyArray array = NpyArray.Open(path);
        if (array.Type.IsInteger && array.Shape.Count(size => size != 1) <= 1)
        {
            return array;
        }

        using (array)
        {
            throw array.Error($"has shape {array.ShapeText} of type {array.Type}, expected one whole number per spike");
        }
    }

    private static SortedDictionary<long, long> CountSpikes(NpyArray clusters)
    {
        var counts = new Dictionary<long, long>();
        foreach ((_, ReadOnlyMemory<double> slab) in Slabs(clusters))
        {
            foreach (double cluster in slab.Span)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(counts, (long)cluster, out _)++;
            }
        }

        return new SortedDictionary<long, long>(counts);
    }

    private static void Group(NpyArray times, NpyArray clusters, double rateHz, long[] taken, SpikeGrouping grouping)
    {
        Dictionary<long, int> units = taken.Select((cluster, unit) => (cluster, unit)).ToDictionary(pair => pair.cluster, pair => pair.unit);
        foreach (((long first, ReadOnlyMemory<double> samples), (_, ReadOnlyMemory<double> numbers)) in Slabs(times).Zip(Slabs(clusters)))
        {
            ReadOnlySpan<double> at = samples.Span, of = numbers.Span;
            for (int i = 0; i < at.Length; i++)
            {
                double sample = at[i];
                if (sample < 0)
                {
                    throw times.Error(string.Create(CultureInfo.InvariantCulture, $"has {sample} at [{first + i}], expected samples from 0"));
                }

                if (units.TryGetValue((long)of[i], out int unit))
                {
                    grouping.Add(unit, sample / rateHz);
                }
            }
        }
    }

    private static IEnumerable<(long First, ReadOnlyMemory<double> Values)> Slabs(NpyArray array)
    {
        var buffer = new double[Math.Min(SlabSpikes, array.Count)];
        for (long first = 0; first < array.Count; first += buffer.Length)
        {
            int length = (int)Math.Min(buffer.Length, array.Count - first);
            array.Read(first, buffer.AsSpan(0, length));
            yield return (first, buffer.AsMemory(0, length));
        }
    }
}
