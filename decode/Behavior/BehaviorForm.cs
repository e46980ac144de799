using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;

namespace UnetSpikes.Decode.Behavior;

/// <summary><c>decode --rates R.h5 --behavior B.h5[:KEY]</c>: behaviour from rates.</summary>
internal sealed class BehaviorForm
{
    public Option<string?> Series { get; } = new("--behavior")
    {
        Description = "Decode behaviour: train_KEY and valid_KEY or eval_KEY of this HDF5 file, [trial, bin, column]; NaN = not known. KEY is 'behavior' unless given; GROUP/KEY for a series in a group.",
        HelpName = "FILE[:KEY]",
    };

    public Option<int?> History { get; } = new("--history")
    {
        Description = "With --behavior: also a ridge decoder that sees this many bins before each bin.",
        HelpName = "N",
    };

    public Option<LagRange?> Lags { get; } = new("--lags")
    {
        Description = "With --behavior: also a Wiener filter that sees bins A to B around each bin; negative = before it. Such as -4..2.",
        HelpName = "A..B",
        CustomParser = ParseLags,
    };

    public Option<string?> Counts { get; } = new("--counts")
    {
        Description = "With --behavior: also decode from these counts, raw and smoothed: the data set that the rates were inferred from.",
        HelpName = "FILE",
    };

    /// <summary>The file and, behind the last colon, the series. A colon may belong to the path itself (C:\data), so files that exist decide first.</summary>
    public static (string Path, string Key) Split(string text)
    {
        int colon = text.LastIndexOf(':');
        bool isKey = colon > 0 && !File.Exists(text) && (File.Exists(text[..colon]) || text.IndexOfAny(['/', '\\'], colon) < 0);
        return isKey ? (text[..colon], text[(colon + 1)..]) : (text, BehaviorFile.DefaultKey);
    }

    public static void Execute(
        string ratesPath, string behavior, string? countsPath, string decoderPath, bool isJson, DecodeOptions options, ToolConsole console, CancellationToken cancel)
    {
        if (countsPath is null && options.SmoothSigmaBins is not null)
        {
            throw new UsageException("--smooth-sigma", "is for counts, --behavior needs --counts beside it");
        }

        (string path, string key) = Split(behavior);
        var inputs = BehaviorInputs.Read(ratesPath, path, key, countsPath);
        console.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"decoding {inputs.Train.Behavior.Units} columns from {inputs.Train.Rates.Units} units ({string.Join(", ", inputs.RatesKeys)}): {inputs.Train.Rates.Trials} training and {inputs.HeldOut.Rates.Trials} held-out trials of {inputs.Train.Rates.Bins} bins ({inputs.Header.BinWidthMs} ms)"));
        var report = new BehaviorReport(inputs, options, BehaviorRun.Run(inputs, options, console, cancel));
        foreach (DecodedBehavior row in report.Rows.Where(row => row.Fit.IsAlphaAtEdge))
        {
            console.Detail(string.Create(CultureInfo.InvariantCulture, $"{row.Features}, {row.Name}: the best alpha, {row.Fit.Decoder.Alpha}, is at the end of those tried"));
        }

        report.Write(decoderPath);
        console.Info("wrote " + decoderPath);
        report.Table().Write(console.Out);
        if (isJson)
        {
            JsonLine.Write(console.Out, report.Summary(decoderPath));
        }
    }

    private static LagRange? ParseLags(ArgumentResult result)
    {
        string text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        string[] ends = text.Split("..");
        if (ends.Length == 2
            && int.TryParse(ends[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int first)
            && int.TryParse(ends[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int last))
        {
            return new LagRange(first, last);
        }

        result.AddError($"--lags: '{text}' is no range of bins, expected such as -4..2");
        return null;
    }
}
