using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Report;

/// <summary>From run folders to a page.</summary>
public static class ReportRun
{
    /// <summary>Reads the runs, runs their networks and writes the page.</summary>
    /// <param name="options">What to show and where.</param>
    /// <param name="console">For progress.</param>
    /// <param name="cancel">Ctrl-C: nothing is written.</param>
    /// <returns>What the page says.</returns>
    /// <exception cref="UsageException">An option is wrong, or a folder holds no run.</exception>
    public static ReportContent Run(ReportOptions options, ToolConsole console, CancellationToken cancel)
    {
        if (Directory.Exists(options.OutPath))
        {
            throw new UsageException("--out", $"{options.OutPath} is a folder, expected a file such as report.html");
        }

        if (File.Exists(options.OutPath) && !options.Force)
        {
            throw new UsageException("--out", $"{options.OutPath} exists; --force overwrites it");
        }

        TrainedRun[] runs = [.. options.Runs.Select(folder => TrainedRun.Read(folder, options.DataPath))];
        var contents = new List<RunContent>();
        using (var line = new ProgressLine(console, "report", runs.Length, "runs"))
        {
            foreach (TrainedRun run in runs)
            {
                contents.Add(RunAnalysis.Of(run, options, runs.Length, cancel));
                line.Report(contents.Count, run.Name);
            }
        }

        foreach (TrainedRun run in runs.Where(run => run.History.Count == 0))
        {
            console.Warn(string.Create(CultureInfo.InvariantCulture, $"{run.Files.History} is not there: the page has no curves of {run.Name}"));
        }

        var content = ReportContent.Of(contents);
        AtomicFile.WriteText(options.OutPath, ReportPage.Make("Report on " + string.Join(", ", runs.Select(run => run.Name)), content));
        return content;
    }
}
