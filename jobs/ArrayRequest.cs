using UnetSpikes.Core;

namespace UnetSpikes.Jobs;

/// <summary>What a user asks of the cluster for each task of an array.</summary>
public sealed record ArrayRequest
{
    /// <summary>Options this program writes itself: the claim on a task, its logs and its going on depend on them.</summary>
    private static readonly string[] Own = ["array", "output", "error", "open-mode", "requeue", "no-requeue", "wrap", "parsable"];

    private static readonly Dictionary<string, string> Named = new()
    {
        ["partition"] = "--partition",
        ["time"] = "--time",
        ["cpus-per-task"] = "--cpus-per-task",
        ["gpus"] = "--gpus",
    };

    /// <summary>The partition; null = the cluster's default.</summary>
    public string? Partition { get; init; }

    /// <summary>Time limit as Slurm writes it, such as <c>4:00:00</c>; null = the partition's. A task that needs more goes on after a requeue.</summary>
    public string? Time { get; init; }

    /// <summary>Cores, and so threads, of each task; at least 1.</summary>
    public int CpusPerTask { get; init; } = 1;

    /// <summary>GPUs of each task as Slurm writes them: <c>1</c>, <c>a100:1</c>; null = none.</summary>
    public string? Gpus { get; init; }

    /// <summary>Tasks that may run at a time; null = as many as the cluster lets.</summary>
    public int? MaxParallel { get; init; }

    /// <summary>Tasks at most; null = as the cluster's MaxArraySize has it. More work than tasks: several pieces each.</summary>
    public int? MostTasks { get; init; }

    /// <summary>More options of sbatch: name without dashes → value, null for a flag.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> More { get; init; } = [];

    /// <summary>Lines of shell that run first: <c>module load dotnet</c>.</summary>
    public IReadOnlyList<string> Setup { get; init; } = [];

    /// <summary>What starts unet-spikes on the nodes, as a shell has it: <c>apptainer exec unet.sif unet-spikes</c>; null = as it was started here.</summary>
    public string? Program { get; init; }

    /// <summary>Checks it.</summary>
    /// <exception cref="UsageException">The first option that cannot be.</exception>
    public void Validate()
    {
        RequirePositive("--cpus-per-task", CpusPerTask);
        RequirePositive("--max-parallel", MaxParallel);
        RequirePositive("--tasks", MostTasks);
        RequireOneLine("--partition", Partition);
        RequireOneLine("--time", Time);
        RequireOneLine("--gpus", Gpus);
        RequireOneLine("--program", Program);
        foreach (string line in Setup)
        {
            RequireOneLine("--setup", line);
        }

        foreach ((string key, string? value) in More)
        {
            bool isName = key.Length > 1 && char.IsAsciiLetterLower(key[0]) && key.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
            Require(isName, "--sbatch", $"\"{key}\" is no long option of sbatch, expected for example account=lab or exclusive");
            Require(!Own.Contains(key), "--sbatch", $"{key} is set by unet-spikes itself");
            Require(!Named.ContainsKey(key), "--sbatch", $"{key} has an option of its own, expected {Named.GetValueOrDefault(key)}");
            RequireOneLine("--sbatch", value);
        }
    }

    private static void RequirePositive(string option, int? value) => Require(value is null or >= 1, option, $"is {value}, expected at least 1");

    // A line break would end the comment that Slurm reads, and what follows would run.
    private static void RequireOneLine(string option, string? value) =>
        Require(value is null || (value.Length > 0 && !value.AsSpan().ContainsAny('\n', '\r')), option, "is empty or has a line break, expected one line");

    private static void Require(bool isSo, string option, string problem)
    {
        if (!isSo)
        {
            throw new UsageException(option, problem);
        }
    }
}
