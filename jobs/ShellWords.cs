using System.Buffers;

namespace UnetSpikes.Jobs;

/// <summary>Words of a shell's command line.</summary>
public static class ShellWords
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-");

    /// <summary>A line that a POSIX shell splits into exactly these words.</summary>
    /// <param name="words">Any text.</param>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    /// <summary>One word, quoted where a shell would see more than a word in it.</summary>
    /// <param name="word">Any text.</param>
    public static string Quote(string word) =>
        word.Length > 0 && !word.AsSpan().ContainsAnyExcept(Plain) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
