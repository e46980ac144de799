using System.Runtime.CompilerServices;

namespace UnetSpikes.Tests.Architecture;

/// <summary>The sources these tests were built from.</summary>
internal static class SourceTree
{
    private static readonly string[] NotOurs = ["artifacts", "node_modules", "runs", ".git"];

    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The folders at the top, by name.</summary>
    public static IEnumerable<string> Folders =>
        Directory.GetDirectories(Root).Select(path => Path.GetFileName(path)).Where(name => !NotOurs.Contains(name));

    /// <summary>Every C# file we wrote, relative to the root.</summary>
    public static IEnumerable<string> Files => Folders
        .SelectMany(folder => Directory.GetFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories))
        .Select(path => Path.GetRelativePath(Root, path))
        .Where(path => !path.Split('/', '\\').Any(part => part is "node_modules" or "bin" or "obj"));

    private static string FindRoot([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
