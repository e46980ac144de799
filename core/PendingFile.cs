namespace UnetSpikes.Core;

/// <summary>A file written beside its final name and renamed when whole: readers see the old file or the new one, never half.</summary>
public sealed class PendingFile : IDisposable
{
    private const string Extension = ".part";

    private bool _isCommitted;

    /// <summary>Chooses a temporary name in the same folder, creating the folder where it is missing.</summary>
    /// <param name="path">The final name.</param>
    public PendingFile(string path)
    {
        FinalPath = path;
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Directory.CreateDirectory(folder);
        TemporaryPath = Path.Combine(folder, $".{Path.GetFileName(path)}.{Environment.ProcessId}-{Guid.NewGuid():N}{Extension}");
    }

    /// <summary>Deletes what killed processes left of a file. Nobody may be writing it.</summary>
    /// <param name="path">The final name.</param>
    public static void DeleteLeftovers(string path)
    {
        string beginning = $".{Path.GetFileName(path)}.";
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(Path.GetFullPath(path))!, "*" + Extension)
            .Where(file => Path.GetFileName(file).StartsWith(beginning, StringComparison.Ordinal)))
        {
            File.Delete(file);
        }
    }

    /// <summary>The name the file will have.</summary>
    public string FinalPath { get; }

    /// <summary>The name it is written under.</summary>
    public string TemporaryPath { get; }

    /// <summary>Flushes the closed temporary file to the disk and gives it its name, replacing what had it.</summary>
    public void Commit()
    {
        using (var written = new FileStream(TemporaryPath, FileMode.Open, FileAccess.ReadWrite))
        {
            written.Flush(flushToDisk: true);
        }

        File.Move(TemporaryPath, FinalPath, overwrite: true);
        _isCommitted = true;
    }

    /// <summary>Without a commit, nothing stays.</summary>
    public void Dispose()
    {
        if (!_isCommitted)
        {
            File.Delete(TemporaryPath);
        }
    }
}
