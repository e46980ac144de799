using System.Buffers;
using System.Globalization;
using System.Text;

namespace UnetSpikes.Jobs;

/// <summary>The batch script of a Slurm array.</summary>
/// <param name="Name">The job's name in the queue.</param>
/// <param name="LogFolder">Receives a log per task, <c>ARRAY_TASK.log</c>; a requeued task appends to its own.</param>
/// <param name="Tasks">The array's tasks.</param>
/// <param name="Request">What each of them gets.</param>
/// <param name="Command">What a task runs, as a shell has it; <see cref="TaskNumber"/> stands for its number.</param>
public sealed record ArrayScript(string Name, string LogFolder, ArrayTasks Tasks, ArrayRequest Request, string Command)
{
    /// <summary>The task's number in <see cref="Command"/>.</summary>
    public const string TaskNumber = "\"$SLURM_ARRAY_TASK_ID\"";

    /// <summary>Seconds before the time limit at which a task is told: a checkpoint takes a few, a busy file system more.</summary>
    private const int Notice = 90;

    private static readonly SearchValues<char> Special = SearchValues.Create(" \t\"'\\#");

    /// <summary>Where tasks run: paths that are relative, in a configuration too, are meant from here.</summary>
    public string WorkFolder { get; init; } = Environment.CurrentDirectory;

    /// <summary>The script.</summary>
    public string Text()
    {
        string parallel = Request.MaxParallel is int k ? string.Create(CultureInfo.InvariantCulture, $"%{k}") : "";
        // B: = the batch process only, which is unet-spikes itself (exec below): it passes the word on to its training.
        List<(string Key, string? Value)> options =
        [
            ("job-name", Name),
            ("array", Tasks.Ranges() + parallel),
            ("chdir", WorkFolder),
            ("output", LogPattern()),
            ("open-mode", "append"),
            ("signal", string.Create(CultureInfo.InvariantCulture, $"B:USR1@{Notice}")),
            ("requeue", null),
            ("nodes", "1"),
            ("ntasks", "1"),
            ("cpus-per-task", Request.CpusPerTask.ToString(CultureInfo.InvariantCulture)),
        ];
        options.AddRange(new (string, string?)[] { ("partition", Request.Partition), ("time", Request.Time), ("gpus", Request.Gpus) }.Where(option => option.Item2 is not null));
        options.RemoveAll(option => Request.More.Any(more => more.Key == option.Key));
        options.AddRange(Request.More.Select(more => (more.Key, more.Value)));

        var text = new StringBuilder("#!/bin/bash\n# Written by unet-spikes; docs/slurm.md explains every line.\n");
        foreach ((string key, string? value) in options)
        {
            text.Append(CultureInfo.InvariantCulture, $"#SBATCH --{key}{(value is null ? "" : "=" + InComment(value))}\n");
        }

        text.Append("set -e\n");
        foreach (string line in Request.Setup)
        {
            text.Append(line).Append('\n');
        }

        return text.Append("exec ").Append(Command).Append('\n').ToString();
    }

    /// <summary>In Slurm's patterns % begins a variable, and is itself when doubled.</summary>
    private string LogPattern() => Path.Combine(LogFolder.Replace("%", "%%", StringComparison.Ordinal), "%A_%a.log");

    // sbatch splits its comments at blanks and drops quotes and backslashes, as a shell would.
    private static string InComment(string value) =>
        value.AsSpan().ContainsAny(Special) ? $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"" : value;
}
