namespace UnetSpikes.Cli;

/// <summary>What a tool's exit code says to the script that called it. Errors carry theirs (<c>UnetSpikesException.ExitCode</c>).</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Success = 0;

    /// <summary>Anything unexpected; the stack is on stderr.</summary>
    public const int Bug = 1;

    /// <summary>A wrong option, or an options file that cannot be used.</summary>
    public const int Usage = 2;

    /// <summary>A data file that is not what it should be, or a place that cannot be read or written.</summary>
    public const int Data = 3;

    /// <summary>A graph, model or checkpoint that cannot be used.</summary>
    public const int Model = 4;

    /// <summary>ONNX Runtime or a device refused.</summary>
    public const int Device = 5;

    /// <summary>Training cannot go on; the last good checkpoint is named.</summary>
    public const int Training = 6;

    /// <summary>Ctrl-C or SIGTERM, after the state was saved.</summary>
    public const int Interrupted = 130;

    /// <summary>One line for the end of <c>--help</c>.</summary>
    public const string Summary =
        "0 done, 1 bug, 2 usage, 3 data, 4 model or checkpoint, 5 device, 6 training failed, 130 interrupted (state saved)";
}
