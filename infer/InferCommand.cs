using System.CommandLine;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Infer;

/// <summary>The tool's command line.</summary>
public static class InferCommand
{
    /// <summary>Declares <c>infer</c>.</summary>
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model that 'export' wrote.", HelpName = "FILE.onnx", Required = true };
        var input = new Option<string[]>("--input")
        {
            Description = "HDF5 files with spike counts (train_data, valid_data, *_spikes*, spikes, counts, data).",
            HelpName = "FILE…",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--out") { Description = "Folder that receives NAME.rates.h5 for each input.", HelpName = "DIR", Required = true };
        var arrays = new Option<string[]>("--array")
        {
            Description = "Only this array of counts; may be repeated. Default: all.",
            HelpName = "KEY",
            AllowMultipleArgumentsPerToken = true,
        };
        var batch = new Option<int?>("--batch") { Description = "Trials or windows computed at once. Default: 64, fewer where they are large.", HelpName = "N" };
        var window = new Option<int>("--window")
        {
            Description = "Longer trials are cut into windows of about this many bins, with a halo: the result is that of one run.",
            HelpName = "BINS",
            DefaultValueFactory = _ => InferOptions.DefaultWindowBins,
        };
        var binMs = new Option<double?>("--bin-ms") { Description = "Width of the inputs' bins, for files that do not say.", HelpName = "MS" };
        var byPosition = new Option<bool>("--units-by-position") { Description = "Take units as they come, even where their names are not the model's." };
        var latents = new Option<bool>("--latents") { Description = "Write the model's bottleneck too." };
        Option<string> device = CommonOptions.Device();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> force = CommonOptions.Force(), json = CommonOptions.Json(), quiet = CommonOptions.Quiet(), verbose = CommonOptions.Verbose();

        var command = new Command("infer", "Turn spike counts into rates with an exported model, in bounded memory.")
        {
            model, input, output, arrays, batch, window, binMs, byPosition, latents, device, threads, force, json, quiet, verbose,
        };
        // An asynchronous action is what System.CommandLine cancels on Ctrl-C; the work itself is synchronous.
        command.SetAction((parsed, cancel) => Task.Run(
            () =>
            {
                var options = new InferOptions
                {
                    ModelPath = parsed.GetValue(model)!,
                    Inputs = parsed.GetValue(input)!,
                    OutFolder = parsed.GetValue(output)!,
                    Arrays = parsed.GetValue(arrays) ?? [],
                    Batch = parsed.GetValue(batch),
                    WindowBins = parsed.GetValue(window),
                    BinWidthMs = parsed.GetValue(binMs),
                    UnitsByPosition = parsed.GetValue(byPosition),
                    Latents = parsed.GetValue(latents),
                    Force = parsed.GetValue(force),
                    Device = parsed.GetValue(device)!,
                    Threads = parsed.GetValue(threads),
                };
                ToolConsole console = ToolHost.ConsoleOf(parsed, parsed.GetValue(quiet), parsed.GetValue(verbose));
                InferReport report = Execute(options, console, cancel);
                report.Table().Write(console.Out);
                if (parsed.GetValue(json))
                {
                    JsonLine.Write(console.Out, report.Summary());
                }

                return ExitCode.Success;
            },
            cancel));
        return command;
    }

    /// <summary>Looks at everything before computing anything, then runs file by file.</summary>
    private static InferReport Execute(InferOptions options, ToolConsole console, CancellationToken cancel)
    {
        IReadOnlyList<UsageException> problems = options.Validate();
        if (problems.Count > 0)
        {
            throw problems.Count == 1 ? problems[0] : new UsageException("options", string.Join("; ", problems.Select(p => p.Message)));
        }

        using SpikeModel model = SpikeModel.Open(options.ModelPath, options.Device, options.Threads);
        if (options.Latents)
        {
            _ = model.LatentDimensions();
        }

        long total = 0;
        foreach (string path in options.Inputs)
        {
            using InputCounts input = InputCounts.Open(path, model, options);
            total += input.TotalBins;
            if (input.Units.IsPermuted)
            {
                console.Info($"{path}: the model's units in another order; the rates follow the file's");
            }
        }

        console.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"inferring rates of {model.Channels} units, {model.Metadata.BinWidthMs} ms bins, on {model.Session.Device} ({model.Session.DeviceReason}), {model.Session.Threads.Count} threads"));
        var results = new List<InputResult>();
        using (var progress = new ProgressLine(console, "infer", total, "bins"))
        {
            long done = 0;
            foreach (string path in options.Inputs)
            {
                results.Add(InputRun.Run(path, model, options, bins => progress.Report(done += bins, Path.GetFileName(path)), cancel));
                progress.Message("wrote " + options.OutputFor(path));
            }
        }

        return new InferReport(options.ModelPath, model.Sha256, model.Metadata, model.Session.Device.ToString(), results);
    }
}
