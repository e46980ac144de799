using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Models;
using UnetSpikes.Models.Runs;

namespace UnetSpikes.Train;

/// <summary>A run that trains its own teachers first, where <c>TRAIN.TEACHERS</c> asks for them: an ensemble of its own configuration with other seeds.</summary>
/// <remarks>
/// The student learns the mean of their rates, which has less noise than counts and than any of them, so one network becomes nearly as good as several.
/// They lie in <c>teachers</c> of the run's folder.
/// </remarks>
public static class TaughtRun
{
    /// <summary>Trains the teachers that are not finished, if there are to be any, then the network.</summary>
    /// <param name="tree">The resolved configuration.</param>
    /// <param name="settings">How; teachers and student have equal shares of the time limit.</param>
    /// <param name="console">For messages.</param>
    /// <param name="cancel">Ctrl-C: the state is saved, then <see cref="OperationCanceledException"/>.</param>
    public static TrainResult Train(YamlTree tree, RunSettings settings, ToolConsole console, CancellationToken cancel)
    {
        TrainOptions options = TrainConfiguration.Read(tree, _ => { });
        bool isTaught = settings.IsResumed && File.Exists(new RunFiles(settings.Out).Last);
        if (!HasOwnTeachers(options) || isTaught)
        {
            return SingleRun.Train(tree, settings, console, cancel);
        }

        string folder = TeachersFolder(settings.Out);
        settings = settings with { MaxSeconds = settings.MaxSeconds / (options.Teachers + 1) };
        TrainTeachers(tree, options, folder, settings, console, cancel);
        double seconds = Enumerable.Range(1, options.Teachers).Sum(number => Seconds(new RunFiles(TrainedNetworks.MemberFolder(folder, number)).Last));
        return SingleRun.Train(tree, settings with { IsResumed = false, SecondsBefore = seconds }, console, cancel);
    }

    /// <summary>The options of a network that learns from the teachers in its folder, where it has any.</summary>
    /// <param name="options">The run's options.</param>
    /// <param name="folder">The run's folder.</param>
    public static TrainOptions WithTeachers(TrainOptions options, string folder) =>
        HasOwnTeachers(options) ? options with { DistilledFrom = TeachersFolder(folder) } : options;

    /// <summary>Whether a run was stopped while its teachers were in training: it has a configuration, but no state of its own yet.</summary>
    /// <param name="folder">The run's folder.</param>
    public static bool IsBegun(string folder) => Directory.Exists(TeachersFolder(folder)) && !File.Exists(new RunFiles(folder).Last);

    private static bool HasOwnTeachers(TrainOptions options) => options.Teachers > 0 && options.DistilledFrom is null;

    private static string TeachersFolder(string folder) => Path.Combine(folder, "teachers");

    private static void TrainTeachers(YamlTree tree, TrainOptions options, string folder, RunSettings settings, ToolConsole console, CancellationToken cancel)
    {
        if (!settings.IsResumed)
        {
            RunFolder run = RunFolder.ForNewRun(settings.Out, settings.Force);
            if (settings.Force && Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);      // There may have been more of them.
            }

            run.WriteConfig(tree.ToYaml());
        }

        console.Info($"{options.Teachers} teachers first, in {folder}");
        ulong seed = unchecked((options.Seed + 1) << 32);       // Runs with neighbouring seeds share no teacher.
        YamlTree teachers = tree.MergedWith(ConfigFile.Parse($"SEED: {seed.ToString(CultureInfo.InvariantCulture)}", "TRAIN.TEACHERS"));
        EnsembleRun.Train(teachers, options.Teachers, settings with { Out = folder }, console, cancel);
    }

    private static double Seconds(string last) => RunProgress.FromEntries(last, Checkpoint.Load(last).Run).Progress.Seconds;
}
