using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Models;
using UnetSpikes.Models.Runs;
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

    private static readonly Option<string?> Data = new("--data") { Description = "Data set, instead of the configuration's: HDF5, LFADS-style or the Neural Latents Benchmark's tensors.", HelpName = "FILE" };
    private static readonly Option<string?> Out = new("--out") { Description = "Folder of the run. Default: runs/NAME of the configuration.", HelpName = "DIR" };
    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on with the run in --out, bit for bit, with its own configuration; --set changes it." };
    private static readonly Option<ulong?> Seed = new("--seed") { Description = "Seed of every random stream. Default: SEED of the configuration.", HelpName = "N" };
    private static readonly Option<double> MaxSeconds = new("--max-seconds") { Description = "Stop cleanly after that long; 0 = never.", HelpName = "S" };
    private static readonly Option<double?> LearningRate = new("--lr") { Description = "Peak learning rate (TRAIN.LR.INIT).", HelpName = "RATE" };
    private static readonly Option<int?> Ensemble = new("--ensemble")
    {
        Description = "Train so many members that differ in their seed, into member-1, member-2, … of --out, and score the mean of their log-rates.",
        HelpName = "K",
    };

    private static readonly Option<string?> Distill = new("--distill")
    {
        Description = "Learn the rates of this checkpoint, run or ensemble in place of counts (TRAIN.DISTILL).",
        HelpName = "FILE|DIR",
    };

    private static readonly Option<bool> FindLearningRate = new("--find-lr")
    {
        Description = "Instead of training: try rising learning rates on an untrained network, suggest one, and write lr_find.json and lr_find.svg into --out.",
    };

    private static readonly Option<double> RateFrom = new("--lr-from") { Description = "--find-lr: the first rate.", HelpName = "RATE", DefaultValueFactory = _ => new LearningRateRange().From };
    private static readonly Option<double> RateTo = new("--lr-to") { Description = "--find-lr: the last rate.", HelpName = "RATE", DefaultValueFactory = _ => new LearningRateRange().To };
    private static readonly Option<int> RateSteps = new("--lr-steps") { Description = "--find-lr: how many rates.", HelpName = "N", DefaultValueFactory = _ => new LearningRateRange().Steps };
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
            Config, Data, Out, Set, Resume, Seed, LearningRate, MaxSeconds, Ensemble, Distill, FindLearningRate, RateFrom, RateTo, RateSteps, BinMs, ConversionFactor, DeviceOption, Threads, Force, Json, Quiet, Verbose,
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

        if (parsed.GetValue(Ensemble) is < 1)
        {
            throw new UsageException("--ensemble", "expected a number of members of at least 1");
        }

        if (parsed.GetValue(FindLearningRate) && parsed.GetValue(Resume))
        {
            throw new UsageException("--find-lr", "starts from an untrained network, expected no --resume");
        }

        string outPath = parsed.GetValue(Out) ?? Path.Combine("runs", Path.GetFileNameWithoutExtension(parsed.GetValue(Config) ?? "default"));
        YamlTree tree = Configuration(parsed, outPath);
        var settings = new RunSettings(
            outPath, parsed.GetValue(Resume), parsed.GetValue(Force), Device.Parse(parsed.GetValue(DeviceOption)!), parsed.GetValue(Threads), parsed.GetValue(MaxSeconds));
        if (parsed.GetValue(FindLearningRate))
        {
            SearchLearningRate(parsed, tree, settings, console, cancel);
        }
        else if (parsed.GetValue(Ensemble) is int members)
        {
            EnsembleResult result = EnsembleRun.Train(tree, members, settings, console, cancel);
            result.Write(console.Out);
            WriteJson(parsed, console, result);
        }
        else
        {
            TrainResult result = TaughtRun.Train(tree, settings, console, cancel);
            result.Write(console.Out);
            WriteJson(parsed, console, result);
        }
    }

    private static void SearchLearningRate(
        ParseResult parsed, YamlTree tree, RunSettings settings, ToolConsole console, CancellationToken cancel)
    {
        var range = new LearningRateRange(parsed.GetValue(RateFrom), parsed.GetValue(RateTo), parsed.GetValue(RateSteps));
        if (!(range.From > 0 && range.To > range.From && double.IsFinite(range.To)))
        {
            throw new UsageException("--lr-from, --lr-to", $"are {range.From} and {range.To}, expected two rates above 0, the second the larger");
        }

        if (range.Steps < 10)
        {
            throw new UsageException("--lr-steps", $"is {range.Steps}, expected at least 10");
        }

        (string json, string drawing) = LearningRateReport.Files(settings.Out);
        if (File.Exists(json) && !settings.Force)
        {
            throw new UsageException("--out", $"{json} exists; --force overwrites it");
        }

        TrainOptions options = TrainConfiguration.Read(tree, console.Warn);
        LearningRateSearch search = LearningRateFinder.Run(options, SingleRun.ReadData(options), range, settings.Device, settings.Threads, cancel);
        LearningRateReport.Save(search, settings.Out);
        LearningRateReport.Write(search, console.Out);
        console.Info($"wrote {json} and {drawing}");
        WriteJson(parsed, console, search);
    }

    private static void WriteJson<T>(ParseResult parsed, ToolConsole console, T result)
    {
        if (parsed.GetValue(Json))
        {
            JsonLine.Write(console.Out, result);
        }
    }

    /// <summary>base.yaml &lt; file (or the resumed run's own) &lt; --set &lt; the options that have a name of their own.</summary>
    private static YamlTree Configuration(ParseResult parsed, string outPath)
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
        // A configuration's own is of the data set it was written for; --set names another beside this one.
        Override("DATA.VAL_FILENAME", data is null || overrides.Exists(o => o.StartsWith("DATA.VAL_FILENAME=", StringComparison.Ordinal)) ? null : Path.GetFileName(data));
        Override("SEED", Invariant(parsed.GetValue(Seed)));
        Override("TRAIN.LR.INIT", Invariant(parsed.GetValue(LearningRate)));
        Override("TRAIN.DISTILL", parsed.GetValue(Distill) is string teacher ? Path.GetFullPath(teacher) : null);
        Override("DATA.BIN_MS", Invariant(parsed.GetValue(BinMs)));
        Override("DATA.CONVERSION_FACTOR", Invariant(parsed.GetValue(ConversionFactor)));

        if (!parsed.GetValue(Resume))
        {
            return ConfigFile.Load(parsed.GetValue(Config), overrides);
        }

        if (parsed.GetValue(Config) is not null)
        {
            throw new UsageException("--config", "a resumed run has its own configuration; change it with --set");
        }

        string file = new RunFiles(outPath).Config;
        if (parsed.GetValue(Ensemble) is not null || TaughtRun.IsBegun(outPath))
        {
            return File.Exists(file) ? ConfigFile.Parse(File.ReadAllText(file), file, overrides) : throw new UsageException("--resume", $"there is no ensemble in {outPath}: no config.yaml");
        }

        string stored = RunProgress.FromEntries(outPath, Checkpoint.Load(RunFolder.ForResuming(outPath).Last).Run).ConfigYaml;
        return ConfigFile.Parse(stored, file, overrides);
    }

    private static string? Invariant<T>(T? value)
        where T : struct, IFormattable => value?.ToString(null, System.Globalization.CultureInfo.InvariantCulture);
}
