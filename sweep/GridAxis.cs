using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Sweep;

/// <summary>A key and the values it is to take.</summary>
/// <param name="Key">Such as <c>MODEL.LATENT_DIM</c>.</param>
/// <param name="Values">As a configuration would have them, at least one, no two the same.</param>
public sealed record GridAxis(string Key, IReadOnlyList<string> Values)
{
    private const int MostValues = 10_000;

    /// <summary>Reads <c>model.layers=0..4</c> (whole numbers, both ends included) or <c>model.latent_dim=4,8,16</c>.</summary>
    /// <param name="text">What was given to <c>--grid</c>.</param>
    /// <exception cref="UsageException">Neither.</exception>
    public static GridAxis Parse(string text)
    {
        (string key, string rest) = SweepKey.Split("--grid", text);
        string[] values = rest.Contains("..", StringComparison.Ordinal) ? WholeNumbers(text, rest) : rest.Split(',', StringSplitOptions.TrimEntries);
        return values.Any(value => value.Length == 0) || values.Distinct().Count() < values.Length
            ? throw new UsageException("--grid", $"\"{text}\" has an empty value or one twice")
            : new GridAxis(key, values);
    }

    private static string[] WholeNumbers(string text, string rest)
    {
        string[] ends = rest.Split("..", 2);
        return int.TryParse(ends[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(ends[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int last)
            && first <= last && (long)last - first < MostValues
                ? [.. Enumerable.Range(first, last - first + 1).Select(n => n.ToString(CultureInfo.InvariantCulture))]
                : throw new UsageException("--grid", $"\"{text}\" is no range of whole numbers, expected for example model.layers=0..4");
    }
}
