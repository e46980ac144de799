using UnetSpikes.Hdf5;

namespace UnetSpikes.Recordings.Matlab;

/// <summary>A variable (or a cell's content) of a MATLAB v7.3 file.</summary>
/// <param name="Name">Its name; the path of a cell's content.</param>
/// <param name="Class">MATLAB's class: double, single, uint8, logical, char, cell, …; "" where the file does not say.</param>
/// <param name="Data">As HDF5 has it: the axes in reversed order.</param>
/// <param name="IsEmpty">Whether it has no elements; the dataset then holds the sizes of its axes.</param>
public sealed record MatVariable(string Name, string Class, Hdf5Dataset Data, bool IsEmpty)
{
    /// <summary>Sizes of the axes in MATLAB's order.</summary>
    public IReadOnlyList<long> Shape => [.. Data.Shape.Reverse()];

    /// <summary>Number of elements.</summary>
    public long Count => IsEmpty ? 0 : Data.Count;

    /// <summary>Whether it is an array of numbers; tables, strings and MATLAB's other objects are stored as numbers, too, but are none.</summary>
    public bool IsNumeric => Data.ElementType.IsNumeric
        && Class is "" or "double" or "single" or "logical" or "int8" or "uint8" or "int16" or "uint16" or "int32" or "uint32" or "int64" or "uint64";

    /// <summary>Whether it is an array of cells.</summary>
    public bool IsCell => Data.ElementType.Class == Hdf5Class.Reference || (Class == "cell" && IsEmpty);

    /// <summary>Whether it is numbers in one row or one column, or none.</summary>
    public bool IsVector => IsNumeric && (IsEmpty || Data.Shape.Count(size => size != 1) <= 1);

    /// <summary>Describes a dataset as MATLAB wrote it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="place">The dataset's path.</param>
    internal static MatVariable Of(Hdf5File file, string place)
    {
        const string ClassName = "MATLAB_class", Empty = "MATLAB_empty";
        string kind = file.HasAttribute(place, ClassName) ? file.ReadTextAttribute(place, ClassName) : "";
        bool isEmpty = file.HasAttribute(place, Empty) && file.ReadNumberAttribute(place, Empty) != 0;
        return new MatVariable(place.StartsWith("/#", StringComparison.Ordinal) ? place : place[1..], kind, file.Dataset(place), isEmpty);
    }
}
