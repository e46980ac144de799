using System.CommandLine;
using System.Globalization;
using UnetSpikes.Cli;

namespace UnetSpikes.App.Bench;

/// <summary><c>bench</c>: how fast a model is on this machine, or which of two is faster.</summary>
public static class BenchCommand
{
    /// <summary>Declares <c>bench</c>.</summary>
    public static Command Create()
    {
        var defaults = new BenchOptions { ModelPath = "" };
        var model = new Option<string>("--model") { Description = "The model.", HelpName = "FILE.onnx", Required = true };
        var compare = new Option<string?>("--compare") { Description = "Another, run in turns with it; any ONNX model that takes the same counts, ours or not.", HelpName = "FILE.onnx" };
        Option<int[]?> batch = Numbers("--batch", "Trials per call. Default: what the models fix, else 1,16,64,256.", "1,64"), bins = Numbers("--bins", "Bins of a trial. Default: what the models fix, else 50,100,200.", "50,100");
        var seconds = new Option<double>("--seconds") { Description = "How long to measure each shape, both models together; warming up is not counted.", HelpName = "S", DefaultValueFactory = _ => defaults.Seconds };
        Option<int> threads = CommonOptions.Threads();
        Option<string> device = CommonOptions.Device();
        Option<bool> json = CommonOptions.Json(), quiet = CommonOptions.Quiet();
        var command = new Command("bench", "Measure how fast a model is here: time of a call, bins per second, memory; or two models in turns.") { model, compare, batch, bins, seconds, device, threads, json, quiet };
        command.SetAction((parsed, cancel) => Task.Run(
            () =>
            {
                ToolConsole console = ToolHost.ConsoleOf(parsed, parsed.GetValue(quiet), verbose: false);
                var options = new BenchOptions
                {
                    ModelPath = parsed.GetValue(model)!,
                    ComparePath = parsed.GetValue(compare),
                    Batches = Given(parsed.GetValue(batch)),
                    Bins = Given(parsed.GetValue(bins)),
                    Seconds = parsed.GetValue(seconds),
                    Device = parsed.GetValue(device)!,
                    Threads = parsed.GetValue(threads),
                };
                BenchResult result = BenchRun.Run(options, console, cancel);
                BenchTable.Write(result, console.Out);
                if (parsed.GetValue(json))
                {
                    JsonLine.Write(console.Out, result);
                }

                return ExitCode.Success;
            },
            cancel));
        return command;
    }

    /// <summary>A list that is not on the command line comes as an empty one.</summary>
    private static int[]? Given(int[]? numbers) => numbers is { Length: > 0 } ? numbers : null;

    private static Option<int[]?> Numbers(string name, string description, string example) => new(name)
    {
        Description = description,
        HelpName = "N,N,…",
        CustomParser = result => NumberList.Parse<int>(result, name, NumberStyles.None, "whole number", example),
    };
}
