using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Infer.Files;
using UnetSpikes.Jobs;

namespace UnetSpikes.Infer;

/// <summary><c>infer --slurm</c>: the files that are left as a Slurm array, each task a <see cref="Shard"/> of them; and what such a task does when told to stop.</summary>
internal sealed class SlurmInfer
{
    private readonly Option<bool> _slurm = new("--slurm") { Description = "Submit what is left to do as a Slurm array instead of doing it here; each task does a share." };
    private readonly Option<bool> _requeue = new("--requeue") { Description = "In a Slurm task: on USR1 or TERM go back into the queue; finished files stay." };
    private readonly ArrayOptions _array = new();

    /// <summary>Adds the options.</summary>
    /// <param name="command"><c>infer</c>.</param>
    public void AddTo(Command command)
    {
        command.Options.Add(_slurm);
        command.Options.Add(_requeue);
        _array.AddTo(command);
    }

    /// <summary>Refuses Slurm's options where there is nothing to share out.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="with">What they were given with.</param>
    /// <exception cref="UsageException">They were given.</exception>
    public void RequireUnasked(ParseResult parsed, string with)
    {
        if (IsAsked(parsed))
        {
            throw new UsageException("--slurm", "does not go with " + with);
        }
    }

    /// <summary>Whether an array is wanted.</summary>
    /// <param name="parsed">The command line.</param>
    public bool IsAsked(ParseResult parsed) => parsed.GetValue(_slurm);

    /// <summary>Submits, or infers here.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="options">What it says.</param>
    /// <param name="console">For messages.</param>
    /// <param name="json">Whether a submission is printed as JSON too.</param>
    /// <param name="infer">Infers.</param>
    /// <param name="cancel">Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    public int Execute(ParseResult parsed, InferOptions options, ToolConsole console, bool json, Func<CancellationToken, int> infer, CancellationToken cancel)
    {
        if (IsAsked(parsed))
        {
            return Submit(parsed, options, console, json);
        }

        if (_array.FirstGiven(parsed) is string stray)
        {
            throw new UsageException(stray, "goes with --slurm");
        }

        using var signals = new StopSignals(cancel);
        try
        {
            return infer(signals.Token);
        }
        catch (OperationCanceledException) when (signals.HaveCome && parsed.GetValue(_requeue))
        {
            SlurmTask.OfThisProcess()?.Requeue(console);
            throw;
        }
    }

    private int Submit(ParseResult parsed, InferOptions options, ToolConsole console, bool json)
    {
        ArrayRequest request = _array.Read(parsed);
        if (options.Shard != Shard.Whole)
        {
            throw new UsageException("--shard", "is what --slurm gives its tasks; expected one of the two");
        }

        if (options.Force)
        {
            throw new UsageException("--force", "would have a requeued task do its finished files again; delete them, or choose another --out");
        }

        IReadOnlyList<PlannedFile> files = FilePlan.FilesOf(options);
        HashSet<PlannedFile> left;
        using (SpikeModel model = SpikeModel.Open(options.ModelPath, options.Device, options.Threads))
        {
            left = [.. FilePlan.For(files, model, options).ToDo];
        }

        if (left.Count == 0)
        {
            console.Info($"{options.OutFolder}: all {files.Count} files are finished");
            return ExitCode.Success;
        }

        ArraySubmission submission = new JobFolder(options.OutFolder).Submit(
            "infer-" + Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.OutFolder))),
            ["infer", .. Repeated(parsed), "--requeue"],
            tasks => string.Create(CultureInfo.InvariantCulture, $"--shard {ArrayScript.TaskNumber}/{tasks.Of}"),
            files.Count,
            [.. files.Index().Where(file => left.Contains(file.Item)).Select(file => file.Index + 1)],
            request,
            _array.IsDryRun(parsed));
        submission.Report(console, "files", json);
        return ExitCode.Success;
    }

    /// <summary>What was asked of this command, to be asked of each task: all that is neither about Slurm nor about what is printed here.</summary>
    private IEnumerable<string> Repeated(ParseResult parsed) => parsed.CommandResult.Children.OfType<OptionResult>()
        .Where(option => !option.Implicit && option.Option != _slurm && !_array.Contains(option.Option) && option.Option.Name is not ("--json" or "--quiet"))
        .SelectMany(option => option.Tokens.Count == 0 ? [option.Option.Name] : option.Tokens.Select(token => $"{option.Option.Name}={token.Value}"));
}
