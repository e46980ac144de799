using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Onnx;

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
            Description = "Checkpoint of 'train', runs/NAME/best.safetensors, or the folder of a run or an ensemble; PyTorch's .pt, Lightning's .ckpt, anyone's .safetensors. Of several networks the mean log-rate is exported.",
            HelpName = "FILE|DIR",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var loading = new LoadingOptionSet();
        var output = new Option<string>("--out") { Description = "The model to write.", HelpName = "FILE", Required = true };
        var form = new Option<string>("--for")
        {
            Description = "batch: many trials at a time; latency: one or a few; auto: both in one file, chosen at each run.",
            HelpName = "auto|batch|latency",
            DefaultValueFactory = _ => "auto",
        };
        form.AcceptOnlyFromAmong("auto", "batch", "latency");
        var data = new Option<string?>("--data") { Description = "The data set it was trained on, for verification. Default: where the checkpoint says.", HelpName = "FILE" };
        var precision = new Option<string>("--precision")
        {
            Description = "fp32; fp16: products and convolutions in float16; int8: weights in int8, computed with in float32. Inputs and outputs are float32 always.",
            HelpName = "fp32|fp16|int8",
            DefaultValueFactory = _ => "fp32",
        };
        precision.AcceptOnlyFromAmong("fp32", "fp16", "int8");
        var atol = new Option<double?>("--atol")
        {
            Description = "Largest difference of log-rates (of rates, for the identity link) from the checkpoint's; above it nothing is written and the exit code is 4. Default: 1e-5, for fp16 0.05, for int8 0.25.",
            HelpName = "X",
        };
        var maxLoss = new Option<double>("--max-loss")
        {
            Description = "Largest loss of R2 of rates, and of bits per spike; above it nothing is written and the exit code is 4.",
            HelpName = "X",
            DefaultValueFactory = _ => defaults.MaxLoss,
        };
        var opset = new Option<int>("--opset")
        {
            Description = $"The ONNX opset of the file, {Operators.OldestOpset} to {Operators.NewestOpset}: older for old runtimes; transformers need {Graph.UsualOpset}.",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.Opset,
        };
        var decoder = new Option<string?>("--decoder")
        {
            Description = "Put a decoder that 'decode' fitted behind the rates, as the output 'decoded': NAME of the file's decoders, or the one with the best R2.",
            HelpName = "FILE[:NAME]",
        };
        var names = new Option<string?>("--decoded-names") { Description = "With --decoder: names of its columns, such as vx,vy. Default: x1,x2,….", HelpName = "A,B,…" };
        var unit = new Option<string?>("--decoded-unit") { Description = "With --decoder: their unit of measure, such as m/s. Default: what the decoder's file says.", HelpName = "UNIT" };
        var report = new Option<string?>("--report") { Description = "Also write what was verified as a page to read.", HelpName = "FILE.html" };
        var binMs = new Option<double?>("--bin-ms") { Description = "Width of a bin, where the checkpoint does not know it.", HelpName = "MS" };
        var licence = new Option<string>("--licence") { Description = "Licence of the model, an SPDX name.", HelpName = "SPDX", DefaultValueFactory = _ => defaults.Licence };
        var noCard = new Option<bool>("--no-card") { Description = "Write no model card (Markdown) beside the model." };
        Option<int> threads = CommonOptions.Threads();
        Option<bool> force = CommonOptions.Force(), json = CommonOptions.Json(), quiet = CommonOptions.Quiet(), verbose = CommonOptions.Verbose();

        var command = new Command("export", "Export a checkpoint as an ONNX model, proven equal to it: checkpoint → model.onnx.")
        {
            checkpoint, output, form, precision, opset, data, atol, maxLoss, decoder, names, unit, report, binMs, licence, noCard, threads, force, json, quiet, verbose,
        };
        loading.AddTo(command);
        command.SetAction(parsed =>
        {
            ToolConsole console = ToolHost.ConsoleOf(parsed, parsed.GetValue(quiet), parsed.GetValue(verbose));
            var options = new ExportOptions
            {
                CheckpointPaths = parsed.GetValue(checkpoint)!,
                Loading = loading.Of(parsed),
                OutPath = parsed.GetValue(output)!,
                Form = Enum.Parse<ModelForm>(parsed.GetValue(form)!, ignoreCase: true),
                DataPath = parsed.GetValue(data),
                Precision = Enum.Parse<Precision>(parsed.GetValue(precision)!, ignoreCase: true),
                Opset = parsed.GetValue(opset),
                Atol = parsed.GetValue(atol),
                MaxLoss = parsed.GetValue(maxLoss),
                Decoder = parsed.GetValue(decoder),
                DecodedNames = parsed.GetValue(names)?.Split(',', StringSplitOptions.TrimEntries),
                DecodedUnit = parsed.GetValue(unit),
                ReportPath = parsed.GetValue(report),
                BinWidthMs = parsed.GetValue(binMs),
                Licence = parsed.GetValue(licence)!,
                WithCard = !parsed.GetValue(noCard),
                Force = parsed.GetValue(force),
                Threads = parsed.GetValue(threads),
            };
            var clock = Stopwatch.StartNew();
            ExportResult result = ExportRun.Run(options, console);
            WriteTable(result, console);
            WriteTimes(result, options.Form, console);
            console.Info(string.Create(CultureInfo.InvariantCulture, $"wrote {result.Model}: {result.Bytes / 1024} KiB"));
            if (options.ReportPath is string page)
            {
                console.Info("wrote " + page);
            }

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
        var table = new ResultTable("against the checkpoint", "trials", "bins", "log-rates, abs", "log-rates, rel", "rates, abs", "rates, rel", "ULP, 99 %", "ULP, max");
        foreach (VerificationCase c in report.Cases)
        {
            table.Add(c.Name, c.Batch.ToString(CultureInfo.InvariantCulture), c.Bins.ToString(CultureInfo.InvariantCulture),
                Small(c.AbsLogRates), Small(c.RelLogRates), Small(c.AbsRates), Small(c.RelRates), Whole(c.RatesUlpP99), Whole(c.RatesUlpMax));
        }

        table.Note($"largest differences; tolerance {Small(report.Atol)} on {report.Quantity}, for counts of 0, 50 and 255 times the last layer's largest output");
        table.Note($"ULP: rates, in units in the last place of float32; {report.Precision} by {report.Provider}");
        table.Note("data: " + report.Data);
        if (report is { R2Before: double before, R2After: double after })
        {
            table.Note(Change("R2 of rates", before, after, report.MaxLoss));
        }

        if (!double.IsNaN(report.BitsPerSpikeBefore))
        {
            table.Note(Change("bits per spike, nothing masked", report.BitsPerSpikeBefore, report.BitsPerSpikeAfter, report.MaxLoss));
        }

        if (report.DecoderError is double error && result.Metadata.Decoded is { } decoded)
        {
            table.Note($"decoded: {string.Join(", ", decoded.Columns)} ({decoded.Unit}) by '{decoded.Decoder}'; {Small(error)} of its terms' magnitude from double precision, tolerance {Small(VerificationReport.DecoderTolerance)}");
        }

        table.Note($"receptive field: {result.Metadata.ReceptiveFieldLeft} bins left and {result.Metadata.ReceptiveFieldRight} right, seen {report.SeenLeft} and {report.SeenRight}");
        table.Write(console.Out);
    }

    private static void WriteTimes(ExportResult result, ModelForm chosen, ToolConsole console)
    {
        var table = new ResultTable(["form, on this machine", .. FormTimes.Batches.Select(batch => $"{batch} x {result.Times[0].Bins} bins (ms)")]);
        foreach (IGrouping<string, FormTime> form in result.Times.GroupBy(time => time.Form))
        {
            table.Add([form.Key, .. form.Select(time => ResultTable.Cell(time.Ms, 3))]);
        }

        table.Note(chosen == ModelForm.Auto
            ? $"medians of runs in turns; the file has both forms and takes latency's up to {InferenceGraph.LatencyUpTo} trials"
            : $"medians of runs in turns; the file has the {FormTimes.Name(chosen)} form");
        table.Write(console.Out);
    }

    private static object Summary(ExportResult result, ModelForm form, double seconds) => new
    {
        result.Model,
        result.Bytes,
        Form = form.ToString().ToLowerInvariant(),
        result.Report.Precision,
        MaxAbsLogRates = result.Report.Cases.Max(c => c.AbsLogRates),
        MaxRelLogRates = result.Report.Cases.Max(c => c.RelLogRates),
        result.Times,
        Verification = result.Report,
        Seconds = seconds,
    };

    private static string Change(string score, double before, double after, double maxLoss) => string.Create(
        CultureInfo.InvariantCulture, $"{score}: {before:F6} before, {after:F6} after, change {after - before:0.0E+0} (a loss of {maxLoss} is allowed)");

    private static string Whole(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Small(double value) => value.ToString("0.0E+0", CultureInfo.InvariantCulture);
}
