using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>Shapes and small arrays of a file, checked as they come in.</summary>
internal static class Shapes
{
    /// <summary>A dataset's shape as 32-bit sizes.</summary>
    /// <exception cref="DataFormatException">An axis is longer than that.</exception>
    public static int[] ToInt(Hdf5Dataset dataset)
    {
        foreach (long size in dataset.Shape)
        {
            if (size > Array.MaxLength)
            {
                throw dataset.Error($"has shape {dataset.ShapeText}, an axis longer than {Array.MaxLength}");
            }
        }

        return [.. dataset.Shape.Select(n => (int)n)];
    }

    /// <summary>A [trial, bin, …] array of floats.</summary>
    /// <exception cref="DataFormatException">Another rank, or not numbers.</exception>
    public static TrialTensor ReadTensor(Hdf5Dataset dataset, string axes)
    {
        dataset.RequireRank(3, axes).RequireBelievable(sizeof(float));
        int[] shape = ToInt(dataset);
        return new TrialTensor(shape[0], shape[1], shape[2], dataset.Read<float>());
    }

    /// <summary>One whole number per trial, in any of the shapes MATLAB and numpy give a vector.</summary>
    /// <exception cref="DataFormatException">Another number of elements, or not whole numbers.</exception>
    public static int[] ReadIntegers(Hdf5Dataset dataset, int expected)
    {
        if (dataset.Count != expected)
        {
            throw dataset.Error($"has shape {dataset.ShapeText}, expected {expected} numbers, one per trial");
        }

        double[] values = dataset.Read<double>();
        var integers = new int[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (!(Math.Abs(values[i]) <= int.MaxValue && values[i] == Math.Floor(values[i])))
            {
                throw dataset.Error($"has {values[i].ToString(System.Globalization.CultureInfo.InvariantCulture)} at [{i}], expected whole numbers");
            }

            integers[i] = (int)values[i];
        }

        return integers;
    }

    /// <summary>The names of units: numbers or texts of <c>/unit_ids</c>; null when the file has none.</summary>
    /// <exception cref="DataFormatException">It is neither.</exception>
    public static IReadOnlyList<string>? ReadUnitIds(Hdf5File file)
    {
        const string Key = "/unit_ids";
        if (!file.HasDataset(Key))
        {
            return null;
        }

        Hdf5Dataset ids = file.Dataset(Key);
        return ids.ElementType.Class == Hdf5Class.String
            ? ids.ReadStrings()
            : [.. ids.Read<long>().Select(id => id.ToString(System.Globalization.CultureInfo.InvariantCulture))];
    }

    /// <summary>Bin width in milliseconds from attribute <c>bin_ms</c> (file or dataset) or <c>/dt</c> in seconds; null when neither is there.</summary>
    /// <param name="file">The file.</param>
    /// <param name="dataset">A dataset whose own attribute goes first; null to look at the file's only.</param>
    /// <exception cref="DataFormatException">It is not a positive number.</exception>
    public static double? ReadBinWidthMs(Hdf5File file, string? dataset = null)
    {
        const string Attribute = "bin_ms";
        const string Seconds = "/dt";
        string? owner = dataset is not null && file.HasAttribute(dataset, Attribute) ? dataset
            : file.HasAttribute("/", Attribute) ? "/" : null;
        (double width, string place) = owner is not null ? (file.ReadNumberAttribute(owner, Attribute), owner + "@" + Attribute)
            // 0.07 s times 1000 is 70.00000000000001; nine decimals are far below any clock.
            : file.HasDataset(Seconds) ? (Math.Round(file.ReadNumber(Seconds) * 1000, 9), Seconds)
            : (double.NaN, "");
        if (place.Length == 0)
        {
            return null;
        }

        return width > 0 && double.IsFinite(width)
            ? width
            : throw new DataFormatException(file.Path, place, "is not a bin width, expected a positive number");
    }
}
