using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Recordings.Matlab;

/// <summary>A MATLAB v7.3 file: HDF5 behind 512 bytes of text, its arrays column by column, its cells as references into a group <c>#refs#</c>.</summary>
/// <remarks>Structures and MATLAB's own objects are groups; they are left alone.</remarks>
public sealed class MatFile : IDisposable
{
    private readonly Hdf5File _file;

    private MatFile(Hdf5File file)
    {
        _file = file;
        Variables = [.. file.Keys().Where(key => file.HasDataset("/" + key)).Select(key => MatVariable.Of(file, "/" + key))];
    }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>Arrays and cell arrays, in alphabetical order.</summary>
    public IReadOnlyList<MatVariable> Variables { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">A file saved with <c>-v7.3</c>.</param>
    /// <exception cref="DataFormatException">Not readable HDF5.</exception>
    public static MatFile Open(string path)
    {
        Hdf5File file = Hdf5File.OpenRead(path);
        try
        {
            return new MatFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A variable by name; null when there is none.</summary>
    /// <param name="name">In MATLAB's words.</param>
    public MatVariable? Find(string name) => Variables.FirstOrDefault(variable => variable.Name == name);

    /// <summary>What is in the cells of a cell array, in MATLAB's order (column by column).</summary>
    /// <param name="cells">A cell array.</param>
    /// <exception cref="DataFormatException">A cell refers to nothing.</exception>
    public IReadOnlyList<MatVariable> Contents(MatVariable cells)
    {
        if (cells.IsEmpty)
        {
            return [];
        }

        string[] places = cells.Data.ReadReferences();
        int missing = Array.FindIndex(places, place => place.Length == 0 || !_file.HasDataset(place));
        return missing < 0
            ? [.. places.Select(place => MatVariable.Of(_file, place))]
            : throw cells.Data.Error(string.Create(CultureInfo.InvariantCulture, $"has a cell {missing + 1} that is no array, expected cells of numbers"));
    }

    /// <summary>The width of a bin: variable <c>bin_ms</c>, or <c>dt</c> in seconds; null when there is neither.</summary>
    /// <exception cref="DataFormatException">It is not one positive number.</exception>
    public double? ReadBinWidthMs()
    {
        if ((Find("bin_ms") ?? Find("dt")) is not { } variable)
        {
            return null;
        }

        // 0.07 s times 1000 is 70.00000000000001; nine decimals are far below any clock.
        double value = variable is { IsNumeric: true, Count: 1 } ? _file.ReadNumber("/" + variable.Name) : double.NaN;
        double width = variable.Name == "dt" ? Math.Round(value * 1000, 9) : value;
        return width > 0 && double.IsFinite(width) ? width : throw variable.Data.Error("is not a bin width, expected one positive number");
    }

    /// <summary>The names of units: whole numbers in a variable <c>unit_ids</c>; null when there is none.</summary>
    /// <param name="units">How many there are.</param>
    /// <exception cref="DataFormatException">Other than one number per unit.</exception>
    public IReadOnlyList<string>? ReadUnitIds(int units)
    {
        if (Find("unit_ids") is not { } ids)
        {
            return null;
        }

        return ids.IsVector && ids.Count == units
            ? [.. (ids.IsEmpty ? [] : ids.Data.Read<long>()).Select(id => id.ToString(CultureInfo.InvariantCulture))]
            : throw ids.Data.Error($"has shape {ids.Data.ShapeText}, expected {units} numbers, one per unit");
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();
}
