using System.Globalization;

namespace UnetSpikes.Runtime;

/// <summary>The processor time a Linux control group allows, in cores: what a container or a batch system grants.</summary>
/// <remarks>cgroup v2: <c>cpu.max</c> holds "quota period" in µs, or "max". v1: <c>cpu.cfs_quota_us</c> and <c>cpu.cfs_period_us</c>, −1 for no limit.
/// A group's parents bind it too, so the smallest share on the way up counts.</remarks>
internal static class CgroupShare
{
    private const string Root = "/sys/fs/cgroup";

    /// <summary>Finds the smallest share.</summary>
    /// <param name="read">A file's text, or null where it cannot be read.</param>
    /// <returns>Cores (a fraction is possible) and the file that says so; null where nothing limits.</returns>
    public static (double Cores, string File)? Find(Func<string, string?> read)
    {
        (double Cores, string File)? smallest = null;
        foreach (string line in (read("/proc/self/cgroup") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = line.Split(':', 3);   // hierarchy : controllers : path
            if (parts.Length < 3)
            {
                continue;
            }

            bool isV2 = parts[1].Length == 0;
            if (!isV2 && !parts[1].Split(',').Contains("cpu"))
            {
                continue;
            }

            string mount = isV2 ? Root : $"{Root}/{parts[1]}";
            foreach (string group in FromLeafToRoot(parts[2]))
            {
                (double Cores, string File)? share = isV2 ? V2(read, mount + group) : V1(read, mount + group);
                smallest = share is null || smallest?.Cores <= share.Value.Cores ? smallest : share;
            }
        }

        return smallest;
    }

    private static IEnumerable<string> FromLeafToRoot(string group)
    {
        for (string at = group.TrimEnd('/'); at.Length > 0; at = at[..at.LastIndexOf('/')])
        {
            yield return at;
        }

        yield return "";
    }

    private static (double, string)? V2(Func<string, string?> read, string folder)
    {
        string file = folder + "/cpu.max";
        string[] words = (read(file) ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 2 ? Share(words[0], words[1], file) : null;
    }

    private static (double, string)? V1(Func<string, string?> read, string folder) =>
        Share(read(folder + "/cpu.cfs_quota_us"), read(folder + "/cpu.cfs_period_us"), folder + "/cpu.cfs_quota_us");

    private static (double, string)? Share(string? quota, string? period, string file) =>
        long.TryParse(quota, CultureInfo.InvariantCulture, out long q) && long.TryParse(period, CultureInfo.InvariantCulture, out long p) && q > 0 && p > 0
            ? ((double)q / p, file)
            : null;
}
