using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Cli;

namespace UnetSpikes.Export;

/// <summary>The tool's command line.</summary>
public static class ExportCommand
{
    /// <summary>Declares <c>export</c>.</summary>
    public static Command Create()
    {
        var defaults = new ExportOptions { CheckpointPaths = [], OutPath = "" };
        var checkpoint = new Option<string[]>("--checkpoint")
        {
            Description = "Checkpoint of 'train', runs/NAME/best.safetensors, or the folder of a run or an ensemble. Of several networks the mean log-rate is exported.",
            HelpName = "FILE|DIR",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var output = new Option<string>("--out") { Description = "The model to write.", HelpName = "FILE", Required = true };
        var form = new Option<string>("--for")
        {
            Description = "batch: many trials at a time; latency: one or a few; auto: both in one file, chosen at each run.",
            HelpName = "auto|batch|latency",
            DefaultValueFactory = _ => "auto",
        };
        form.AcceptOnlyFromAmong("auto", "batch", "latency");
        var data = new Option<string?>("--data") { Description = "The data set it was trained on, for verification. Default: where the checkpoint says.", HelpName = "FILE" };
        var atol = new Option<double>("--atol")
        {
            Description = "Largest difference of log-rates (of rates, for the identity link) from the checkpoint's; above it nothing is written and the exit code is 4.",
            HelpName = "X",
            DefaultValueFactory = _ => defaults.Atol,
        };
        var binMs = new Option<double?>("--bin-ms") { Description = "Width of a bin, where the checkpoint does not know it.", HelpName = "MS" };
        var licence = new Option<string>("--licence") { Description = "Licence of the model, an SPDX name.", HelpName = "SPDX", DefaultValueFactory = _ => defaults.Licence };
        var noCard = new Option<bool>("--no-card") { Description = "Write no model card (Markdown) beside the model." };
        Option<int> threads = CommonOptions.Threads();
        Option<bool> force = CommonOptions.Force(), json = CommonOptions.Json(), quiet = CommonOptions.Quiet(), verbose = CommonOptions.Verbose();

        var command = new Command("export", "Export a checkpoint as an ONNX model, proven equal to it: checkpoint → model.onnx.")
        {
            checkpoint, output, form, data, atol, binMs, licence, noCard, threads, force, json, quiet, verbose,
        };
        command.SetAction(parsed =>
        {
            ToolConsole console = ToolHost.ConsoleOf(parsed, parsed.GetValue(quiet), parsed.GetValue(verbose));
            var options = new ExportOptions
            {
                CheckpointPaths = parsed.GetValue(checkpoint)!,
                OutPath = parsed.GetValue(output)!,
                Form = Enum.Parse<ModelForm>(parsed.GetValue(form)!, ignoreCase: true),
                DataPath = parsed.GetValue(data),
                Atol = parsed.GetValue(atol),
                BinWidthMs = parsed.GetValue(binMs),
                Licence = parsed.GetValue(licence)!,
                WithCard = !parsed.GetValue(noCard),
                Force = parsed.GetValue(force),
                Threads = parsed.GetValue(threads),
            };
            var clock = Stopwatch.StartNew();
            ExportResult result = ExportRun.Run(options, console);
            WriteTable(result, console);
            console.Info(string.Create(CultureInfo.InvariantCulture, $"wrote {result.Model}: {result.Bytes / 1024} KiB"));
            if (parsed.GetValue(json))
            {
                JsonLine.Write(console.Out, Summary(result, options.Form, clock.Elapsed.TotalSeconds));
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static void WriteTable(ExportResult result, ToolConsole console)
    {
        VerificationReport report = result.Report;
        var table = new ResultTable("against the checkpoint", "trials", "bins", "log-rates, abs", "log-rates, rel", "rates, abs", "rates, rel");
        foreach (VerificationCase c in report.Cases)
        {
            table.Add(c.Name, c.Batch.ToString(CultureInfo.InvariantCulture), c.Bins.ToString(CultureInfo.InvariantCulture),
                Small(c.AbsLogRates), Small(c.RelLogRates), Small(c.AbsRates), Small(c.RelRates));
        }

        table.Note($"largest differences; tolerance {Small(report.Atol)} on {report.Quantity}, for counts of 0, 50 and 255 times the last layer's largest output");
        table.Note("data: " + report.Data);
        if (report is { R2Before: double before, R2After: double after })
        {
            table.Note(string.Create(CultureInfo.InvariantCulture, $"R2 of rates: {before:F6} before, {after:F6} after, change {after - before:0.0E+0}"));
        }

        table.Note($"receptive field: {result.Metadata.ReceptiveFieldLeft} bins left and {result.Metadata.ReceptiveFieldRight} right, seen {report.SeenLeft} and {report.SeenRight}");
        table.Write(console.Out);
    }

    private static object Summary(ExportResult result, ModelForm form, double seconds) => new
    {
        result.Model,
        result.Bytes,
        Form = form.ToString().ToLowerInvariant(),
        MaxAbsLogRates = result.Report.Cases.Max(c => c.AbsLogRates),
        MaxRelLogRates = result.Report.Cases.Max(c => c.RelLogRates),
        Verification = result.Report,
        Seconds = seconds,
    };

    private static string Small(double value) => value.ToString("0.0E+0", CultureInfo.InvariantCulture);
}
