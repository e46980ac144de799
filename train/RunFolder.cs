using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Models.Runs;

namespace UnetSpikes.Train;

/// <summary>The folder a run writes to: <see cref="RunFiles"/> and TensorBoard's events.</summary>
public sealed class RunFolder
{
    private RunFolder(string path) => Files = new RunFiles(path);

    /// <summary>What lies where.</summary>
    public RunFiles Files { get; }

    /// <summary>The folder.</summary>
    public string FolderPath => Files.Folder;

    /// <summary>The weights with the lowest validation loss.</summary>
    public string Best => Files.Best;

    /// <summary>The newest weights, with everything needed to go on.</summary>
    public string Last => Files.Last;

    /// <summary>The scores of the finished run.</summary>
    public string Result => Files.Result;

    /// <summary>Opens a folder for a new run.</summary>
    /// <param name="path">The folder; made if absent.</param>
    /// <param name="force">Whether an older run there may be replaced.</param>
    /// <exception cref="UsageException">A run is there already.</exception>
    public static RunFolder ForNewRun(string path, bool force)
    {
        var folder = new RunFolder(path);
        if (!File.Exists(folder.Last) && !File.Exists(folder.Best))
        {
            return folder;
        }

        if (!force)
        {
            throw new UsageException("--out", $"{path} holds a run already; --resume goes on with it, --force replaces it");
        }

        foreach (string old in folder.Files.Written.Concat(Directory.GetFiles(path, "events.out.tfevents.*")))
        {
            File.Delete(old);
        }

        return folder;
    }

    /// <summary>Opens a folder to go on with its run.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="UsageException">There is no run.</exception>
    public static RunFolder ForResuming(string path)
    {
        var folder = new RunFolder(path);
        return File.Exists(folder.Last)
            ? folder
            : throw new UsageException("--resume", $"there is no run in {path}: no {Path.GetFileName(folder.Last)}");
    }

    /// <summary>Writes the resolved configuration, for people.</summary>
    /// <param name="yaml">The configuration.</param>
    public void WriteConfig(string yaml) => AtomicFile.WriteText(Files.Config, yaml);

    /// <summary>The best weights so far, or the last where no validation was better than none.</summary>
    public Checkpoint LoadKept() => Checkpoint.Load(File.Exists(Best) ? Best : Last);
}
