using UnetSpikes.Core;
using UnetSpikes.Recordings;

namespace UnetSpikes.Data;

/// <summary>How a source of counts is opened.</summary>
public sealed record CountsOptions
{
    /// <summary>What the file is; null = found out from its content.</summary>
    public RecordingFormat? Format { get; init; }

    /// <summary>Bins to put spike times into, in milliseconds; needed for files of spike times only.</summary>
    public double? BinWidthMs { get; init; }
}

/// <summary>The spike counts of any recording, read by pieces in bounded memory: what inference runs over.</summary>
public sealed class CountsSource : IDisposable
{
    private readonly IDisposable? _owner;

    internal CountsSource(string path, string format, IReadOnlyList<CountsArray> arrays, IReadOnlyList<string>? unitIds, IDisposable? owner)
    {
        (Path, Format, Arrays, UnitIds, _owner) = (path, format, arrays, unitIds, owner);
    }

    /// <summary>The file's path, as given.</summary>
    public string Path { get; }

    /// <summary>What the file is, for people: "HDF5", "NWB 2.3.0".</summary>
    public string Format { get; }

    /// <summary>The arrays of counts, in alphabetical order; at least one.</summary>
    public IReadOnlyList<CountsArray> Arrays { get; }

    /// <summary>Names of the units; null when the file has none.</summary>
    public IReadOnlyList<string>? UnitIds { get; }

    /// <summary>What was noticed and left out while opening, one line each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Opens a file or folder and finds its counts.</summary>
    /// <param name="path">A file of counts (HDF5, numpy, MATLAB), or a recording of spike times.</param>
    /// <param name="options">Null = as the content says.</param>
    /// <exception cref="DataFormatException">Not readable, or it holds no counts.</exception>
    /// <exception cref="UsageException">Spike times, and no bins to put them into.</exception>
    public static CountsSource Open(string path, CountsOptions? options = null)
    {
        RecordingFormat format = options?.Format ?? RecordingFormats.Detect(path);
        return RecordingFiles.HasSpikeTimes(path, format)
            ? RecordedCounts.Open(path, format, options?.BinWidthMs)
            : format switch
            {
                RecordingFormat.Npy => NumpyCounts.OpenNpy(path),
                RecordingFormat.Npz => NumpyCounts.OpenNpz(path),
                RecordingFormat.Mat => MatCounts.Open(path),
                _ => Hdf5Counts.Open(path),
            };
    }

    /// <summary>One array by name.</summary>
    /// <param name="name">Such as <c>valid_data</c>.</param>
    /// <exception cref="DataFormatException">There is none of that name.</exception>
    public CountsArray Array(string name) =>
        Arrays.FirstOrDefault(a => a.Name == name)
        ?? throw new DataFormatException(Path, "/" + name, $"is missing, expected one of {string.Join(", ", Arrays.Select(a => a.Name))}");

    /// <summary>Closes the file.</summary>
    public void Dispose() => _owner?.Dispose();
}
