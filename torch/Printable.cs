namespace UnetSpikes.Torch;

/// <summary>Text from a file that may be hostile, as it may stand in a message: one short line without control characters.</summary>
internal static class Printable
{
    private const int MaxLength = 80;

    public static string Text(string text)
    {
        string line = string.Concat(text.Take(MaxLength).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
        return text.Length > MaxLength ? line + "…" : line;
    }
}
