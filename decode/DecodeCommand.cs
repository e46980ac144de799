using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Decode.Behavior;
using UnetSpikes.Decode.Benchmark;

namespace UnetSpikes.Decode;

/// <summary>The tool's command line.</summary>
public static class DecodeCommand
{
    /// <summary>Declares <c>decode</c>.</summary>
    public static Command Create()
    {
        var arguments = new DecodeArguments();
        Option<bool> force = CommonOptions.Force(), json = CommonOptions.Json(), quiet = CommonOptions.Quiet(), verbose = CommonOptions.Verbose();
        var command = new Command("decode", "Score rates: by decoding latents (--targets) or behaviour (--behavior) from them, or as the Neural Latents Benchmark does (--submission).");
        foreach (Option option in arguments.All.Concat([force, json, quiet, verbose]))
        {
            command.Options.Add(option);
        }

        // An asynchronous action is what System.CommandLine cancels on Ctrl-C; the work itself is synchronous.
        command.SetAction((parsed, cancel) => Task.Run(
            () =>
            {
                ToolConsole console = ToolHost.ConsoleOf(parsed, parsed.GetValue(quiet), parsed.GetValue(verbose));
                Execute(arguments, parsed, parsed.GetValue(force), parsed.GetValue(json), console, cancel);
                return ExitCode.Success;
            },
            cancel));
        return command;
    }

    private static void Execute(DecodeArguments arguments, ParseResult parsed, bool isForced, bool isJson, ToolConsole console, CancellationToken cancel)
    {
        Option form = arguments.RequireOneForm(parsed);
        DecodeOptions options = arguments.ReadOptions(parsed);
        string? output = arguments.ReadOutput(parsed, isForced);
        if (form == arguments.Latents.Targets)
        {
            LatentForm.Execute(parsed.GetValue(arguments.Rates)!, parsed.GetValue(arguments.Latents.Targets)!, output!, isJson, options, console, cancel);
        }
        else if (form == arguments.Behavior.Series)
        {
            BehaviorForm behavior = arguments.Behavior;
            BehaviorForm.Execute(
                parsed.GetValue(arguments.Rates)!, parsed.GetValue(behavior.Series)!, parsed.GetValue(behavior.Counts), output!, isJson, options, console, cancel);
        }
        else
        {
            SubmissionForm submission = arguments.Submission;
            SubmissionForm.Execute(parsed.GetValue(submission.Rates)!, parsed.GetValue(submission.Target)!, output, parsed.GetValue(submission.Row), isJson, console, cancel);
        }
    }
}
