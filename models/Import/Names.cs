namespace UnetSpikes.Models.Import;

/// <summary>Lists of names in messages.</summary>
internal static class Names
{
    private const int Shown = 5;

    /// <summary>"3 tensors ('a', 'b', 'c')", "12 tensors ('a', 'b', …)".</summary>
    /// <param name="names">The names.</param>
    public static string Few(IEnumerable<string> names)
    {
        string[] all = [.. names];
        string shown = string.Join(", ", all.Take(Shown).Select(Quoted));
        return all.Length == 0 ? "no tensors" : $"{all.Length} tensor{(all.Length == 1 ? "" : "s")} ({shown}{(all.Length > Shown ? ", …" : "")})";
    }

    /// <summary>A name in quotes, shortened where it is long.</summary>
    /// <param name="name">The name.</param>
    public static string Quoted(string name) => $"'{(name.Length > 80 ? name[..80] + "…" : name)}'";
}
