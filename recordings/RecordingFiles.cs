using UnetSpikes.Core;
using UnetSpikes.Recordings.Nwb;

namespace UnetSpikes.Recordings;

/// <summary>Opens recordings of spike times, whatever format they come in.</summary>
public static class RecordingFiles
{
    /// <summary>Whether a format holds spike times; the others hold counts.</summary>
    /// <param name="format">Any.</param>
    public static bool HasSpikeTimes(RecordingFormat format) => format is RecordingFormat.Nwb;

    /// <summary>Opens a recording.</summary>
    /// <param name="path">A file or folder.</param>
    /// <param name="format">What it is.</param>
    /// <exception cref="DataFormatException">It is not what its format demands.</exception>
    public static Recording Open(string path, RecordingFormat format) => format switch
    {
        RecordingFormat.Nwb => NwbRecording.Open(path),
        _ => throw new DataFormatException(path, "", $"is {format}, which holds counts, expected spike times"),
    };
}
