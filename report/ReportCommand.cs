using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Cli;

namespace UnetSpikes.Report;

/// <summary>The tool's command line.</summary>
public static class ReportCommand
{
    /// <summary>Declares <c>report</c>.</summary>
    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "Folders of training runs (runs/NAME); several are compared.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<string>("--out") { Description = "The page to write.", HelpName = "FILE", Required = true };
        var data = new Option<string?>("--data") { Description = "The data set the runs were trained on. Default: where each run's checkpoint says.", HelpName = "FILE" };
        Option<int[]> trials = Positions("--trials", "Validation trials to show, from 0; the first one at first. Default: the first ones."),
            units = Positions("--units", "Units whose rates are drawn at first, from 0. Default: the three that fire most.");
        Option<int> threads = CommonOptions.Threads();
        Option<bool> force = CommonOptions.Force(), json = CommonOptions.Json(), quiet = CommonOptions.Quiet(), verbose = CommonOptions.Verbose();

        var command = new Command("report", "Show what a run learned, on one HTML page that needs nothing else: run → report.html.")
        {
            runs, output, data, trials, units, threads, force, json, quiet, verbose,
        };
        // An asynchronous action is what System.CommandLine cancels on Ctrl-C; the work itself is synchronous.
        command.SetAction((parsed, cancel) => Task.Run(
            () =>
            {
                ToolConsole console = ToolHost.ConsoleOf(parsed, parsed.GetValue(quiet), parsed.GetValue(verbose));
                var options = new ReportOptions
                {
                    Runs = parsed.GetValue(runs)!,
                    OutPath = parsed.GetValue(output)!,
                    DataPath = parsed.GetValue(data),
                    Trials = parsed.GetResult(trials) is null ? null : parsed.GetValue(trials),
                    Units = parsed.GetResult(units) is null ? null : parsed.GetValue(units),
                    Threads = parsed.GetValue(threads),
                    Force = parsed.GetValue(force),
                };
                var clock = Stopwatch.StartNew();
                ReportContent content = ReportRun.Run(options, console, cancel);
                Table(content).Write(console.Out);
                long bytes = new FileInfo(options.OutPath).Length;
                console.Info(string.Create(CultureInfo.InvariantCulture, $"wrote {options.OutPath}: {bytes / 1024} KiB; open it in a browser"));
                if (parsed.GetValue(json))
                {
                    JsonLine.Write(console.Out, Summary(options.OutPath, bytes, content, clock.Elapsed.TotalSeconds));
                }

                return ExitCode.Success;
            },
            CancellationToken.None));
        return command;
    }

    private static ResultTable Table(ReportContent content)
    {
        var table = new ResultTable("run", "score", "network", "smoothing");
        foreach (RunContent run in content.Runs)
        {
            foreach (Score score in run.Scores)
            {
                table.Add(run.Name, score.Name, ResultTable.Cell(score.Network), ResultTable.Cell(score.Smoothing));
            }
        }

        foreach (Score score in content.Runs.SelectMany(run => run.Scores).DistinctBy(score => score.Name))
        {
            table.Note($"{score.Name}: {score.Definition}");
        }

        return table;
    }

    private static object Summary(string path, long bytes, ReportContent content, double seconds) => new
    {
        Report = path,
        Bytes = bytes,
        Runs = content.Runs.Select(run => new
        {
            run.Name,
            run.Scores,
            run.SmoothingSigmaBins,
            Latents = new { run.Latents.Kind, run.Latents.R2 },
            run.Levels.Ablations,
        }),
        content.Differences,
        Seconds = seconds,
    };

    private static Option<int[]> Positions(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "I,J,…",
        CustomParser = result => NumberList.Parse<int>(result, name, NumberStyles.None, "position", "0,4,7"),
    };
}
