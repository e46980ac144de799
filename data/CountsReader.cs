using System.Buffers;
using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>Reads spike counts from a dataset piece by piece, and lets nothing through that is not a count.</summary>
internal static class CountsReader
{
    /// <summary>float32 holds every whole number up to here; more spikes in one bin is no spike count.</summary>
    private const double LargestCount = 1 << 24;

    /// <summary>Elements checked at a time (8 MB): the bound on memory besides the destination.</summary>
    private const int SlabElements = 1 << 20;

    /// <summary>Reads a whole [trial, bin, unit] dataset; gaps (NaN) are refused.</summary>
    /// <exception cref="DataFormatException">Wrong rank or type, or something that is not a count.</exception>
    public static TrialTensor ReadAll(Hdf5Dataset dataset)
    {
        dataset.RequireRank(3, "[trial, bin, unit]").RequireBelievable(sizeof(float));
        int[] shape = Shapes.ToInt(dataset);
        var counts = new TrialTensor(shape[0], shape[1], shape[2]);
        int perTrial = shape[1] * shape[2];
        int step = perTrial == 0 ? shape[0] : Math.Max(1, SlabElements / perTrial);
        for (int trial = 0; trial < shape[0]; trial += step)
        {
            int trials = Math.Min(step, shape[0] - trial);
            Read(dataset, [trial, 0, 0], [trials, shape[1], shape[2]], counts.Values.AsSpan(trial * perTrial), gapsAllowed: false);
        }

        return counts;
    }

    /// <summary>Reads a box of counts.</summary>
    /// <param name="dataset">Of rank 2 [bin, unit] or 3 [trial, bin, unit].</param>
    /// <param name="start">First index along each axis.</param>
    /// <param name="count">Size along each axis.</param>
    /// <param name="destination">Receives the counts.</param>
    /// <param name="gapsAllowed">Whether NaN, "not recorded", is let through.</param>
    /// <exception cref="DataFormatException">Something in the box is not a count; the message says where.</exception>
    public static void Read(Hdf5Dataset dataset, long[] start, long[] count, Span<float> destination, bool gapsAllowed)
    {
        long elements = count.Aggregate(1L, (product, n) => product * n);
        if (elements == 0)
        {
            return;
        }

        if (elements > SlabElements && SplitAxis(count) is int axis and >= 0)
        {
            // Halves along the first axis that can be halved stay contiguous in the destination.
            long half = count[axis] / 2;
            long[] head = [.. count], tail = [.. count], tailStart = [.. start];
            head[axis] = half;
            tail[axis] -= half;
            tailStart[axis] += half;
            int headElements = (int)(elements / count[axis] * half);
            Read(dataset, start, head, destination[..headElements], gapsAllowed);
            Read(dataset, tailStart, tail, destination[headElements..], gapsAllowed);
            return;
        }

        double[] rented = ArrayPool<double>.Shared.Rent((int)elements);
        try
        {
            Span<double> values = rented.AsSpan(0, (int)elements);
            dataset.ReadSlice<double>(start, count, values);
            if (Take(values, destination, gapsAllowed) is int i and >= 0)
            {
                throw NotACount(dataset, values[i], i, start, count);
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(rented);
        }
    }

    /// <summary>Lets counts through.</summary>
    /// <param name="values">What was read.</param>
    /// <param name="destination">Receives them.</param>
    /// <param name="gapsAllowed">Whether NaN, "not recorded", is let through.</param>
    /// <returns>Where the first value is that is no count; -1 where all are.</returns>
    public static int Take(ReadOnlySpan<double> values, Span<float> destination, bool gapsAllowed)
    {
        for (int i = 0; i < values.Length; i++)
        {
            double v = values[i];
            if (!(v >= 0 && v <= LargestCount && v == Math.Floor(v)) && !(gapsAllowed && double.IsNaN(v)))
            {
                return i;
            }

            destination[i] = (float)v;
        }

        return -1;
    }

    /// <summary>What is wrong with a value that is no count.</summary>
    /// <param name="value">It.</param>
    /// <param name="place">Its index along each axis.</param>
    public static string Problem(double value, params ReadOnlySpan<long> place)
    {
        string found = value switch
        {
            double.NaN => "NaN (a gap)",
            < 0 => $"a negative count, {value.ToString(CultureInfo.InvariantCulture)},",
            > LargestCount => $"{value.ToString(CultureInfo.InvariantCulture)} spikes in one bin",
            _ => value.ToString(CultureInfo.InvariantCulture),
        };
        return $"has {found} at [{string.Join(", ", place.ToArray().Select(index => index.ToString(CultureInfo.InvariantCulture)))}], expected whole spike counts of at least 0";
    }

    private static int SplitAxis(long[] count) => count[0] > 1 ? 0 : count.Length > 1 && count[1] > 1 ? 1 : -1;

    private static DataFormatException NotACount(Hdf5Dataset dataset, double value, int position, long[] start, long[] count)
    {
        var place = new long[count.Length];
        long rest = position;
        for (int axis = count.Length - 1; axis >= 0; axis--)
        {
            place[axis] = start[axis] + (rest % count[axis]);
            rest /= count[axis];
        }

        return dataset.Error(Problem(value, place));
    }
}
