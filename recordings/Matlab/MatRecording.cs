using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Matlab;

/// <summary>Reads spike times from a MATLAB v7.3 file: a cell array with a vector of seconds for each unit.</summary>
public static class MatRecording
{
    private static readonly string[] Names = ["spiketimes", "spikes", "spiketrains", "spiketimess", "spiketimessec"]; // without "_": spike_times, spikeTimes, spike_times_s, …;

    /// <summary>Whether a file holds spike times; otherwise it may hold counts.</summary>
    /// <param name="path">A MATLAB v7.3 file.</param>
    /// <exception cref="DataFormatException">Not readable HDF5.</exception>
    public static bool HasSpikeTimes(string path)
    {
        using MatFile file = MatFile.Open(path);
        return Find(file) is not null;
    }

    /// <summary>Opens a file; spike times are read when asked for.</summary>
    /// <param name="path">A MATLAB v7.3 file.</param>
    /// <exception cref="DataFormatException">It holds no cell array of vectors, or several and none of a known name.</exception>
    public static Recording Open(string path)
    {
        MatFile file = MatFile.Open(path);
        try
        {
            MatVariable cells = Find(file) ?? throw new DataFormatException(
                path, "/", "holds no spike times, expected a cell array with a vector of seconds for each unit, named spike_times or spikes or the only one");
            return new Recording(path, "MATLAB v7.3", Trains(file, cells), file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The cell array of a known name, in whatever style it is written; otherwise the only one of vectors.</summary>
    private static MatVariable? Find(MatFile file)
    {
        MatVariable[] cells = [.. file.Variables.Where(variable => variable.IsCell)];
        foreach (string name in Names)
        {
            if (cells.FirstOrDefault(cell => cell.Name.Replace("_", "", StringComparison.Ordinal).Equals(name, StringComparison.OrdinalIgnoreCase)) is { } named)
            {
                return named;
            }
        }

        return cells.Where(cell => file.Contents(cell).All(content => content.IsVector)).ToArray() is [MatVariable only] ? only : null;
    }

    private static SpikeTrains Trains(MatFile file, MatVariable cells)
    {
        IReadOnlyList<MatVariable> units = file.Contents(cells);
        var ends = new long[units.Count];
        for (int unit = 0; unit < ends.Length; unit++)
        {
            if (!units[unit].IsVector)
            {
                throw cells.Data.Error(string.Create(CultureInfo.InvariantCulture, $"has {units[unit].Data.ShapeText} of class '{units[unit].Class}' in cell {unit + 1}, expected a vector of times in seconds"));
            }

            units[unit].Data.RequireBelievable(sizeof(double));
            ends[unit] = units[unit].Count + (unit == 0 ? 0 : ends[unit - 1]);
        }

        // MATLAB counts from 1, and so do people who look for a unit there.
        IReadOnlyList<string> ids = file.ReadUnitIds(ends.Length) ?? [.. Enumerable.Range(1, ends.Length).Select(n => n.ToString(CultureInfo.InvariantCulture))];
        return new SpikeTrains(ids, ends, (first, into) => Read(units, ends, first, into));
    }

    private static void Read(IReadOnlyList<MatVariable> units, long[] ends, long first, Span<double> into)
    {
        for (int unit = 0; into.Length > 0; unit++)
        {
            long start = unit == 0 ? 0 : ends[unit - 1];
            if (ends[unit] <= first)
            {
                continue; // before them, or silent
            }

            int count = (int)Math.Min(into.Length, ends[unit] - first);
            IReadOnlyList<long> shape = units[unit].Data.Shape;
            long[] from = [.. shape.Select(size => size == 1 ? 0 : first - start)];
            long[] sizes = [.. shape.Select(size => size == 1 ? 1L : count)];
            units[unit].Data.ReadSlice(from, sizes, into[..count]);
            into = into[count..];
            first += count;
        }
    }
}
