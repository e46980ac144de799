namespace UnetSpikes.Jobs;

/// <summary>The clock that gives files their times: on a network file system the server's, which may differ from this machine's.</summary>
public static class FileClock
{
    /// <summary>What time it is there, from a file written and deleted again.</summary>
    /// <param name="folder">A folder of that file system.</param>
    /// <returns>UTC; this machine's own where nothing may be written there.</returns>
    public static DateTime Now(string folder)
    {
        string probe = Path.Combine(folder, $".clock.{Environment.ProcessId}-{Guid.NewGuid():N}");
        try
        {
            using var stream = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.Delete, bufferSize: 0, FileOptions.DeleteOnClose);
            stream.WriteByte(0);
            return File.GetLastWriteTimeUtc(stream.SafeFileHandle);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return DateTime.UtcNow;
        }
    }
}
