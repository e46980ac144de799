using System.CommandLine;
using UnetSpikes.Cli;
using static UnetSpikes.Sweep.SweepOptions;

namespace UnetSpikes.Sweep;

/// <summary><c>sweep collect</c>: what the run folders hold → results as CSV, JSON and a table.</summary>
internal static class CollectVerb
{
    public static Command Create() => new Command("collect", "Gather what is there of a sweep: results.csv, combinations.csv, results.json, and the ranked table.")
    {
        Out, Json, Quiet, Verbose,
    }.WithAction((parsed, console, _) => Collect(SweepFolder.Open(parsed.GetValue(Out)!), console, parsed.GetValue(Json)));

    /// <summary>Writes the files and the table.</summary>
    /// <returns>The exit code: 6 where all members failed.</returns>
    public static int Collect(SweepFolder folder, ToolConsole console, bool withJson)
    {
        var results = SweepResults.Of(folder);
        ResultFiles.Write(folder.FolderPath, results);
        ResultFiles.Table(results).Write(console.Out);
        if (withJson)
        {
            JsonLine.Write(console.Out, ResultFiles.Summary(results));
        }

        if (!results.HaveAllFailed)
        {
            return ExitCode.Success;
        }

        console.Error.WriteLine($"error: all {results.Members.Count} members failed; the first: {results.Members[0].Error}");
        return ExitCode.Training;
    }
}
