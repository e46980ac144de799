using System.Globalization;
using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Jobs;

/// <summary>The folder <c>slurm/</c> beside the results of an array: its script, a log per task, and <c>ID.json</c> for each submission.</summary>
/// <param name="parent">The folder it lies in.</param>
public sealed class JobFolder(string parent)
{
    private readonly string _path = Path.Combine(Path.GetFullPath(parent), "slurm");

    /// <summary>Writes the script of an array, and submits it.</summary>
    /// <param name="name">The job's name.</param>
    /// <param name="words">What a task runs: the verb and its options, without the program.</param>
    /// <param name="taskOptions">The rest, in which <see cref="ArrayScript.TaskNumber"/> stands for the task's number; shell text.</param>
    /// <param name="pieces">All pieces of work.</param>
    /// <param name="left">Those to do, from 1; at least one.</param>
    /// <param name="request">What each task gets.</param>
    /// <param name="isDryRun">Whether only the script is written.</param>
    /// <exception cref="UsageException">sbatch refused.</exception>
    public ArraySubmission Submit(
        string name, IEnumerable<string> words, Func<ArrayTasks, string> taskOptions, int pieces, IReadOnlyCollection<int> left, ArrayRequest request, bool isDryRun)
    {
        var tasks = ArrayTasks.Divide(pieces, left, Math.Min(request.MostTasks ?? int.MaxValue, Slurm.MostTasks()));
        string program = request.Program ?? ShellWords.Join(ThisProgram.Words);
        var script = new ArrayScript(name, _path, tasks, request, $"{program} {ShellWords.Join(words)} {taskOptions(tasks)}");
        string path = Path.Combine(_path, "array.sbatch");
        AtomicFile.WriteText(path, script.Text()); // Slurm would not make the logs' folder; this does.
        if (isDryRun)
        {
            return new ArraySubmission(null, path, tasks, left.Count);
        }

        string job = Slurm.Submit(path);
        AtomicFile.WriteText(Path.Combine(_path, job + ".json"), JsonLine.Text(new { tasks.Of }));
        return new ArraySubmission(job, path, tasks, left.Count);
    }

    /// <summary>Submissions so far: a job's id → its number of tasks (<see cref="ArrayTasks.Of"/>).</summary>
    public IReadOnlyDictionary<string, int> Submissions()
    {
        var found = new Dictionary<string, int>();
        foreach (string file in Directory.Exists(_path) ? Directory.EnumerateFiles(_path, "*.json") : [])
        {
            try
            {
                using var record = JsonDocument.Parse(File.ReadAllText(file));
                found[Path.GetFileNameWithoutExtension(file)] = record.RootElement.GetProperty("of").GetInt32();
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new DataFormatException(file, "", "is no record of a submission, expected {\"of\": N}", e);
            }
        }

        return found;
    }
}

/// <summary>An array that was submitted, or only written.</summary>
/// <param name="Job">Its id; null = not submitted.</param>
/// <param name="Script">Its script.</param>
/// <param name="Tasks">Its tasks.</param>
/// <param name="Pieces">Pieces of work they have to do.</param>
public sealed record ArraySubmission(string? Job, string Script, ArrayTasks Tasks, int Pieces)
{
    /// <summary>Says what was done.</summary>
    /// <param name="console">Where.</param>
    /// <param name="pieces">What the pieces are: <c>members</c>.</param>
    /// <param name="withJson">Whether as JSON too.</param>
    public void Report(ToolConsole console, string pieces, bool withJson)
    {
        string what = string.Create(CultureInfo.InvariantCulture, $"{Pieces} {pieces} in {Tasks.Numbers.Count} tasks ({Tasks.Ranges()})");
        console.Info(Job is null
            ? $"wrote {Script}: {what}; submit it with: sbatch {ShellWords.Quote(Script)}"
            : $"submitted {Job}: {what}; logs: {Path.GetDirectoryName(Script)}/{Job}_TASK.log");
        if (withJson)
        {
            JsonLine.Write(console.Out, new { Job, Script, Tasks = Tasks.Ranges(), Of = Tasks.Of, Pieces });
        }
    }
}
