using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace UnetSpikes.Cli;

/// <summary>System.CommandLine's help, followed by what the exit codes mean.</summary>
/// <param name="help">The help that comes first.</param>
internal sealed class HelpWithExitCodes(HelpAction help) : SynchronousCommandLineAction
{
    // Help is asked for with half a command line: required options that are missing are no error then.
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int result = help.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Exit codes:");
        output.WriteLine("  " + ExitCode.Summary);
        return result;
    }
}
