using UnetSpikes.Core;
using UnetSpikes.Recordings;

namespace UnetSpikes.Infer.Files;

/// <summary>What <c>--input</c> names: files, folders and patterns become files with a name each (docs/infer.md, "Many files").</summary>
/// <remarks>
/// Arguments in their order, the files of a folder or pattern in ordinal order, each file once. One command line gives one list, in every process:
/// <see cref="Shard"/> counts on it.
/// </remarks>
public static class InputList
{
    // What data/ opens; in a folder, anything else is somebody's notes.
    private static readonly string[] Extensions = [".h5", ".hdf5", ".nwb"];

    /// <summary>Finds the files.</summary>
    /// <param name="inputs">As given. A file need not exist: that is found out, and said, when its turn comes.</param>
    /// <exception cref="UsageException">A folder or pattern without files.</exception>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public static IReadOnlyList<InputFile> Find(IReadOnlyList<string> inputs)
    {
        InputFile[] found = [.. inputs.SelectMany(Expand).DistinctBy(file => Path.GetFullPath(file.Path))];
        return WithDistinctNames(found);
    }

    private static IEnumerable<InputFile> Expand(string input)
    {
        if (Directory.Exists(input))
        {
            // A sorter's folder is one recording; the file that makes it one stands for it.
            if (File.Exists(Path.Combine(input, RecordingFormats.SorterTimes)))
            {
                return [new InputFile(Path.Combine(input, RecordingFormats.SorterTimes), Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(input))))];
            }

            string folder = Path.EndsInDirectorySeparator(input) ? input : input + "/";
            return Below(input, folder, GlobPattern.Below(folder).Where(IsData), $"holds no {string.Join(" or ", Extensions)} file");
        }

        if (GlobPattern.IsPattern(input) && !File.Exists(input))
        {
            return Below(input, GlobPattern.RootOf(input), GlobPattern.Files(input).Where(path => !IsOutput(path)), "matches no file");
        }

        return [new InputFile(input, Path.GetFileNameWithoutExtension(input))];
    }

    /// <summary>Names follow the folders below the one that was given.</summary>
    private static InputFile[] Below(string input, string root, IEnumerable<string> paths, string nothing)
    {
        InputFile[] files = [.. paths.Select(path => new InputFile(path, WithoutExtension(path[root.Length..])))];
        return files.Length > 0 ? files : throw new UsageException("--input", $"{input} {nothing}");
    }

    /// <summary>
    /// Inputs that would share a name take their folders into it, from the deepest one that all those have in common; where even that is the
    /// same (<c>rec.h5</c> beside <c>rec.hdf5</c>), the extension stays.
    /// </summary>
    private static InputFile[] WithDistinctNames(InputFile[] files)
    {
        HashSet<string> shared = SharedNames(files);
        if (shared.Count == 0)
        {
            return files;
        }

        string common = CommonFolder([.. files.Where(f => shared.Contains(f.Name)).Select(f => Path.GetFullPath(f.Path))]);
        InputFile[] named = [.. files.Select(f => shared.Contains(f.Name) ? f with { Name = WithoutExtension(Path.GetFullPath(f.Path)[common.Length..]) } : f)];
        shared = SharedNames(named);
        named = [.. named.Select(f => shared.Contains(f.Name) ? f with { Name = f.Name + Path.GetExtension(f.Path) } : f)];
        return SharedNames(named) is { Count: > 0 } still
            ? throw new UsageException("--input", $"{string.Join(" and ", named.Where(f => f.Name == still.First()).Select(f => f.Path))} would both be written to {still.First()}{InputFile.RatesExtension}; run them into different folders")
            : named;
    }

    private static HashSet<string> SharedNames(InputFile[] files) =>
        [.. files.GroupBy(f => f.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key)];

    /// <summary>The deepest folder above all of these, with its separator.</summary>
    private static string CommonFolder(string[] paths)
    {
        int length = paths.Min(path => path.Length);
        int same = Enumerable.Range(0, length).FirstOrDefault(i => paths.Any(path => path[i] != paths[0][i]), length);
        return paths[0][..(paths[0].LastIndexOf(Path.DirectorySeparatorChar, same - 1) + 1)];
    }

    private static string WithoutExtension(string path) => path[..^Path.GetExtension(path).Length];

    private static bool IsData(string path) => Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) && !IsOutput(path);

    private static bool IsOutput(string path) => path.EndsWith(InputFile.RatesExtension, StringComparison.Ordinal) || path.EndsWith(".rates.nwb", StringComparison.Ordinal);
}
