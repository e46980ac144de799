using UnetSpikes.Core;
using UnetSpikes.Hdf5;
using UnetSpikes.Recordings.Kilosort;
using UnetSpikes.Recordings.Nwb;

namespace UnetSpikes.Recordings;

/// <summary>The formats spikes come in.</summary>
public enum RecordingFormat
{
    /// <summary>Counts as arrays in HDF5: LFADS, NDT, the benchmark's tensors.</summary>
    Hdf5,

    /// <summary>Neurodata Without Borders 2.</summary>
    Nwb,

    /// <summary>MATLAB's v7.3 files.</summary>
    Mat,

    /// <summary>A folder of Kilosort's or phy's.</summary>
    Kilosort,

    /// <summary>One numpy array of counts.</summary>
    Npy,

    /// <summary>Several numpy arrays of counts in a zip file.</summary>
    Npz,

    /// <summary>A text file of unit and time, a line each.</summary>
    Csv,
}

/// <summary>Tells formats apart by what is in a file, not by its name.</summary>
public static class RecordingFormats
{
    /// <summary>The file of spike times in a sorter's folder; given by itself, it stands for the folder.</summary>
    public const string SorterTimes = KilosortRecording.TimesFile;

    /// <summary>The names <c>--format</c> takes.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetNames<RecordingFormat>().Select(name => name.ToLowerInvariant())];

    /// <summary>A format by name.</summary>
    /// <param name="name">Such as <c>nwb</c>.</param>
    /// <exception cref="UsageException">There is none of that name.</exception>
    public static RecordingFormat Parse(string name) =>
        Enum.TryParse(name, ignoreCase: true, out RecordingFormat format) && Enum.IsDefined(format) && !int.TryParse(name, out _)
            ? format
            : throw new UsageException("--format", $"is {name}, expected one of {string.Join(", ", Names)}");

    /// <summary>What a file or folder holds.</summary>
    /// <param name="path">An existing file or folder.</param>
    /// <exception cref="DataFormatException">No such file, or none of the formats.</exception>
    public static RecordingFormat Detect(string path)
    {
        if (Directory.Exists(path))
        {
            return File.Exists(Path.Combine(path, KilosortRecording.TimesFile))
                ? RecordingFormat.Kilosort
                : throw new DataFormatException(path, "", "is a folder without spike_times.npy, expected Kilosort's or phy's output");
        }

        if (!File.Exists(path))
        {
            throw new DataFormatException(path, "", "no such file");
        }

        if (Path.GetFileName(path) == SorterTimes)
        {
            return RecordingFormat.Kilosort;
        }

        Span<byte> head = stackalloc byte[128];
        int length;
        using (FileStream stream = File.OpenRead(path))
        {
            length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        }

        head = head[..length];
        return head.StartsWith("MATLAB 7.3 MAT-file"u8) ? RecordingFormat.Mat
            : Hdf5File.HasSignature(path) ? OfHdf5(path)
            : length > 6 && head[0] == 0x93 && head[1..].StartsWith("NUMPY"u8) ? RecordingFormat.Npy
            : head.StartsWith("PK\u0003\u0004"u8) ? RecordingFormat.Npz
            : head.StartsWith("MATLAB 5.0 MAT-file"u8) ? throw new DataFormatException(path, "", "is a MATLAB file of before v7.3, expected one saved with '-v7.3'")
            : IsText(head) ? RecordingFormat.Csv
            : throw new DataFormatException(path, "", $"is of no format known here ({string.Join(", ", Names)})");
    }

    private static RecordingFormat OfHdf5(string path)
    {
        using Hdf5File file = Hdf5File.OpenRead(path);
        return NwbRecording.IsNwb(file) ? RecordingFormat.Nwb : RecordingFormat.Hdf5;
    }

    private static bool IsText(ReadOnlySpan<byte> head)
    {
        foreach (byte b in head)
        {
            if (b is < 0x20 and not ((byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                return false;
            }
        }

        return head.Length > 0;
    }
}
