using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Models;
using UnetSpikes.Models.Runs;

namespace UnetSpikes.Report;

/// <summary>A run as it lies in its folder, with the data it was trained on.</summary>
/// <param name="Name">The folder's own name.</param>
/// <param name="Files">What lies where.</param>
/// <param name="Checkpoint">The weights that were kept.</param>
/// <param name="Config">The configuration it ran with.</param>
/// <param name="Dataset">The data, read as that configuration says.</param>
/// <param name="History">Its curves; empty for a run that recorded none.</param>
/// <param name="Scores">What it reported at its end; empty where it has not finished.</param>
public sealed record TrainedRun(
    string Name,
    RunFiles Files,
    Checkpoint Checkpoint,
    YamlTree Config,
    SpikeDataset Dataset,
    IReadOnlyList<HistoryPoint> History,
    IReadOnlyDictionary<string, double> Scores)
{
    /// <summary>Width of a bin in milliseconds; null where nobody said.</summary>
    public double? BinWidthMs => Checkpoint.Data.BinWidthMs;

    /// <summary>Seconds of training: as reported, or up to the last point of the curves; null where neither is there.</summary>
    public double? Seconds => Scores.TryGetValue("seconds", out double seconds) ? seconds : History.Count > 0 ? History[^1].Seconds : null;

    /// <summary>The validation the kept weights are of; null where the curves do not hold it.</summary>
    public HistoryPoint? KeptValidation => History.LastOrDefault(point => point.Step == Checkpoint.Step && point.ValidationLoss is not null);

    /// <summary>Reads a run.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="dataPath">The data set; null = where the checkpoint says.</param>
    /// <exception cref="UsageException">There is no run, or the data named are not those it was trained on.</exception>
    /// <exception cref="DataFormatException">The data are not there or cannot be read.</exception>
    /// <exception cref="CheckpointException">The checkpoint cannot be used.</exception>
    public static TrainedRun Read(string folder, string? dataPath)
    {
        var files = new RunFiles(folder);
        if (!File.Exists(files.Best))
        {
            throw new UsageException("RUN", $"there is no run in {folder}: no {Path.GetFileName(files.Best)}, expected a folder that 'train' wrote");
        }

        var checkpoint = Checkpoint.Load(files.Best);
        YamlTree config = ConfigFile.Parse(checkpoint.Run.GetValueOrDefault("config", ""), "the checkpoint's configuration");
        return new TrainedRun(
            Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))),
            files,
            checkpoint,
            config,
            ReadData(checkpoint, config, dataPath),
            RunHistory.Read(files.History),
            files.ReadScores());
    }

    private static SpikeDataset ReadData(Checkpoint checkpoint, YamlTree config, string? named)
    {
        string path = named ?? checkpoint.Data.Path;
        if (!File.Exists(path))
        {
            throw new DataFormatException(path, "", named is null
                ? "is not there, expected the data set the run was trained on; --data FILE says where it is now"
                : "is not there, expected the data set the run was trained on");
        }

        SpikeDataset dataset = SpikeDataset.Read(path, LfadsOptions.OfRun(config));
        if (dataset.Fingerprint != checkpoint.Data.Fingerprint)
        {
            throw new UsageException("--data", $"the counts of {path} are not those the run was trained on (SHA-256 {dataset.Fingerprint[..12]}…, expected {checkpoint.Data.Fingerprint[..12]}…)");
        }

        return dataset;
    }
}
