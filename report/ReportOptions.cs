namespace UnetSpikes.Report;

/// <summary>What to show and where.</summary>
public sealed record ReportOptions
{
    /// <summary>Folders of training runs, <c>runs/NAME</c>; at least one.</summary>
    public required IReadOnlyList<string> Runs { get; init; }

    /// <summary>The page to write.</summary>
    public required string OutPath { get; init; }

    /// <summary>The data set of the runs; null = where each run's checkpoint says.</summary>
    public string? DataPath { get; init; }

    /// <summary>Validation trials to show, positions from 0, the first one at first; null = the first ones.</summary>
    public IReadOnlyList<int>? Trials { get; init; }

    /// <summary>Units whose rates are drawn at first, positions from 0; null = those that fire most.</summary>
    public IReadOnlyList<int>? Units { get; init; }

    /// <summary>Threads; 0 = as many as the job was given.</summary>
    public int Threads { get; init; }

    /// <summary>Whether an existing file is replaced.</summary>
    public bool Force { get; init; }
}
