using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using UnetSpikes.Core;
using UnetSpikes.Hdf5.Readers;

namespace UnetSpikes.Cli;

/// <summary>Runs a tool: the only catch of the program, and the only place that turns an error into an exit code.</summary>
public static class ToolHost
{
    /// <summary>Exit code of a run interrupted by Ctrl-C or SIGTERM, its state saved.</summary>
    public const int Interrupted = ExitCode.Interrupted;

    /// <summary>Parses and runs a command with the process's own console.</summary>
    /// <param name="command">The tool, or the root that gathers them.</param>
    /// <param name="args">The command line.</param>
    /// <returns>The documented exit code.</returns>
    /// <remarks>Every tool is also the program of its own reader processes (<see cref="ReaderProgram"/>), by a verb no help shows.</remarks>
    public static int Run(Command command, string[] args) =>
        args is [ReaderProgram.Verb] ? ReaderServer.Run() : Run(command, args, Console.Out, Console.Error);

    /// <summary>Parses and runs a command, writing where it is told: what the tests call.</summary>
    /// <param name="command">The tool, or the root that gathers them.</param>
    /// <param name="args">The command line.</param>
    /// <param name="output">Results.</param>
    /// <param name="error">Messages and the one error line.</param>
    /// <returns>The documented exit code.</returns>
    public static int Run(Command command, string[] args, TextWriter output, TextWriter error)
    {
        ParseResult parsed = WithHelp(command, args).Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is null or { ClearsParseErrors: false })
        {
            error.WriteLine($"error: {OneLine(parsed.Errors[0].Message)} (see {CommandPath(parsed)} --help)");
            return ExitCode.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            // A checkpoint is written before leaving; two seconds, the default, may not be enough on a slow disk.
            ProcessTerminationTimeout = TimeSpan.FromMinutes(1),
        };
        try
        {
            return parsed.Invoke(configuration);
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("interrupted");
            return ExitCode.Interrupted;
        }
        catch (Exception e) when (e is (UnetSpikesException or IOException or UnauthorizedAccessException) && !IsMissingAssembly(e))
        {
            error.WriteLine("error: " + OneLine(e.Message));
            if (args.Contains("--verbose") || args.Contains("-v"))
            {
                error.WriteLine(e);
            }

            // A disk that is full or a folder that may not be written is no bug: it is said like any bad input.
            return e is UnetSpikesException known ? known.ExitCode : ExitCode.Data;
        }
#pragma warning disable CA1031 // The last resort of the program: whatever is left is a bug, shown with its stack.
        catch (Exception e)
        {
            error.WriteLine("error: a bug in unet-spikes; please report it with what follows");
            error.WriteLine(e);
            return ExitCode.Bug;
        }
#pragma warning restore CA1031
    }

    /// <summary>The console of a running command, from its parse result.</summary>
    /// <param name="parsed">As handed to the command's action.</param>
    /// <param name="quiet">The command's own <c>--quiet</c>.</param>
    /// <param name="verbose">The command's own <c>--verbose</c>.</param>
    public static ToolConsole ConsoleOf(ParseResult parsed, bool quiet, bool verbose) =>
        new(parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, quiet, verbose);

    /// <summary>
    /// A tool that runs alone gets --help and --version, which only a RootCommand has by itself, and answers completion
    /// (<c>[suggest]</c>, which only a RootCommand understands) through one that shares its symbols. Its name stays its own.
    /// </summary>
    private static Command WithHelp(Command command, string[] args)
    {
        if (command is not RootCommand)
        {
            if (!command.Options.Any(o => o is HelpOption))
            {
                command.Options.Add(new HelpOption());
                command.Options.Add(new VersionOption());
            }

            if (args.Length > 0 && args[0].StartsWith("[suggest", StringComparison.Ordinal))
            {
                return RootSharing(command);
            }
        }

        foreach (HelpOption option in command.Options.OfType<HelpOption>())
        {
            if (option.Action is HelpAction help)
            {
                option.Action = new HelpWithExitCodes(help);
            }
        }

        return command;
    }

    private static RootCommand RootSharing(Command tool)
    {
        var root = new RootCommand();
        foreach (Option option in tool.Options.Where(o => o is not (HelpOption or VersionOption)))
        {
            root.Options.Add(option);
        }

        foreach (Argument argument in tool.Arguments)
        {
            root.Arguments.Add(argument);
        }

        foreach (Command verb in tool.Subcommands)
        {
            root.Subcommands.Add(verb);
        }

        return root;
    }

    /// <summary>A library of ours that cannot be loaded is an IOException too, but no file of the user's.</summary>
    private static bool IsMissingAssembly(Exception e) =>
        e is FileLoadException || (e is FileNotFoundException { FileName: { } name } && name.Contains(", Culture=", StringComparison.Ordinal));

    private static string CommandPath(ParseResult parsed)
    {
        var names = new List<string>();
        for (SymbolResult? s = parsed.CommandResult; s is CommandResult c; s = s.Parent)
        {
            names.Insert(0, c.Command.Name);
        }

        return string.Join(' ', names);
    }

    /// <summary>Without line ends, and without what would move a terminal's cursor or change its colours: messages quote files.</summary>
    private static string OneLine(string message) => string.Join(
        ' ', string.Concat(message.Select(c => char.IsControl(c) ? '\n' : c)).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
