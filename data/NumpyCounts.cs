using UnetSpikes.Core;
using UnetSpikes.Recordings.Numpy;

namespace UnetSpikes.Data;

/// <summary>Counts as numpy saves them: [trial, bin, unit], or [bin, unit] for one long trial.</summary>
internal static class NumpyCounts
{
    /// <summary>What a .npy file's only array goes by; its rates are then <c>rates</c>.</summary>
    private const string Name = "spikes";

    private const string Milliseconds = "bin_ms";
    private const string Seconds = "dt";
    private const string UnitIds = "unit_ids";

    /// <summary>Opens a file of one array; it does not say how wide its bins are.</summary>
    /// <exception cref="DataFormatException">No array of numbers of rank 2 or 3.</exception>
    public static CountsSource OpenNpy(string path)
    {
        NpyArray array = NpyArray.Open(path);
        try
        {
            return new CountsSource(path, "numpy", [CountsOf(array, Name, null)], null, array);
        }
        catch
        {
            array.Dispose();
            throw;
        }
    }

    /// <summary>Opens a file of several arrays: those by a name of counts, or all of rank 2 and 3 where none has one; <c>bin_ms</c> (or <c>dt</c>, in seconds) and <c>unit_ids</c>.</summary>
    /// <exception cref="DataFormatException">Damaged, or without counts.</exception>
    public static CountsSource OpenNpz(string path)
    {
        NpzFile file = NpzFile.Open(path);
        try
        {
            string[] names = NamesOfCounts(file);
            double? width = ReadBinWidthMs(file);
            CountsArray[] arrays = [.. names.Select(name => CountsOf(file.Array(name), name, width))];
            string[]? ids = file.Has(UnitIds) ? file.Array(UnitIds).ReadTexts(atMost: arrays[0].Units) : null;
            return ids is null || ids.Length == arrays[0].Units
                ? new CountsSource(path, "numpy", arrays, ids, file)
                : throw new DataFormatException(path, UnitIds, $"has {ids.Length} names, expected {arrays[0].Units}, one per unit");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static string[] NamesOfCounts(NpzFile file)
    {
        string[] known = [.. file.Names.Where(Hdf5Counts.IsCountsName)];
        string[] names = known.Length > 0 ? known : [.. file.Names.Where(name => file.Header(name) is { Type.IsNumeric: true, Shape.Count: 2 or 3 })];
        return names.Length > 0 ? names
            : throw new DataFormatException(file.Path, "", $"holds no counts, expected an array of [trial, bin, unit] or [bin, unit] beside {string.Join(", ", file.Names)}");
    }

    private static double? ReadBinWidthMs(NpzFile file)
    {
        string? name = file.Has(Milliseconds) ? Milliseconds : file.Has(Seconds) ? Seconds : null;
        if (name is null)
        {
            return null;
        }

        NpyArray array = file.Array(name);
        double width = name == Seconds ? Math.Round(array.ReadNumber() * 1000, 9) : array.ReadNumber();
        return width > 0 && double.IsFinite(width) ? width : throw array.Error("is not a bin width, expected a positive number");
    }

    private static CountsArray CountsOf(NpyArray array, string name, double? binWidthMs)
    {
        array.RequireNumbers();
        if (array.Shape.Count is not (2 or 3) || array.Shape.Any(size => size > Array.MaxLength))
        {
            throw array.Error($"has shape {array.ShapeText}, expected [trial, bin, unit] or [bin, unit]");
        }

        int units = (int)array.Shape[^1], bins = (int)array.Shape[^2], trials = array.Shape.Count == 3 ? (int)array.Shape[0] : 1;
        CountsArray.CountsReading read = array.IsFortranOrder
            ? new UnitMajorCounts(trials, bins, units, UnitMajor(array, trials, bins, units), array.Error).Read
            : (trial, firstBin, binCount, into) => ReadRows(array, (((long)trial * bins) + firstBin) * units, units, into[..(binCount * units)]);
        return new CountsArray(name, trials, bins, units, read) { BinWidthMs = binWidthMs };
    }

    /// <summary>Reads counts that lie as they are given out, a slab at a time.</summary>
    private static void ReadRows(NpyArray array, long first, int units, Span<float> into)
    {
        const int Slab = 1 << 16;
        var values = new double[Math.Min(Slab, into.Length)];
        for (int done = 0; done < into.Length; done += values.Length)
        {
            Span<double> slab = values.AsSpan(0, Math.Min(values.Length, into.Length - done));
            array.Read(first + done, slab);
            if (CountsReader.Take(slab, into[done..], gapsAllowed: true) is int i and >= 0)
            {
                (long row, long unit) = Math.DivRem(first + done + i, units);
                long[] place = array.Shape.Count == 3 ? [row / array.Shape[1], row % array.Shape[1], unit] : [row, unit];
                throw array.Error(CountsReader.Problem(slab[i], place));
            }
        }
    }

    /// <summary>Fortran's order: whole units are runs where all trials are wanted; otherwise each bin's trials are one.</summary>
    private static UnitMajorCounts.BoxReading UnitMajor(NpyArray array, int trials, int bins, int units) => (firstTrial, trialCount, firstBin, binCount, into) =>
    {
        (int runs, int length) = trialCount == trials ? (1, binCount * trials) : (binCount, trialCount);
        for (int unit = 0; unit < units; unit++)
        {
            for (int run = 0; run < runs; run++)
            {
                long first = ((((long)unit * bins) + firstBin + run) * trials) + firstTrial;
                array.Read(first, into.Slice(((unit * runs) + run) * length, length));
            }
        }
    };
}
