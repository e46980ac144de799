using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Infer.Files;
using UnetSpikes.Infer.Nlb;
using UnetSpikes.Infer.Streaming;

namespace UnetSpikes.Infer;

/// <summary>The tool's command line.</summary>
public static class InferCommand
{
    /// <summary>Declares <c>infer</c>.</summary>
    public static Command Create()
    {
        var model = new Option<string>("--model") { Description = "The model that 'export' wrote.", HelpName = "FILE.onnx" };
        var input = new Option<string[]>("--input")
        {
            Description = "HDF5 files with spike counts (train_data, valid_data, *_spikes*, spikes, counts, data), folders of such files, or patterns such as 'data/**/*.h5'.",
            HelpName = "FILE|DIR|PATTERN",
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--out") { Description = "Folder that receives NAME.rates.h5 for each input; what is finished there is not done again.", HelpName = "DIR" };
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
        var fillMissing = new Option<bool>("--fill-missing") { Description = "Take files that lack units of the model: it sees silence in their place, and the rates leave them out." };
        var dropSurplus = new Option<bool>("--drop-surplus") { Description = "Take files with units that the model was not trained on, without those units." };
        var to = new Option<string?>("--to") { Description = "nwb: write NAME.rates.nwb too, the rates in Hz beside the recording's units; for NWB inputs.", HelpName = "nwb" };
        var latents = new Option<bool>("--latents") { Description = "Write the model's bottleneck too." };
        var shard = new Option<string?>("--shard") { Description = "Only this share of the inputs, i of n from 1: n processes do all of them exactly once.", HelpName = "I/N" };
        var streaming = new StreamArguments();
        var nlb = new NlbArguments();
        Option<string> device = CommonOptions.Device();
        Option<int> threads = CommonOptions.Threads();
        Option<bool> force = CommonOptions.Force(), json = CommonOptions.Json(), quiet = CommonOptions.Quiet(), verbose = CommonOptions.Verbose();

        var command = new Command("infer", "Turn spike counts into rates with an exported model: files of any length and number in bounded memory, or bin by bin as they come.")
        {
            model, input, output, arrays, batch, window, binMs, byPosition, fillMissing, dropSurplus, to, latents, shard,
        };
        Array.ForEach([.. nlb.Options, .. streaming.Options, device, threads, force, json, quiet, verbose], command.Options.Add);
        var slurm = new SlurmInfer();
        slurm.AddTo(command);
        // An asynchronous action is what System.CommandLine cancels on Ctrl-C; the work itself is synchronous.
        command.SetAction((parsed, cancel) => Task.Run(
            () =>
            {
                ToolConsole console = ToolHost.ConsoleOf(parsed, parsed.GetValue(quiet), parsed.GetValue(verbose));
                string[] inputs = parsed.GetValue(input) ?? [];
                string? folder = parsed.GetValue(output);
                var submission = new NlbOptions
                {
                    Input = "",
                    Output = "",
                    ModelPath = parsed.GetValue(model),
                    BinWidthMs = parsed.GetValue(binMs),
                    Force = parsed.GetValue(force),
                    Device = parsed.GetValue(device)!,
                    Threads = parsed.GetValue(threads),
                };
                if (nlb.Read(parsed, inputs, folder, submission) is { } nlbOptions)
                {
                    slurm.RequireUnasked(parsed, "--nlb");
                    return Submit(nlbOptions, console, parsed.GetValue(json), cancel);
                }

                string modelPath = parsed.GetValue(model) ?? throw new UsageException("--model", "is missing, expected the model that 'export' wrote");
                var stream = new StreamOptions { ModelPath = modelPath, Device = parsed.GetValue(device)!, Threads = parsed.GetValue(threads) };
                if (streaming.Read(parsed, inputs.Length > 0 || folder is not null || slurm.IsAsked(parsed), stream) is { } streamOptions)
                {
                    return Stream(streamOptions, console, parsed.GetValue(json), cancel);
                }

                var options = new InferOptions
                {
                    ModelPath = modelPath,
                    Inputs = inputs.Length > 0 ? inputs : throw new UsageException("--input", "is missing, expected files, folders or patterns (or --stream)"),
                    OutFolder = folder ?? throw new UsageException("--out", "is missing, expected a folder"),
                    Arrays = parsed.GetValue(arrays) ?? [],
                    Batch = parsed.GetValue(batch),
                    WindowBins = parsed.GetValue(window),
                    BinWidthMs = parsed.GetValue(binMs),
                    Units = new UnitPolicy(parsed.GetValue(byPosition), parsed.GetValue(fillMissing), parsed.GetValue(dropSurplus)),
                    ToNwb = parsed.GetValue(to) is { } kind && (kind == "nwb" ? true : throw new UsageException("--to", $"is {kind}, expected nwb")),
                    Latents = parsed.GetValue(latents),
                    Shard = parsed.GetValue(shard) is string share ? Shard.Parse(share) : Shard.Whole,
                    Force = parsed.GetValue(force),
                    Device = parsed.GetValue(device)!,
                    Threads = parsed.GetValue(threads),
                };
                return slurm.Execute(parsed, options, console, parsed.GetValue(json), stop => Infer(options, console, parsed.GetValue(json), stop), cancel);
            },
            cancel));
        return command;
    }

    private static int Submit(NlbOptions options, ToolConsole console, bool json, CancellationToken cancel)
    {
        NlbReport report = NlbRun.Run(options, cancel);
        report.Write(console.Out);
        if (json)
        {
            JsonLine.Write(console.Out, report);
        }

        return ExitCode.Success;
    }

    private static int Infer(InferOptions options, ToolConsole console, bool json, CancellationToken cancel)
    {
        InferReport report = BatchRun.Run(options, console, cancel);
        report.Write(console.Out);
        if (json)
        {
            JsonLine.Write(console.Out, report.Summary());
        }

        return report.ExitCode;
    }

    private static int Stream(StreamOptions options, ToolConsole console, bool json, CancellationToken cancel)
    {
        using var run = new StreamRun(options, console, json);
        if (options.Listen is not null)
        {
            return run.Listen(cancel);
        }

        run.ServeStandardStreams(cancel);
        return ExitCode.Success;
    }
}
