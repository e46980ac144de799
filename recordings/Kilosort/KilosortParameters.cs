using System.Globalization;
using System.Text.RegularExpressions;
using UnetSpikes.Core;

namespace UnetSpikes.Recordings.Kilosort;

/// <summary>Reads what is needed of <c>params.py</c>; as text, it is never run.</summary>
internal static partial class KilosortParameters
{
    /// <summary>The file's name.</summary>
    public const string Name = "params.py";

    private const long MaxBytes = 1 << 20;

    /// <summary>The line <c>sample_rate = 30000.</c></summary>
    /// <param name="folder">Where params.py lies.</param>
    /// <returns>Samples per second.</returns>
    /// <exception cref="DataFormatException">No such file or line, or no rate.</exception>
    public static double ReadSampleRateHz(string folder)
    {
        string path = Path.Combine(folder, Name);
        var file = new FileInfo(path);
        if (!file.Exists || file.Length > MaxBytes)
        {
            throw new DataFormatException(path, "", file.Exists ? $"has {file.Length} bytes, expected a few lines" : "no such file, expected one with a line 'sample_rate = 30000.'");
        }

        string[] found = [.. File.ReadLines(path).Select(line => SampleRate().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)];
        return found is [string text] && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) && rate > 0 && double.IsFinite(rate)
            ? rate
            : throw new DataFormatException(path, "", $"has {found.Length} lines of a sample rate{(found.Length == 1 ? $", {found[0]}" : "")}, expected one such as 'sample_rate = 30000.'");
    }

    [GeneratedRegex(@"^\s*sample_rate\s*=\s*([0-9.eE+]+)\s*(#.*)?$")]
    private static partial Regex SampleRate();
}
