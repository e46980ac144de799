using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Models;
using UnetSpikes.Models.Runs;
using UnetSpikes.Train.Masks;

namespace UnetSpikes.Train;

/// <summary>Trains several networks that differ in their seed alone, and scores the mean of their log-rates.</summary>
/// <remarks>
/// Each member is a complete run in <c>member-1</c>, <c>member-2</c>, …: it can be resumed, inspected and exported alone. What one member makes
/// of the noise another does not, so the mean is better than its best member.
/// </remarks>
public static class EnsembleRun
{
    /// <summary>Trains the members that are not finished, then scores all.</summary>
    /// <param name="tree">The resolved configuration; member k has SEED + k − 1, and no teachers: members with the same ones would err alike.</param>
    /// <param name="members">How many, at least 1.</param>
    /// <param name="settings">How; the time limit is each member's.</param>
    /// <param name="console">For messages.</param>
    /// <param name="cancel">Ctrl-C: the member's state is saved, then <see cref="OperationCanceledException"/>.</param>
    public static EnsembleResult Train(YamlTree tree, int members, RunSettings settings, ToolConsole console, CancellationToken cancel)
    {
        TrainOptions options = TrainConfiguration.Read(tree, settings.IsResumed ? _ => { } : console.Warn);
        string[] folders = [.. Enumerable.Range(1, members).Select(number => TrainedNetworks.MemberFolder(settings.Out, number))];
        if (!settings.IsResumed)
        {
            // All are looked at before the first is trained.
            Array.ForEach(folders, folder => RunFolder.ForNewRun(folder, settings.Force));
        }

        var files = new RunFiles(settings.Out);
        AtomicFile.WriteText(files.Config, tree.ToYaml());
        for (int i = 0; i < members; i++)
        {
            YamlTree member = tree.MergedWith(ConfigFile.Parse("", "--ensemble", [$"SEED={Seed(options, i).ToString(CultureInfo.InvariantCulture)}", "TRAIN.TEACHERS=0"]));
            TrainMember(member, settings with { Out = folders[i] }, $"member {i + 1} of {members}", console, cancel);
        }

        SpikeDataset dataset = SingleRun.ReadData(options);
        EnsembleResult result = Score(TrainedNetworks.Load(folders), options, dataset, settings);
        AtomicFile.WriteText(files.Result, JsonLine.Text(result));
        return result;
    }

    private static ulong Seed(TrainOptions options, int index) => unchecked(options.Seed + (ulong)index);

    private static void TrainMember(YamlTree tree, RunSettings settings, string name, ToolConsole console, CancellationToken cancel)
    {
        bool isBegun = File.Exists(new RunFiles(settings.Out).Last);
        RunFolder? begun = settings.IsResumed && isBegun ? RunFolder.ForResuming(settings.Out) : null;
        if (begun is not null && File.Exists(begun.Result) && RunProgress.FromEntries(begun.Last, Checkpoint.Load(begun.Last).Run).ConfigYaml == tree.ToYaml())
        {
            console.Info($"{name}: finished before");
            return;
        }

        console.Info($"{name}: {settings.Out}");
        SingleRun.Train(tree, settings with { IsResumed = begun is not null }, console, cancel);
    }

    private static EnsembleResult Score(TrainedNetworks trained, TrainOptions options, SpikeDataset dataset, RunSettings settings)
    {
        NetworkState[] states = [.. trained.Members.Select(NetworkState.Of)];
        var filling = Filling.Of(options.MaskFill, dataset.Train.Counts, dataset.Observed);
        using var validation = new Validation(trained.Members[0].Model.Build(), dataset.Valid, options, filling, settings.Device, settings.Threads);
        MemberScores[] members = [.. states.Select((state, i) => new MemberScores(Seed(options, i), validation.Score([state], out _), trained.Paths[i]))];
        return new EnsembleResult(validation.Score(states, out _), members, SmoothingBaseline.Of(dataset));
    }
}
