using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Sweep;

/// <summary>A key and the interval its values are drawn from, for random search.</summary>
/// <param name="Key">Such as <c>TRAIN.LR.INIT</c>.</param>
/// <param name="Low">The least value.</param>
/// <param name="High">The largest, above <paramref name="Low"/>.</param>
/// <param name="IsLog">Whether the logarithm is drawn evenly instead of the value; <paramref name="Low"/> is then above 0.</param>
/// <param name="IsInteger">Whether values are whole numbers.</param>
public sealed record RangeAxis(string Key, double Low, double High, bool IsLog, bool IsInteger)
{
    /// <summary>Reads <c>train.lr.init=1e-4..1e-2:log</c>, <c>model.latent_dim=8..64:int</c>, or both marks.</summary>
    /// <param name="text">What was given to <c>--range</c>.</param>
    /// <exception cref="UsageException">Not such a range.</exception>
    public static RangeAxis Parse(string text)
    {
        (string key, string rest) = SweepKey.Split("--range", text);
        string[] parts = rest.Split(':', StringSplitOptions.TrimEntries);
        string[] ends = parts[0].Split("..", 2), marks = parts[1..];
        bool isRange = ends.Length == 2 && Array.TrueForAll(marks, mark => mark is "log" or "int");
        (double low, double high) = isRange ? (Number(ends[0]), Number(ends[1])) : (double.NaN, double.NaN);
        var axis = new RangeAxis(key, low, high, marks.Contains("log"), marks.Contains("int"));
        bool isPossible = low < high && (!axis.IsLog || low > 0) && (!axis.IsInteger || (low == Math.Floor(low) && high == Math.Floor(high)));
        return isPossible ? axis : throw new UsageException(
            "--range", $"\"{text}\" is no range, expected for example train.lr.init=1e-4..1e-2:log or model.latent_dim=8..64:int (log needs numbers above 0)");
    }

    /// <summary>Draws a value, as a configuration would have it: four digits are enough to repeat and to read.</summary>
    /// <param name="rng">The sweep's stream.</param>
    public string Draw(Rng rng)
    {
        // Whole numbers reach half a number beyond both ends, so that the ends are as likely as the rest.
        double reach = IsInteger ? 0.5 : 0;
        double share = rng.NextDouble();
        double value = IsLog
            ? (Low - reach) * Math.Pow((High + reach) / (Low - reach), share)
            : Low - reach + (share * (High - Low + (2 * reach)));
        return IsInteger
            ? Math.Clamp(Math.Round(value), Low, High).ToString("F0", CultureInfo.InvariantCulture)
            : value.ToString("G4", CultureInfo.InvariantCulture);
    }

    private static double Number(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : double.NaN;
}
