using System.CommandLine;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Decode;

/// <summary>The tool's command line.</summary>
public static class DecodeCommand
{
    /// <summary>Declares <c>decode</c>.</summary>
    public static Command Create()
    {
        var rates = new Option<string>("--rates") { Description = "Rates that 'infer' wrote: train_rates and valid_rates.", HelpName = "FILE", Required = true };
        var targets = new Option<string>("--targets")
        {
            Description = "Data set (LFADS-style HDF5) with the counts and the latents of the same trials.",
            HelpName = "FILE",
            Required = true,
        };
        var sigma = new Option<double?>("--smooth-sigma")
        {
            Description = "Width of the Gaussian for smoothed counts, in bins. Default: the one that decodes training trials best.",
            HelpName = "BINS",
        };
        var alphas = new Option<double[]>("--alphas")
        {
            Description = "Ridge penalties to choose from, by cross-validation. Default: 1e-4 to 1e4, one per decade.",
            HelpName = "A,B,…",
            CustomParser = result => NumberList.Parse<double>(result, "--alphas", NumberStyles.Float, "number", "0.1,1,10"),
        };
        var folds = new Option<int>("--folds")
        {
            Description = "Contiguous blocks of training trials for choosing the penalty.",
            HelpName = "N",
            DefaultValueFactory = _ => new DecodeOptions().Folds,
        };
        var output = new Option<string?>("--out") { Description = "Decoders as JSON. Default: beside the rates, as NAME.decoder.json.", HelpName = "FILE" };
        Option<bool> force = CommonOptions.Force(), json = CommonOptions.Json(), quiet = CommonOptions.Quiet(), verbose = CommonOptions.Verbose();

        var command = new Command("decode", "Decode latents linearly from a model's rates, and from raw and smoothed counts beside them.")
        {
            rates, targets, sigma, alphas, folds, output, force, json, quiet, verbose,
        };
        // An asynchronous action is what System.CommandLine cancels on Ctrl-C; the work itself is synchronous.
        command.SetAction((parsed, cancel) => Task.Run(
            () =>
            {
                ToolConsole console = ToolHost.ConsoleOf(parsed, parsed.GetValue(quiet), parsed.GetValue(verbose));
                var options = new DecodeOptions
                {
                    SmoothSigmaBins = parsed.GetValue(sigma),
                    Alphas = parsed.GetResult(alphas) is null ? DecodeOptions.DefaultAlphas : parsed.GetValue(alphas) ?? [],
                    Folds = parsed.GetValue(folds),
                };
                string ratesPath = parsed.GetValue(rates)!;
                string decoderPath = parsed.GetValue(output) ?? Path.ChangeExtension(ratesPath, ".decoder.json");
                Execute(ratesPath, parsed.GetValue(targets)!, decoderPath, parsed.GetValue(force), parsed.GetValue(json), options, console, cancel);
                return ExitCode.Success;
            },
            cancel));
        return command;
    }

    private static void Execute(
        string ratesPath, string targetsPath, string decoderPath, bool force, bool json, DecodeOptions options, ToolConsole console, CancellationToken cancel)
    {
        IReadOnlyList<UsageException> problems = options.Validate();
        if (problems.Count > 0)
        {
            throw problems.Count == 1 ? problems[0] : new UsageException("options", string.Join("; ", problems.Select(p => p.Message)));
        }

        if (File.Exists(decoderPath) && !force)
        {
            throw new UsageException("--out", $"{decoderPath} exists; --force overwrites it");
        }

        DecodeInputs inputs = DecodeInputs.Read(ratesPath, targetsPath);
        console.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"decoding {inputs.Train.Targets.Units} dimensions: {inputs.Train.Targets.Trials} training and {inputs.Valid.Targets.Trials} validation trials of {inputs.Train.Targets.Bins} bins ({inputs.BinWidthMs} ms), {inputs.Train.Counts.Units} units"));
        var report = new DecodeReport(inputs, options, DecodeRun.Run(inputs, options, console, cancel));
        foreach (DecodedFeatures row in report.Rows.Where(row => row.Fit.IsAlphaAtEdge))
        {
            console.Detail(string.Create(CultureInfo.InvariantCulture, $"{row.Features}: the best alpha, {row.Fit.Decoder.Alpha}, is at the end of those tried"));
        }

        report.Write(decoderPath);
        console.Info("wrote " + decoderPath);
        report.Table().Write(console.Out);
        if (json)
        {
            JsonLine.Write(console.Out, report.Summary(decoderPath));
        }
    }
}
