using System.Globalization;

namespace UnetSpikes.Runtime.Timing;

/// <summary>How far this process's memory rises above what it was when asked to watch. Linux only: elsewhere a peak cannot be set back.</summary>
internal sealed class ResidentMemory
{
    private const string Status = "/proc/self/status";
    private const string ClearReferences = "/proc/self/clear_refs";

    private readonly long? _before;

    private ResidentMemory(long? before) => _before = before;

    /// <summary>Bytes by which the peak since <see cref="Watch"/> lies above what was resident then; null where the system does not say.</summary>
    public long? Risen => _before is long before && Read("VmHWM:") is long peak ? Math.Max(0, peak - before) : null;

    /// <summary>Forgets the peak so far (proc(5): 5 in clear_refs) and starts from what is resident now.</summary>
    public static ResidentMemory Watch()
    {
        GC.Collect();
        try
        {
            File.WriteAllText(ClearReferences, "5");
            return new ResidentMemory(Read("VmRSS:"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new ResidentMemory(null);
        }
    }

    /// <summary>A line such as "VmHWM:    61234 kB", in bytes.</summary>
    private static long? Read(string key) =>
        File.ReadLines(Status).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) is string line
            ? long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * 1024
            : null;
}
