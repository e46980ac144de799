using System.Diagnostics;
using UnetSpikes.Infer.Files;

namespace UnetSpikes.Infer.Pipeline;

/// <summary>One file on its way: set up by the stage that reads it, known to all, done with when its last piece is written.</summary>
/// <param name="file">What and where to.</param>
internal sealed class FileJob(PlannedFile file)
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private Exception? _failure;

    /// <summary>What and where to.</summary>
    public PlannedFile File => file;

    /// <summary>Its arrays; set before its first piece is handed on.</summary>
    public IReadOnlyList<ArrayPlan> Arrays { get; set; } = [];

    /// <summary>Which channels its units are; as for <see cref="Arrays"/>.</summary>
    public UnitMap Units { get; set; } = UnitMap.None;

    /// <summary>Where the rates come from; as for <see cref="Arrays"/>.</summary>
    public string ProvenanceJson { get; set; } = "{}";

    /// <summary>What was noticed in the file, one line each; as for <see cref="Arrays"/>.</summary>
    public IReadOnlyList<string> Warnings { get; set; } = [];

    /// <summary>What went wrong first, in whichever stage; from then on the file's pieces pass untouched.</summary>
    public Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>Bins of all trials of all arrays.</summary>
    public long RecordedBins => Arrays.Sum(a => (long)a.Counts.Trials * a.Counts.Bins);

    /// <summary>Bins of their rates, forward bins included.</summary>
    public long RatesBins => Arrays.Sum(a => (long)a.Counts.Trials * a.RatesBins);

    /// <summary>Since it was opened.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Gives the file up.</summary>
    public void Fail(Exception reason) => Interlocked.CompareExchange(ref _failure, reason, null);

    /// <summary>Whether an error is about one file, and the others may go on.</summary>
    public static bool IsOfOneFile(Exception e) => e is Core.UnetSpikesException or IOException or UnauthorizedAccessException;
}
