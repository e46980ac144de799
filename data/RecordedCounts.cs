using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Binning;

namespace UnetSpikes.Data;

/// <summary>The spikes of a recording as one long trial of counts, from time 0 to its end.</summary>
internal static class RecordedCounts
{
    /// <summary>The key counts go by; their rates are then <c>rates</c>.</summary>
    private const string Name = "spikes";

    /// <summary>Opens a recording and bins its spikes.</summary>
    /// <exception cref="DataFormatException">The recording is not what it should be, or has no units.</exception>
    /// <exception cref="UsageException">No bin width.</exception>
    public static CountsSource Open(string path, RecordingFormat format, double? binWidthMs)
    {
        double width = binWidthMs ?? throw new UsageException("--bin-ms", $"is missing: {path} holds spike times, which need bins");
        if (!(width > 0 && double.IsFinite(width)))
        {
            throw new UsageException("--bin-ms", string.Create(CultureInfo.InvariantCulture, $"is {width}, expected a positive width"));
        }

        using Recording recording = RecordingFiles.Open(path, format);
        SpikeTrains trains = recording.Units;
        if (trains.Count == 0)
        {
            throw new DataFormatException(path, "", "holds no units");
        }

        int count = BinnedSpikes.CountFor(path, recording.EndSeconds(), width);
        BinnedSpikes binned = BinnedSpikes.Of(path, trains, width, count, BinnedSpikes.ObservedOf(trains));
        var array = new CountsArray(Name, 1, binned.Count, binned.Units, (_, firstBin, binCount, into) => binned.Read(firstBin, binCount, into)) { BinWidthMs = width };
        string[] leftOut = binned.SpikesLeftOut == 0 ? [] :
            [$"{path}: {binned.SpikesLeftOut} of {trains.SpikeCount} spikes lie outside the observed time and are left out"];
        return new CountsSource(path, recording.Format, [array], trains.Ids, owner: null) { Warnings = [.. recording.Warnings, .. leftOut] };
    }
}
