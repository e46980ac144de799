using System.CommandLine;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Nlb.Prep;
using UnetSpikes.Recordings;

namespace UnetSpikes.Prep;

/// <summary>The tool's command line.</summary>
public static class PrepCommand
{
    /// <summary>Declares <c>prep</c>.</summary>
    public static Command Create()
    {
        var root = new Option<string>("--data-root") { Description = "The recording: a file, a sorter's folder, or the folder of a session's NWB files.", HelpName = "PATH", Required = true };
        var dataset = new Option<string?>("--dataset") { Description = "One of the Neural Latents Benchmark's data sets, cut exactly as nlb_tools cuts it.", HelpName = "NAME" };
        dataset.CompletionSources.Add([.. NlbParameters.All.Keys]);
        var phase = new Option<string>("--phase") { Description = "val: evaluate on the validation trials; test: train on them too.", HelpName = "val|test", DefaultValueFactory = _ => "val" };
        var bin = new Option<int>("--bin") { Description = "Width of a bin in whole milliseconds; the benchmark's are 5 and 20.", HelpName = "MS", DefaultValueFactory = _ => 5 };
        var single = new Option<bool>("--float32") { Description = "Write behaviour and averages in float32, as nlb_tools saves them; float64 otherwise." };
        var align = new Option<string?>("--align") { Description = "Cut windows around this column of the trial table.", HelpName = "COLUMN" };
        var window = new Option<double[]>("--window")
        {
            Description = "The window around it, in milliseconds.",
            HelpName = "A,B",
            CustomParser = result => NumberList.Parse<double>(result, "--window", NumberStyles.Float, "number", "-250,450"),
        };
        var chop = new Option<double?>("--chop") { Description = "Cut the whole recording into pieces of this length, for recordings without trials.", HelpName = "MS" };
        var behavior = new Option<string?>("--behavior") { Description = "Write this time series in the same windows, for decode.", HelpName = "SERIES" };
        var lag = new Option<double>("--lag") { Description = "How long that series follows the spikes, in milliseconds.", HelpName = "MS" };
        var valid = new Option<double>("--valid") { Description = "Part of the windows for validation, where the trial table has no splits.", HelpName = "PART", DefaultValueFactory = _ => 0.2 };
        var format = new Option<string?>("--format") { Description = "What the recording is, where its content misleads.", HelpName = string.Join('|', RecordingFormats.Names) };
        var units = new Option<string>("--units")
        {
            Description = "Which units of a sorter's folder are taken, by their labels.",
            HelpName = string.Join('|', UnitChoices.Names),
            DefaultValueFactory = _ => "not-noise",
        };
        var output = new Option<string>("--out") { Description = "The data set to write.", HelpName = "FILE.h5", Required = true };
        Option<ulong> seed = CommonOptions.Seed();
        Option<bool> force = CommonOptions.Force(), json = CommonOptions.Json(), quiet = CommonOptions.Quiet(), verbose = CommonOptions.Verbose();

        var command = new Command("prep", "Cut a recording into a data set: the benchmark's tensors, windows around events, or equal pieces.")
        {
            root, dataset, phase, bin, single, align, window, chop, behavior, lag, valid, seed, format, units, output, force, json, quiet, verbose,
        };
        command.SetAction(parsed =>
        {
            var options = new PrepOptions
            {
                DataRoot = parsed.GetValue(root)!,
                Dataset = parsed.GetValue(dataset),
                Phase = PhaseOf(parsed.GetValue(phase)!),
                BinWidthMs = parsed.GetValue(bin),
                IsSingle = parsed.GetValue(single),
                Align = parsed.GetValue(align),
                WindowMs = parsed.GetResult(window) is null ? [] : parsed.GetValue(window) ?? [],
                ChopMs = parsed.GetValue(chop),
                Behavior = parsed.GetValue(behavior),
                LagMs = parsed.GetValue(lag),
                ValidFraction = parsed.GetValue(valid),
                Seed = parsed.GetValue(seed),
                Format = parsed.GetValue(format) is { } name ? RecordingFormats.Parse(name) : null,
                Units = UnitChoices.Parse(parsed.GetValue(units)!),
                OutPath = parsed.GetValue(output)!,
            };
            options.Validate();
            Execute(options, ToolHost.ConsoleOf(parsed, parsed.GetValue(quiet), parsed.GetValue(verbose)), parsed.GetValue(force), parsed.GetValue(json));
            return ExitCode.Success;
        });
        return command;
    }

    private static void Execute(PrepOptions options, ToolConsole console, bool force, bool json)
    {
        if (File.Exists(options.OutPath) && !force)
        {
            throw new UsageException("--out", $"{options.OutPath} exists; --force overwrites it");
        }

        IReadOnlyList<WrittenArray> written = PrepRun.Run(options, console);
        var table = new ResultTable(["array", "shape"]);
        foreach (WrittenArray array in written)
        {
            table.Add([array.Key, array.Shape]);
        }

        table.Write(console.Out);
        console.Info("wrote " + options.OutPath);
        if (json)
        {
            JsonLine.Write(console.Out, new { Out = options.OutPath, Arrays = written });
        }
    }

    private static NlbPhase PhaseOf(string text) => text switch
    {
        "val" => NlbPhase.Val,
        "test" => NlbPhase.Test,
        _ => throw new UsageException("--phase", $"is {text}, expected val or test"),
    };
}
