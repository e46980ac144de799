using UnetSpikes.Core;

namespace UnetSpikes.Nlb.Prep;

/// <summary>Finds the NWB files of a session.</summary>
internal static class SessionFiles
{
    /// <summary>How far below the folder files may lie: DANDI's downloads are <c>000128/sub-Jenkins/*.nwb</c>.</summary>
    private const int MaxDepth = 3;

    /// <summary>The files, in the order of their names (test before train, as nlb_tools reads them).</summary>
    /// <param name="path">A file or folder.</param>
    /// <param name="mark">What names must contain if any does; "" = nothing.</param>
    /// <exception cref="DataFormatException">There are none, or they lie in several folders.</exception>
    public static IReadOnlyList<string> Find(string path, string mark)
    {
        if (File.Exists(path))
        {
            return [path];
        }

        if (!Directory.Exists(path))
        {
            throw new DataFormatException(path, "", "no such file or folder");
        }

        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = MaxDepth };
        string[] all = [.. Directory.EnumerateFiles(path, "*.nwb", options).Order(StringComparer.Ordinal)];
        string[] marked = [.. all.Where(file => Path.GetFileName(file).Contains(mark, StringComparison.Ordinal))];
        string[] files = marked.Length > 0 ? marked : all;
        string[] folders = [.. files.Select(file => Path.GetDirectoryName(file)!).Distinct()];
        return folders.Length switch
        {
            0 => throw new DataFormatException(path, "", "holds no .nwb files"),
            1 => files,
            _ => throw new DataFormatException(path, "", $"holds .nwb files in several folders ({string.Join(", ", folders)}), expected one session's"),
        };
    }
}
