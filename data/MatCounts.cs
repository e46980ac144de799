using UnetSpikes.Core;
using UnetSpikes.Recordings.Matlab;

namespace UnetSpikes.Data;

/// <summary>Counts in a MATLAB v7.3 file: variables of [trial, bin, unit] or [bin, unit], whose axes HDF5 has in reversed order.</summary>
internal static class MatCounts
{
    /// <summary>Opens a file: the variables by a name of counts, or the only one of three axes; <c>bin_ms</c> (or <c>dt</c>, in seconds) and <c>unit_ids</c>.</summary>
    /// <exception cref="DataFormatException">Not readable, or without counts.</exception>
    public static CountsSource Open(string path)
    {
        MatFile file = MatFile.Open(path);
        try
        {
            double? width = file.ReadBinWidthMs();
            MatVariable[] found = Find(file);
            if (found.Length == 0)
            {
                throw new DataFormatException(
                    path, "/", "holds neither spike times (a cell array of vectors, such as spike_times) nor counts (an array of [trial, bin, unit], such as spikes)");
            }

            CountsArray[] arrays = [.. found.Select(variable => CountsOf(variable, width))];
            return new CountsSource(path, "MATLAB v7.3", arrays, file.ReadUnitIds(arrays[0].Units), file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file has counts.</summary>
    /// <exception cref="DataFormatException">Not readable.</exception>
    public static bool IsIn(string path)
    {
        using MatFile file = MatFile.Open(path);
        return Find(file).Length > 0;
    }

    private static MatVariable[] Find(MatFile file)
    {
        MatVariable[] numeric = [.. file.Variables.Where(variable => variable.IsNumeric && !variable.IsEmpty)];
        MatVariable[] named = [.. numeric.Where(variable => Hdf5Counts.IsCountsName(variable.Name))];
        MatVariable[] cubes = [.. numeric.Where(variable => variable.Shape.Count == 3)];
        return named.Length > 0 ? named : cubes.Length == 1 ? cubes : [];
    }

    private static CountsArray CountsOf(MatVariable variable, double? binWidthMs)
    {
        IReadOnlyList<long> shape = variable.Shape;
        if (shape.Count is not (2 or 3) || shape.Any(size => size > Array.MaxLength))
        {
            throw variable.Data.Error($"has the axes [{string.Join(", ", shape)}], expected [trial, bin, unit] or [bin, unit]");
        }

        bool isTrials = shape.Count == 3;
        int units = (int)shape[^1], bins = (int)shape[^2], trials = isTrials ? (int)shape[0] : 1;
        var counts = new UnitMajorCounts(
            trials, bins, units,
            (firstTrial, trialCount, firstBin, binCount, into) => variable.Data.ReadSlice(
                isTrials ? [0, firstBin, firstTrial] : [0, firstBin], isTrials ? [units, binCount, trialCount] : [units, binCount], into),
            variable.Data.Error);
        return new CountsArray(variable.Name, trials, bins, units, counts.Read) { BinWidthMs = binWidthMs };
    }
}
