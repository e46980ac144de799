using System.IO.Enumeration;
using System.Text;
using System.Text.RegularExpressions;

namespace UnetSpikes.Infer.Files;

/// <summary>File names with <c>*</c>, <c>?</c>, <c>[…]</c>, and <c>**</c> for any number of folders: what a shell would make of them, where it did not.</summary>
/// <remarks>
/// As in bash, hidden files and folders are left out. Links to folders are followed (bash's <c>**</c> goes one folder into them), but not one behind
/// another, nor to a folder that they lie in: links can lead round in circles.
/// </remarks>
internal static class GlobPattern
{
    private const char Separator = '/';

    /// <summary>Whether a text has a wildcard.</summary>
    public static bool IsPattern(string text) => text.AsSpan().IndexOfAny('*', '?', '[') >= 0;

    /// <summary>The folder from which a pattern is looked for: its beginning without wildcards; empty = the current one.</summary>
    public static string RootOf(string pattern)
    {
        int end = pattern.LastIndexOf(Separator, pattern.AsSpan().IndexOfAny('*', '?', '['));
        return end < 0 ? "" : pattern[..(end + 1)];
    }

    /// <summary>The files that fit, in ordinal order, named as the pattern begins.</summary>
    /// <exception cref="IOException">A folder cannot be read.</exception>
    public static IReadOnlyList<string> Files(string pattern)
    {
        string root = RootOf(pattern), rest = pattern[root.Length..];
        int depth = rest.Contains("**", StringComparison.Ordinal) ? int.MaxValue : rest.Count(c => c == Separator);
        var expression = new Regex($"^{Expression(rest)}$", RegexOptions.CultureInvariant);
        return [.. Below(root, depth).Where(path => expression.IsMatch(path[root.Length..]))];
    }

    /// <summary>All files in a folder and those within, in ordinal order, named as it is.</summary>
    /// <param name="folder">As given; ends in a separator, or is empty for the current one.</param>
    /// <param name="depth">How many folders deep.</param>
    public static IReadOnlyList<string> Below(string folder, int depth = int.MaxValue)
    {
        string start = folder.Length == 0 ? "." : folder;
        if (!Directory.Exists(start))
        {
            return [];
        }

        string full = Path.GetFullPath(start).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = depth, IgnoreInaccessible = false };
        var found = new FileSystemEnumerable<string>(full, (ref FileSystemEntry entry) => folder + entry.ToFullPath()[full.Length..], options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory,
            ShouldRecursePredicate = (ref FileSystemEntry entry) => !IsLink(entry.Attributes) || LeadsOn(entry.ToFullPath(), full),
        };
        return [.. found.Order(StringComparer.Ordinal)];
    }

    private static bool LeadsOn(string link, string root)
    {
        string? target = Directory.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName;
        bool isBehindLink = Ancestors(link).TakeWhile(folder => folder.Length > root.Length).Any(folder => IsLink(File.GetAttributes(folder)));
        return target is not null && !isBehindLink && !Ancestors(link).Contains(target);
    }

    private static IEnumerable<string> Ancestors(string path)
    {
        for (string? folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }

    private static bool IsLink(FileAttributes attributes) => (attributes & FileAttributes.ReparsePoint) != 0;

    private static string Expression(string pattern)
    {
        var expression = new StringBuilder();
        for (int i = 0; i < pattern.Length; i++)
        {
            string rest = pattern[i..];
            int close = rest.Length > 2 ? rest.IndexOf(']', 2) : -1; // A bracket right after the first is a member.
            (string part, int length) = rest switch
            {
                _ when rest.StartsWith("**/", StringComparison.Ordinal) => ("(?:.*/)?", 3),
                _ when rest.StartsWith("**", StringComparison.Ordinal) => (".*", 2),
                ['*', ..] => ("[^/]*", 1),
                ['?', ..] => ("[^/]", 1),
                ['[', ..] when close > 0 => (Members(rest[1..close]), close + 1),
                _ => (Regex.Escape(rest[..1]), 1),
            };
            expression.Append(part);
            i += length - 1;
        }

        return expression.ToString();
    }

    private static string Members(string inside)
    {
        bool isNegated = inside[0] is '!' or '^';
        string members = (isNegated ? inside[1..] : inside).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("[", "\\[", StringComparison.Ordinal)
            .Replace("]", "\\]", StringComparison.Ordinal);
        return isNegated ? $"[^/{members}]" : $"[{members}]";
    }
}
