using System.Diagnostics;
using System.Globalization;
using System.Runtime.ExceptionServices;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Infer.Pipeline;

namespace UnetSpikes.Infer;

/// <summary>Follows a run over files on a progress line, and keeps what comes of each.</summary>
/// <param name="console">Where messages go.</param>
/// <param name="files">How many there are to do; a single one is followed by its bins.</param>
internal sealed class FileProgress(ToolConsole console, int files) : IDisposable
{
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly List<InputResult> _results = [];
    private readonly List<InputFailure> _failures = [];
    private ProgressLine? _line;
    private FileJob? _job;
    private long _bins;

    /// <summary>Of the files that were done, in order.</summary>
    public IReadOnlyList<InputResult> Results => _results;

    /// <summary>Of those that were not.</summary>
    public IReadOnlyList<InputFailure> Failures => _failures;

    /// <summary>What the first failure was.</summary>
    public ExceptionDispatchInfo? FirstError { get; private set; }

    /// <summary>Since the start.</summary>
    public double Seconds => Stopwatch.GetElapsedTime(_started).TotalSeconds;

    /// <summary>Notes bins that were written.</summary>
    public void Wrote(FileJob job, long bins)
    {
        _bins = ReferenceEquals(_job, job) ? _bins + bins : bins;
        _job = job;
        string name = Path.GetFileName(job.File.Input.Path);
        if (files == 1)
        {
            Line(job.RatesBins, "bins").Report(_bins, name);
        }
        else
        {
            Line(files, "files").Report(_results.Count + _failures.Count, string.Create(CultureInfo.InvariantCulture, $"{name} {100 * _bins / Math.Max(job.RatesBins, 1)} %"));
        }
    }

    /// <summary>Notes that a file has ended.</summary>
    /// <param name="job">The file.</param>
    /// <param name="result">Null where it failed.</param>
    public void Ended(FileJob job, InputResult? result)
    {
        foreach (string warning in job.Warnings)
        {
            Message("warning: " + warning);
        }

        if (result is not null)
        {
            _results.Add(result);
            string[] units = [.. UnitsOf(result)];
            Message($"wrote {result.Out}{(units.Length > 0 ? $" ({string.Join("; ", units)})" : "")}");
            return;
        }

        Exception reason = job.Failure!;
        FirstError ??= ExceptionDispatchInfo.Capture(reason);
        var failure = new InputFailure(job.File.Input.Path, reason is UnetSpikesException known ? known.ExitCode : ExitCode.Data, reason.Message);
        _failures.Add(failure);
        if (files > 1)
        {
            Message("failed: " + failure.Problem);
        }
    }

    /// <summary>In what its units differ from the model's.</summary>
    private static IEnumerable<string> UnitsOf(InputResult result)
    {
        if (result.UnitsReordered)
        {
            yield return "the model's units in another order; the rates follow the file's";
        }

        if (result.UnitsMissing.Count > 0)
        {
            yield return $"silence in place of {result.UnitsMissing.Count} units of the model: {string.Join(", ", result.UnitsMissing)}";
        }

        if (result.UnitsDropped.Count > 0)
        {
            yield return $"without {result.UnitsDropped.Count} units that the model was not trained on: {string.Join(", ", result.UnitsDropped)}";
        }
    }

    /// <summary>A message above the line.</summary>
    public void Message(string message) => Line(files, "files").Message(message);

    public void Dispose() => _line?.Dispose();

    private ProgressLine Line(long total, string things) => _line ??= new ProgressLine(console, "infer", total, things);
}
