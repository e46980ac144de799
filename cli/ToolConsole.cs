namespace UnetSpikes.Cli;

/// <summary>Where a tool writes: results on <see cref="Out"/>, everything else on <see cref="Error"/>, never both.</summary>
/// <param name="Out">Results: tables, JSON.</param>
/// <param name="Error">Messages, progress and the one error line.</param>
/// <param name="Quiet">Messages and progress are left out.</param>
/// <param name="Verbose">Details are written too.</param>
public sealed record ToolConsole(TextWriter Out, TextWriter Error, bool Quiet, bool Verbose)
{
    /// <summary>True when messages go to a terminal, so a progress line may be redrawn in place.</summary>
    public bool IsTerminal => !Quiet && ReferenceEquals(Error, Console.Error) && !Console.IsErrorRedirected;

    /// <summary>A message for the user, left out by <c>--quiet</c>.</summary>
    /// <param name="message">One line.</param>
    public void Info(string message)
    {
        if (!Quiet)
        {
            Error.WriteLine(message);
        }
    }

    /// <summary>A detail, shown by <c>--verbose</c>.</summary>
    /// <param name="message">One line.</param>
    public void Detail(string message)
    {
        if (Verbose)
        {
            Error.WriteLine(message);
        }
    }

    /// <summary>A warning: something was understood differently than the user may think. Not left out by <c>--quiet</c>.</summary>
    /// <param name="message">One line.</param>
    public void Warn(string message) => Error.WriteLine("warning: " + message);
}
