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
        string full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        string beside = TemporaryNameFor(full);
        try
        {
            using (var stream = new FileStream(beside, FileMode.CreateNew, FileAccess.Write))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(beside, full, overwrite: true);
        }
        catch
        {
            File.Delete(beside);
            throw;
        }
    }

    /// <summary>Writes text as UTF-8 and replaces.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">Its content.</param>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>A name in the same folder that no other process uses, for writers that need a path rather than a stream.</summary>
    /// <param name="path">The file to be written in the end.</param>
    public static string TemporaryNameFor(string path) => $"{path}.{Environment.ProcessId}-{Guid.NewGuid():N}.tmp";
}
