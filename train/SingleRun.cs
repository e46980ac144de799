using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Models;
using UnetSpikes.Runtime;

namespace UnetSpikes.Train;

/// <summary>How to run, beside what to train: where the files go, and on what.</summary>
/// <param name="Out">Folder of the run.</param>
/// <param name="IsResumed">Whether it goes on from what is there.</param>
/// <param name="Force">Whether it replaces what is there.</param>
/// <param name="Device">Where to run.</param>
/// <param name="Threads">Threads; 0 = as many as the job was given.</param>
/// <param name="MaxSeconds">Training stops cleanly after that long; 0 = never.</param>
public sealed record RunSettings(string Out, bool IsResumed, bool Force, Device Device, int Threads, double MaxSeconds)
{
    /// <summary>Seconds that a new run already took before its own training: its teachers'.</summary>
    public double SecondsBefore { get; init; }
}

/// <summary>One run from its configuration to <c>result.json</c>.</summary>
public static class SingleRun
{
    /// <summary>Trains.</summary>
    /// <param name="tree">The resolved configuration.</param>
    /// <param name="settings">How.</param>
    /// <param name="console">For messages.</param>
    /// <param name="cancel">Ctrl-C: the state is saved, then <see cref="OperationCanceledException"/>.</param>
    public static TrainResult Train(YamlTree tree, RunSettings settings, ToolConsole console, CancellationToken cancel)
    {
        Checkpoint? resumeFrom = settings.IsResumed ? Checkpoint.Load(RunFolder.ForResuming(settings.Out).Last) : null;
        TrainOptions options = TaughtRun.WithTeachers(TrainConfiguration.Read(tree, settings.IsResumed ? _ => { } : console.Warn), settings.Out);
        SpikeDataset dataset = ReadData(options);
        RunFolder folder = settings.IsResumed ? RunFolder.ForResuming(settings.Out) : RunFolder.ForNewRun(settings.Out, settings.Force);
        var run = new TrainingRun(options, tree.ToYaml(), dataset, folder, settings.Device, settings.Threads, settings.MaxSeconds)
        {
            Teacher = Teacher.Of(options, dataset),
            SecondsBefore = settings.SecondsBefore,
            Values = TrainConfiguration.Values(tree),
        };
        using var loop = new TrainingLoop(run, resumeFrom);
        folder.WriteConfig(run.ConfigYaml);
        console.Info($"{options.DataFile}: {dataset.Train.Counts} training and {dataset.Valid.Counts} validation trials × bins × units{Predicted(dataset)}");
        if (dataset.Note is string note)
        {
            console.Info(note);
        }

        console.Info($"{options.ModelFor(dataset).ToJson()} on {loop.DeviceReason}");
        if (run.Teacher is Teacher teacher)
        {
            console.Info($"learns the rates of {teacher.Path} in place of counts");
        }

        console.Detail(run.ConfigYaml);

        RunProgress progress = loop.Run(console, cancel);
        TrainResult result = TrainResult.Of(progress, SmoothingBaseline.Of(dataset), loop.Parameters, folder);
        AtomicFile.WriteText(folder.Result, JsonLine.Text(result));
        loop.Report(result);
        console.Info($"{progress.Step} steps in {progress.Seconds:F1} s; kept step {progress.BestStep}: {folder.Best}");
        return result;
    }

    /// <summary>Reads a run's data set.</summary>
    /// <param name="options">The run's options.</param>
    /// <exception cref="DataFormatException">It cannot be read, or has a split without a trial.</exception>
    /// <exception cref="UsageException">The options make no network for its units and bins.</exception>
    public static SpikeDataset ReadData(TrainOptions options)
    {
        SpikeDataset dataset = SpikeDataset.Read(options.DataFile, options.Data);
        bool isNlb = NlbFile.Is(options.DataFile);
        foreach ((string name, SpikeSplit split) in new[] { (isNlb ? "/train_spikes_heldin" : "/train_data", dataset.Train), (isNlb ? "/eval_spikes_heldin" : "/valid_data", dataset.Valid) })
        {
            if (split.Counts.Values.Length == 0)
            {
                throw new DataFormatException(dataset.Path, name, $"is {split.Counts}, expected at least one trial, bin and unit");
            }
        }

        RequireFitting(options, dataset);
        return dataset;
    }

    private static string Predicted(SpikeDataset dataset) => dataset.Observed.IsAllOf(dataset.Train.Counts)
        ? ""
        : $", of which {dataset.UnitIds.Count - dataset.HeldInUnits} held-out units and {dataset.ForwardBins} forward bins are never seen";

    /// <summary>What only the data can tell: whether its units and bins make a network of these options.</summary>
    private static void RequireFitting(TrainOptions options, SpikeDataset dataset)
    {
        TrialTensor counts = dataset.Train.Counts;
        if (options.ModelFor(dataset).Validate().FirstOrDefault() is string problem)
        {
            throw new UsageException("MODEL", $"{problem} ({dataset.Path} has {counts.Units} units and trials of {counts.Bins} bins{Predicted(dataset)})");
        }

        if (options.SelectBy == SelectBy.CoBps && dataset.Observed.HeldOut(dataset.Valid.Counts) is null)
        {
            throw new UsageException("TRAIN.SELECT_BY", $"is co_bps, but {dataset.Path} holds no unit out; expected loss, unmasked_loss or newest");
        }
    }
}
