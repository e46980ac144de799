using UnetSpikes.Core;

namespace UnetSpikes.Hdf5.Readers;

/// <summary>How a reader process is started: this program again, with one hidden verb.</summary>
/// <param name="FileName">The program.</param>
/// <param name="Arguments">Its arguments, the verb last.</param>
/// <remarks>
/// Of 1,500 randomly damaged NWB files, 5 to 6 % crashed a process that walked them with HDF5 1.10.8, and one hung it. No checks of ours can
/// stand before that, since the library itself reads what would have to be checked. So it reads in a process that may die.
/// </remarks>
public sealed record ReaderProgram(string FileName, IReadOnlyList<string> Arguments)
{
    /// <summary>The verb; <see cref="ReaderServer"/> answers to it.</summary>
    public const string Verb = "read-hdf5";

    /// <summary>The program that reader processes run; by default this process's own.</summary>
    public static ReaderProgram Current { get; set; } = new(ThisProgram.Words[0], [.. ThisProgram.Words.Skip(1), Verb]);
}
