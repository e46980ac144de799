using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;

namespace UnetSpikes.App;

/// <summary><c>summary</c>: the table at the end of <c>demo.sh</c>, computed from the files that the tools left.</summary>
/// <remarks>Rates are scored here from the rates file itself, so the number is that of what a user holds in hand, not of what training said.</remarks>
public static class SummaryCommand
{
    /// <summary>Declares <c>summary</c>, which help does not list.</summary>
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "The data set, with true rates.", HelpName = "FILE", Required = true };
        var rates = new Option<string>("--rates") { Description = "What 'infer' made of it.", HelpName = "FILE", Required = true };
        var decoder = new Option<string>("--decoder") { Description = "What 'decode' wrote.", HelpName = "FILE", Required = true };
        var times = new Option<string[]>("--times")
        {
            Description = "Seconds of each step, in order.",
            HelpName = "STEP=S",
            AllowMultipleArgumentsPerToken = true,
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("summary", "Compare raw counts, smoothed counts and a model's rates on held-out trials.") { data, rates, decoder, times, json };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            Comparison[] rows = Compare(parsed.GetValue(data)!, parsed.GetValue(rates)!, parsed.GetValue(decoder)!);
            TextWriter output = parsed.InvocationConfiguration.Output;
            Table(rows, parsed.GetValue(times) ?? []).Write(output);
            if (parsed.GetValue(json))
            {
                JsonLine.Write(output, new { Rows = rows });
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static Comparison[] Compare(string dataPath, string ratesPath, string decoderPath)
    {
        SpikeDataset data = LfadsFile.Read(dataPath);
        if (data.Train.Rates is not { } trainRates || data.Valid.Rates is not { } truth)
        {
            throw new DataFormatException(dataPath, "/valid_truth", "is missing, expected true rates to compare with");
        }

        const string Key = "valid_rates";
        TrialTensor modelled;
        using (RatesFile rates = RatesFile.Open(ratesPath))
        {
            modelled = rates.ReadTrials(Key);
        }

        if (!modelled.HasShapeOf(truth))
        {
            throw new DataFormatException(ratesPath, "/" + Key, $"is {modelled}, expected {truth} as {dataPath} has it");
        }

        var smoothing = SmoothingChoice.ByTrueRates(data.Train.Counts, trainRates);
        Dictionary<string, double> decoded = DecodedR2(decoderPath);
        return
        [
            new("raw counts", RateScores.Compute(truth, data.Valid.Counts).R2Uniform, Decoded("raw counts")),
            new(
                string.Create(CultureInfo.InvariantCulture, $"Gaussian smoothing (rates: sigma {smoothing.SigmaBins} bins)"),
                RateScores.Compute(truth, GaussianSmoothing.Smooth(data.Valid.Counts, smoothing.SigmaBins)).R2Uniform,
                Decoded("smoothed counts")),
            new("UNet", RateScores.Compute(truth, modelled).R2Uniform, Decoded("log-rates")),
        ];

        double Decoded(string features) => decoded.TryGetValue(features, out double r2) ? r2 : double.NaN;
    }

    private static Dictionary<string, double> DecodedR2(string path)
    {
        try
        {
            using var file = JsonDocument.Parse(File.ReadAllText(path));
            return file.RootElement.GetProperty("decoders").EnumerateArray().ToDictionary(
                d => d.GetProperty("features").GetString()!,
                d => d.GetProperty("r2_mean") is { ValueKind: JsonValueKind.Number } r2 ? r2.GetDouble() : double.NaN);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new DataFormatException(path, "", "is not what 'decode' writes, expected decoders with features and r2_mean", e);
        }
    }

    private static ResultTable Table(IEnumerable<Comparison> rows, string[] times)
    {
        var table = new ResultTable("held-out trials", "R2 of rates", "R2 of decoded latents");
        foreach (Comparison row in rows)
        {
            table.Add(row.Features, ResultTable.Cell(row.R2Rates), ResultTable.Cell(row.R2Latents));
        }

        table.Note("R2 of rates: " + RateScores.UniformDefinition);
        table.Note("R2 of decoded latents: ridge on training trials (penalty, and sigma for smoothed counts, by cross-validation; log-rates for the UNet), mean over dimensions on held-out trials");
        if (times.Length > 0)
        {
            table.Note("seconds: " + string.Join(", ", times.Select(t => t.Replace("=", " ", StringComparison.Ordinal))));
        }

        return table;
    }

    private sealed record Comparison(string Features, double R2Rates, double R2Latents);
}
