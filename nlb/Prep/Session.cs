using UnetSpikes.Core;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Nwb;

namespace UnetSpikes.Nlb.Prep;

/// <summary>One file of a session, at its place on the session's clock.</summary>
/// <param name="Recording">The file.</param>
/// <param name="ShiftMs">Where its time 0 lies.</param>
/// <param name="LengthMs">Its length; what lies between it and the next file is a gap.</param>
public sealed record SessionPart(Recording Recording, long ShiftMs, long LengthMs);

/// <summary>The files of a session (the benchmark's have one of test trials and one of all others) put one after the other on one clock of milliseconds.</summary>
public sealed class Session : IDisposable
{
    private readonly Lazy<SessionTrials> _trials;

    private Session(string path, IReadOnlyList<SessionPart> parts)
    {
        Path = path;
        Parts = parts;
        LengthMs = parts[^1].ShiftMs + parts[^1].LengthMs;
        _trials = new Lazy<SessionTrials>(() => SessionTrials.Of(path, parts));
    }

    /// <summary>The file or folder, as given; for messages.</summary>
    public string Path { get; }

    /// <summary>The files.</summary>
    public IReadOnlyList<SessionPart> Parts { get; }

    /// <summary>Milliseconds from the first file's beginning to the last one's end.</summary>
    public long LengthMs { get; }

    /// <summary>The trials of all files.</summary>
    /// <exception cref="DataFormatException">A file has no table of trials.</exception>
    public SessionTrials Trials => _trials.Value;

    /// <summary>What was noticed while opening, one line each.</summary>
    public IEnumerable<string> Warnings => Parts.SelectMany(part => part.Recording.Warnings);

    /// <summary>Opens the files of a session.</summary>
    /// <param name="path">A file, or a folder that holds them (or whose sub-folders do).</param>
    /// <param name="mark">What the files' names must contain if any file's does.</param>
    /// <exception cref="DataFormatException">There are none, or one is not what it should be.</exception>
    public static Session Open(string path, string mark)
    {
        var parts = new List<SessionPart>();
        try
        {
            foreach (string file in SessionFiles.Find(path, mark))
            {
                parts.Add(PartOf(NwbRecording.Open(file), parts.LastOrDefault()));
            }

            return new Session(path, parts);
        }
        catch
        {
            parts.ForEach(part => part.Recording.Dispose());
            throw;
        }
    }

    /// <summary>A session of one recording.</summary>
    /// <param name="recording">In any format; the session closes it.</param>
    /// <exception cref="DataFormatException">It has no end.</exception>
    public static Session Of(Recording recording) => new(recording.Path, [PartOf(recording, null)]);

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (SessionPart part in Parts)
        {
            part.Recording.Dispose();
        }
    }

    private static SessionPart PartOf(Recording recording, SessionPart? before) =>
        new(recording, before is null ? 0 : ShiftAfter(before), LengthOf(recording));

    /// <summary>A file begins at the next tenth of a second, at least 50 ms after the last sample of the one before.</summary>
    private static long ShiftAfter(SessionPart before)
    {
        double lastSeconds = (before.ShiftMs + before.LengthMs - 1) / 1000.0;
        return (long)Math.Ceiling((lastSeconds + 0.05) * 10) * 100;
    }

    /// <summary>The observed time's end, in whole milliseconds; the recording's where nothing says what was observed.</summary>
    private static long LengthOf(Recording recording)
    {
        double last = double.NegativeInfinity;
        foreach (ReadOnlyMemory<Interval> observed in recording.Units.Observed ?? [])
        {
            last = observed.IsEmpty ? last : Math.Max(last, observed.Span[^1].Stop);
        }

        double end = Math.Round(1000 * (double.IsNegativeInfinity(last) ? recording.EndSeconds() : last));
        return end is >= 1 and < int.MaxValue
            ? (long)end
            : throw new DataFormatException(recording.Path, "", $"ends at {end / 1000:R} s, expected a recording of at least a millisecond and at most 24 days");
    }
}
