using System.CommandLine;

namespace UnetSpikes.Jobs;

/// <summary>The options of every verb that submits a Slurm array.</summary>
public sealed class ArrayOptions
{
    private readonly Option<string?> _partition = new("--partition") { Description = "Slurm: the partition. Default: the cluster's.", HelpName = "NAME" };
    private readonly Option<string?> _time = new("--time") { Description = "Slurm: time limit of a task, as 4:00:00; what is not finished then goes on after a requeue.", HelpName = "TIME" };
    private readonly Option<int> _cpus = new("--cpus-per-task") { Description = "Slurm: cores, and so threads, of a task.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<string?> _gpus = new("--gpus") { Description = "Slurm: GPUs of a task, as 1 or a100:1.", HelpName = "N" };
    private readonly Option<int?> _parallel = new("--max-parallel") { Description = "Slurm: tasks at a time.", HelpName = "K" };
    private readonly Option<int?> _tasks = new("--tasks") { Description = "Slurm: tasks at most; with more work than tasks each does several pieces. Default: the cluster's MaxArraySize.", HelpName = "N" };
    private readonly Option<string[]> _more = new("--sbatch")
    {
        Description = "Slurm: any other option of sbatch, as account=lab, mem=8G or exclusive; may be repeated.",
        HelpName = "KEY=VALUE",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string[]> _setup = new("--setup")
    {
        Description = "Slurm: a line of shell to run first on the node, as 'module load dotnet'; may be repeated.",
        HelpName = "LINE",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _program = new("--program")
    {
        Description = "Slurm: what starts unet-spikes on the nodes, as 'apptainer exec unet.sif unet-spikes'. Default: as it was started here.",
        HelpName = "COMMAND",
    };

    private readonly Option<bool> _dryRun = new("--dry-run", "--script-only") { Description = "Slurm: write the script and submit nothing." };

    private Option[] All => [_partition, _time, _cpus, _gpus, _parallel, _tasks, _more, _setup, _program, _dryRun];

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="command">The verb.</param>
    public void AddTo(Command command) => Array.ForEach(All, command.Options.Add);

    /// <summary>Whether an option is one of these.</summary>
    /// <param name="option">Any option.</param>
    public bool Contains(Option option) => All.Contains(option);

    /// <summary>The name of the first of them that was given; null where none was.</summary>
    /// <param name="parsed">The command line.</param>
    public string? FirstGiven(ParseResult parsed) => All.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;

    /// <summary>Whether only the script is wanted.</summary>
    /// <param name="parsed">The command line.</param>
    public bool IsDryRun(ParseResult parsed) => parsed.GetValue(_dryRun);

    /// <summary>Reads and checks what was asked.</summary>
    /// <param name="parsed">The command line.</param>
    /// <exception cref="Core.UsageException">Something that cannot be.</exception>
    public ArrayRequest Read(ParseResult parsed)
    {
        var request = new ArrayRequest
        {
            Partition = parsed.GetValue(_partition),
            Time = parsed.GetValue(_time),
            CpusPerTask = parsed.GetValue(_cpus),
            Gpus = parsed.GetValue(_gpus),
            MaxParallel = parsed.GetValue(_parallel),
            MostTasks = parsed.GetValue(_tasks),
            More = [.. parsed.GetValue(_more)!.Select(Pair)],
            Setup = parsed.GetValue(_setup)!,
            Program = parsed.GetValue(_program),
        };
        request.Validate();
        return request;
    }

    private static KeyValuePair<string, string?> Pair(string text) => text.Split('=', 2) switch
    {
        [string key, string value] => new(key, value),
        _ => new(text, null),
    };
}
