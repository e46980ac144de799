using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Models;
using UnetSpikes.Runtime;

namespace UnetSpikes.Train;

/// <summary>The tool's command line.</summary>
public static class TrainCommand
{
    private static readonly Option<string?> Config = new("--config")
    {
        Description = "YAML configuration; a base.yaml beside it goes underneath. See data/config/ and docs/training.md.",
        HelpName = "FILE",
    };

    private static readonly Option<string?> Data = new("--data") { Description = "Data set, instead of the configuration's: LFADS-style HDF5.", HelpName = "FILE" };
    private static readonly Option<string?> Out = new("--out") { Description = "Folder of the run. Default: runs/NAME of the configuration.", HelpName = "DIR" };
    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on with the run in --out, bit for bit, with its own configuration; --set changes it." };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "Seed of every random stream. Default: SEED of the configuration.", HelpName = "N" };
    private static readonly Option<double> MaxSeconds = new("--max-seconds") { Description = "Stop cleanly after that long; 0 = never.", HelpName = "S" };
    private static readonly Option<double?> LearningRate = new("--lr") { Description = "Peak learning rate (TRAIN.LR.INIT).", HelpName = "RATE" };
    private static readonly Option<double?> BinMs = new("--bin-ms") { Description = "Width of a bin, where the data set does not say.", HelpName = "MS" };
    private static readonly Option<double?> ConversionFactor = new("--conversion-factor")
    {
        Description = "What the file's true rates are divided by to give spikes per bin, where it does not say.",
        HelpName = "X",
    };

    private static readonly Option<KeyValuePair<string, string>[]> Set = CommonOptions.Set();
    private static readonly Option<string> DeviceOption = CommonOptions.Device();
    private static readonly Option<int> Threads = CommonOptions.Threads();
    private static readonly Option<bool> Force = CommonOptions.Force();
    private static readonly Option<bool> Json = CommonOptions.Json();
    private static readonly Option<bool> Quiet = CommonOptions.Quiet();
    private static readonly Option<bool> Verbose = CommonOptions.Verbose();

    /// <summary>Declares <c>train</c>.</summary>
    public static Command Create()
    {
        var command = new Command("train", "Train a network on binned spikes by masked modelling: data set + configuration → checkpoint.")
        {
            Config, Data, Out, Set, Resume, Seed, LearningRate, MaxSeconds, BinMs, ConversionFactor, DeviceOption, Threads, Force, Json, Quiet, Verbose,
        };
        // An asynchronous action is what System.CommandLine cancels on Ctrl-C; the work itself is synchronous.
        command.SetAction((parsed, cancel) => Task.Run(
            () =>
            {
                Execute(parsed, ToolHost.ConsoleOf(parsed, parsed.GetValue(Quiet), parsed.GetValue(Verbose)), cancel);
                return ExitCode.Success;
            },
            CancellationToken.None));
        return command;
    }

    private static void Execute(ParseResult parsed, ToolConsole console, CancellationToken cancel)
    {
        if (parsed.GetValue(MaxSeconds) is < 0 or double.NaN)
        {
            throw new UsageException("--max-seconds", "expected a number of seconds above 0, or 0 for no limit");
        }

        string outPath = parsed.GetValue(Out) ?? Path.Combine("runs", Path.GetFileNameWithoutExtension(parsed.GetValue(Config) ?? "default"));
        bool isResumed = parsed.GetValue(Resume);
        Checkpoint? resumeFrom = isResumed ? Checkpoint.Load(RunFolder.ForResuming(outPath).Last) : null;
        YamlTree tree = Configuration(parsed, outPath, resumeFrom);
        TrainOptions options = TrainConfiguration.Read(tree, isResumed ? _ => { } : console.Warn);
        Device device = Device.Parse(parsed.GetValue(DeviceOption)!);

        SpikeDataset dataset = LfadsFile.Read(options.DataFile, options.Data);
        RequireTrials(dataset);
        RunFolder folder = isResumed ? RunFolder.ForResuming(outPath) : RunFolder.ForNewRun(outPath, parsed.GetValue(Force));
        var run = new TrainingRun(options, tree.ToYaml(), dataset, folder, device, parsed.GetValue(Threads), parsed.GetValue(MaxSeconds))
        {
            Values = TrainConfiguration.Values(tree),
        };
        using var loop = new TrainingLoop(run, resumeFrom);
        folder.WriteConfig(run.ConfigYaml);
        console.Info($"{options.DataFile}: {dataset.Train.Counts} training and {dataset.Valid.Counts} validation trials × bins × units");
        console.Info($"{options.ModelFor(dataset.Train.Counts.Units).ToJson()} on {loop.DeviceReason}");
        console.Detail(run.ConfigYaml);

        RunProgress progress = loop.Run(console, cancel);
        TrainResult result = TrainResult.Of(progress, SmoothingBaseline.Of(dataset), folder);
        AtomicFile.WriteText(folder.Result, JsonLine.Text(result));
        loop.Report(result);
        result.Write(console.Out);
        console.Info($"{progress.Step} steps in {progress.Seconds:F1} s; kept step {progress.BestStep}: {folder.Best}");
        if (parsed.GetValue(Json))
        {
            JsonLine.Write(console.Out, result);
        }
    }

    /// <summary>base.yaml &lt; file (or the resumed run's own) &lt; --set &lt; the options that have a name of their own.</summary>
    private static YamlTree Configuration(ParseResult parsed, string outPath, Checkpoint? resumeFrom)
    {
        List<string> overrides = [.. (parsed.GetValue(Set) ?? []).Select(pair => $"{pair.Key}={pair.Value}")];
        void Override(string key, string? value)
        {
            if (value is not null)
            {
                overrides.Add($"{key}={value}");
            }
        }

        string? data = parsed.GetValue(Data);
        Override("DATA.DATAPATH", data is null ? null : Path.GetDirectoryName(Path.GetFullPath(data)));
        Override("DATA.TRAIN_FILENAME", data is null ? null : Path.GetFileName(data));
        Override("SEED", Invariant(parsed.GetValue(Seed)));
        Override("TRAIN.LR.INIT", Invariant(parsed.GetValue(LearningRate)));
        Override("DATA.BIN_MS", Invariant(parsed.GetValue(BinMs)));
        Override("DATA.CONVERSION_FACTOR", Invariant(parsed.GetValue(ConversionFactor)));

        if (resumeFrom is null)
        {
            return ConfigFile.Load(parsed.GetValue(Config), overrides);
        }

        if (parsed.GetValue(Config) is not null)
        {
            throw new UsageException("--config", "a resumed run has its own configuration; change it with --set");
        }

        string stored = RunProgress.FromEntries(outPath, resumeFrom.Run).ConfigYaml;
        return ConfigFile.Parse(stored, Path.Combine(outPath, "config.yaml"), overrides);
    }

    private static void RequireTrials(SpikeDataset dataset)
    {
        foreach ((string name, SpikeSplit split) in new[] { ("/train_data", dataset.Train), ("/valid_data", dataset.Valid) })
        {
            if (split.Counts.Values.Length == 0)
            {
                throw new DataFormatException(dataset.Path, name, $"is {split.Counts}, expected at least one trial, bin and unit");
            }
        }
    }

    private static string? Invariant<T>(T? value)
        where T : struct, IFormattable => value?.ToString(null, System.Globalization.CultureInfo.InvariantCulture);
}
