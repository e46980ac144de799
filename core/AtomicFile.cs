using System.Text;

namespace UnetSpikes.Core;

/// <summary>Writes a file beside its place, flushes it to disk and renames it: a killed run leaves the old file or the new one, never half.</summary>
public static class AtomicFile
{
    /// <summary>Writes and replaces.</summary>
    /// <param name="path">The file; its folder is made if absent.</param>
    /// <param name="write">Writes the content. If it throws, nothing is left behind.</param>
    public static void Write(string path, Action<Stream> write)
    {
        using var pending = new PendingFile(path);
        using (var stream = new FileStream(pending.TemporaryPath, FileMode.CreateNew, FileAccess.Write))
        {
            write(stream);
        }

        pending.Commit();
    }

    /// <summary>Writes text as UTF-8 and replaces.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">Its content.</param>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
