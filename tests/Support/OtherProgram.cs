using System.Diagnostics;
using Xunit;

namespace UnetSpikes.Tests.Support;

/// <summary>Programs that are not ours, where they are installed.</summary>
internal static class OtherProgram
{
    private static readonly string[] Browsers = ["chromium", "chromium-browser", "google-chrome"];

    /// <summary>A program of the path, by the first of its names that is there; null = none is.</summary>
    public static string? Find(params string[] names) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .SelectMany(folder => names.Select(name => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    /// <summary>A browser; the test skips where there is none.</summary>
    public static string Browser()
    {
        string? found = Find(Browsers);
        Skip.If(found is null, "no Chromium or Chrome is installed (scripts/setup.sh --tests installs it on Debian)");
        return found!;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Whether its exit code was 0, and what it printed; on failure its errors too. A program that is not there has failed.</returns>
    public static (bool IsSuccess, string Output) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode == 0, process.ExitCode == 0 ? output : output + errors.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (false, e.Message);
        }
    }
}
