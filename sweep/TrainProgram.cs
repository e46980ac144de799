using System.Diagnostics;
using System.Runtime.InteropServices;
using UnetSpikes.Core;

namespace UnetSpikes.Sweep;

/// <summary>How <c>unet-spikes train</c> is started: members run as processes of their own, so that one that dies takes no other along.</summary>
/// <param name="FileName">The program.</param>
/// <param name="Prefix">What stands before train's own arguments.</param>
public sealed partial record TrainProgram(string FileName, IReadOnlyList<string> Prefix)
{
    private const int Terminate = 15;

    /// <summary>This program itself.</summary>
    public static TrainProgram OfThisProcess() => new(ThisProgram.Words[0], [.. ThisProgram.Words.Skip(1), "train"]);

    /// <summary>Runs it to its end.</summary>
    /// <param name="arguments">train's arguments.</param>
    /// <param name="stop">When cancelled, it is asked to save its state and leave, and waited for.</param>
    /// <param name="abandon">When cancelled, it is killed: its folder is somebody else's by now.</param>
    /// <returns>Its exit code, and the line of its error or the last it wrote.</returns>
    public (int ExitCode, string LastWords) Run(IEnumerable<string> arguments, CancellationToken stop, CancellationToken abandon)
    {
        var start = new ProcessStartInfo(FileName, [.. Prefix, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start) ?? throw new IOException($"{FileName} cannot be started");
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None), error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using (stop.Register(() => Stop(process)))
        using (abandon.Register(process.Kill))
        {
            process.WaitForExit();
        }

        Task.WaitAll(output, error);
        string[] lines = error.Result.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string words = Array.FindLast(lines, line => line.StartsWith("error: ", StringComparison.Ordinal)) ?? lines.LastOrDefault() ?? "";
        return (process.ExitCode, words.StartsWith("error: ", StringComparison.Ordinal) ? words["error: ".Length..] : words);
    }

    private static void Stop(Process process)
    {
        if (OperatingSystem.IsWindows())
        {
            process.Kill(); // There is no milder way there; the last checkpoint is what it goes on from.
        }
        else
        {
            _ = Kill(process.Id, Terminate);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
