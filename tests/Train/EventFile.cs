using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>Event files as read_events.py reads them; tests skip where there is no Python with protobuf.</summary>
internal static class EventFile
{
    private const string Python = "/usr/bin/python3";

    /// <summary>The events of the one event file of a folder.</summary>
    public static JsonElement[] ReadOf(string folder) => Read(Assert.Single(Directory.GetFiles(folder, "events.out.tfevents.*")));

    /// <summary>The events of a file, in order.</summary>
    public static JsonElement[] Read(string path, [CallerFilePath] string here = "")
    {
        Skip.IfNot(File.Exists(Python), "no /usr/bin/python3 to read event files with");
        Skip.If(Run("-c", "import google.protobuf").ExitCode != 0, "python3-protobuf is not installed (apt-get install python3-protobuf)");

        (int exitCode, string output, string error) = Run(Path.Combine(Path.GetDirectoryName(here)!, "read_events.py"), path);

        Assert.True(exitCode == 0, error);
        // Python writes NaN as a bare word, which JSON does not know.
        return [.. JsonDocument.Parse(output.Replace("NaN", "null", StringComparison.Ordinal)).RootElement.EnumerateArray()];
    }

    /// <summary>Events under a tag, in order.</summary>
    public static JsonElement[] Tagged(this JsonElement[] events, string tag) =>
        [.. events.Where(e => e.TryGetProperty("tag", out JsonElement name) && name.GetString() == tag)];

    /// <summary>Tags that begin so, each once.</summary>
    public static string[] TagsOf(this JsonElement[] events, string prefix) =>
        [.. events.Where(e => e.TryGetProperty("tag", out _)).Select(e => e.GetProperty("tag").GetString()!)
            .Where(t => t.StartsWith(prefix, StringComparison.Ordinal)).Distinct()];

    public static double Number(this JsonElement parent, string name) => parent.GetProperty(name).GetDouble();

    private static (int ExitCode, string Output, string Error) Run(params string[] args)
    {
        var start = new ProcessStartInfo(Python, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
