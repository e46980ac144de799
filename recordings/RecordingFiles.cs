using UnetSpikes.Core;
using UnetSpikes.Recordings.Csv;
using UnetSpikes.Recordings.Kilosort;
using UnetSpikes.Recordings.Matlab;
using UnetSpikes.Recordings.Nwb;

namespace UnetSpikes.Recordings;

/// <summary>Opens recordings of spike times, whatever format they come in.</summary>
public static class RecordingFiles
{
    /// <summary>Whether a file or folder holds spike times; the others hold counts.</summary>
    /// <param name="path">A file or folder.</param>
    /// <param name="format">What it is; only MATLAB's files are looked into.</param>
    /// <exception cref="DataFormatException">A MATLAB file that cannot be read.</exception>
    public static bool HasSpikeTimes(string path, RecordingFormat format) => format switch
    {
        RecordingFormat.Nwb or RecordingFormat.Kilosort or RecordingFormat.Csv => true,
        RecordingFormat.Mat => MatRecording.HasSpikeTimes(path),
        _ => false,
    };

    /// <summary>Opens a recording.</summary>
    /// <param name="path">A file or folder.</param>
    /// <param name="format">What it is.</param>
    /// <param name="units">Which units of a sorter's folder are taken; other formats have no labels of its kind.</param>
    /// <exception cref="DataFormatException">It is not what its format demands.</exception>
    public static Recording Open(string path, RecordingFormat format, UnitChoice units = UnitChoice.NotNoise) => format switch
    {
        RecordingFormat.Nwb => NwbRecording.Open(path),
        RecordingFormat.Kilosort => KilosortRecording.Open(Directory.Exists(path) ? path : Path.GetDirectoryName(Path.GetFullPath(path))!, units),
        RecordingFormat.Csv => CsvRecording.Open(path),
        RecordingFormat.Mat => MatRecording.Open(path),
        _ => throw new DataFormatException(path, "", $"is {format}, which holds counts, expected spike times"),
    };
}
