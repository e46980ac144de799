using UnetSpikes.Core;
using UnetSpikes.Models;

namespace UnetSpikes.Train;

/// <summary>The files of one run: <c>config.yaml</c>, <c>best.safetensors</c>, <c>last.safetensors</c>, <c>result.json</c> and TensorBoard's events.</summary>
public sealed class RunFolder
{
    private RunFolder(string path) => FolderPath = path;

    /// <summary>The folder.</summary>
    public string FolderPath { get; }

    /// <summary>The weights with the lowest validation loss.</summary>
    public string Best => System.IO.Path.Combine(FolderPath, "best.safetensors");

    /// <summary>The newest weights, with everything needed to go on.</summary>
    public string Last => System.IO.Path.Combine(FolderPath, "last.safetensors");

    /// <summary>The scores of the finished run.</summary>
    public string Result => System.IO.Path.Combine(FolderPath, "result.json");

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

        foreach (string old in new[] { folder.Best, folder.Last, folder.Result }.Concat(Directory.GetFiles(path, "events.out.tfevents.*")))
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
            : throw new UsageException("--resume", $"there is no run in {path}: no {System.IO.Path.GetFileName(folder.Last)}");
    }

    /// <summary>Writes the resolved configuration, for people.</summary>
    /// <param name="yaml">The configuration.</param>
    public void WriteConfig(string yaml) => AtomicFile.WriteText(System.IO.Path.Combine(FolderPath, "config.yaml"), yaml);

    /// <summary>The best weights so far, or the last where no validation was better than none.</summary>
    public Checkpoint LoadKept() => Checkpoint.Load(File.Exists(Best) ? Best : Last);
}
