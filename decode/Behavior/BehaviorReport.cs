using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Decode.Behavior;

/// <summary>What decoding behaviour has to say: a table for people, a line for programs, a file to decode with later.</summary>
/// <param name="Inputs">What was decoded.</param>
/// <param name="Options">How.</param>
/// <param name="Rows">The results.</param>
public sealed record BehaviorReport(BehaviorInputs Inputs, DecodeOptions Options, IReadOnlyList<DecodedBehavior> Rows)
{
    /// <summary>How the scores are defined, printed beside them.</summary>
    public const string Definition =
        "R2: 1 - SSres/SStot of a column over held-out bins (scikit-learn r2_score); r: Pearson's; means over columns. All decoders are fitted and judged on the same bins";

    /// <summary>How chance is defined, printed beside it.</summary>
    public const string ChanceDefinition =
        "chance: the same predictions held against other trials' behaviour (trials shifted in a circle): mean and 95th percentile over shifts";

    private const int MostColumnsShown = 4;

    /// <summary>The table.</summary>
    public ResultTable Table()
    {
        int columns = Inputs.HeldOut.Behavior.Units;
        bool isEachShown = columns is > 1 and <= MostColumnsShown;
        string[] each = isEachShown ? [.. Headings("R2", columns), .. Headings("r", columns)] : [];
        var table = new ResultTable(["features", "decoder", "alpha", .. each, "mean R2", "chance R2", "95 %", "mean r", "chance r", "95 %", "time (s)"]);
        foreach (DecodedBehavior row in Rows)
        {
            string[] scores = isEachShown ? [.. row.Scores.R2.Concat(row.Scores.Correlation).Select(score => ResultTable.Cell(score))] : [];
            table.Add([
                FeaturesCell(row), row.Name, row.Fit.Decoder.Alpha.ToString("R", CultureInfo.InvariantCulture), .. scores,
                ResultTable.Cell(row.Scores.R2Mean), ResultTable.Cell(row.Chance.R2.Mean), ResultTable.Cell(row.Chance.R2.Percentile95),
                ResultTable.Cell(row.Scores.CorrelationMean), ResultTable.Cell(row.Chance.Correlation.Mean), ResultTable.Cell(row.Chance.Correlation.Percentile95),
                ResultTable.Cell(row.Seconds, 1)]);
        }

        table.Note(Definition);
        table.Note(ChanceDefinition);
        return table;
    }

    /// <summary>What <c>--json</c> prints: scores without weights.</summary>
    /// <param name="decoderPath">The file the decoders were written to.</param>
    public object Summary(string decoderPath) => new
    {
        Rates = Inputs.RatesPath,
        Behavior = Inputs.BehaviorPath,
        Inputs.Key,
        Counts = Inputs.Counts?.Path,
        Out = decoderPath,
        Definition,
        ChanceDefinition,
        Decoders = Rows.Select(row => new
        {
            row.Features,
            row.SigmaBins,
            Decoder = row.Name,
            FirstLag = row.Lags.First,
            LastLag = row.Lags.Last,
            row.Fit.Decoder.Alpha,
            R2Mean = row.Scores.R2Mean,
            R2PerColumn = row.Scores.R2,
            CorrelationMean = row.Scores.CorrelationMean,
            CorrelationPerColumn = row.Scores.Correlation,
            row.Chance,
            row.Seconds,
        }),
    };

    /// <summary>Writes the decoders with everything needed to use and to repeat them; the file appears whole or not at all.</summary>
    /// <param name="path">The JSON file.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Write(string path) => AtomicFile.WriteText(path, JsonLine.Text(Content()));

    private static string FeaturesCell(DecodedBehavior row) =>
        row.SigmaBins is { } sigma ? string.Create(CultureInfo.InvariantCulture, $"{row.Features}, sigma {sigma} bins") : row.Features;

    private static IEnumerable<string> Headings(string score, int columns) =>
        Enumerable.Range(1, columns).Select(column => string.Create(CultureInfo.InvariantCulture, $"{score} x{column}"));

    private object Content() => new
    {
        DecoderFile.Format,
        DecoderFile.MadeBy,
        Formula = "behavior[d] = intercept[d] + sum over lags and units of features[bin + first_lag + l][u] * weights[l * units + u][d]",
        Inputs.Header.BinWidthMs,
        FeaturesUnit = "spikes per bin",
        TargetUnit = "as the behaviour file has it",
        UnitIds = Inputs.Header.UnitIds,
        RatesKeys = Inputs.RatesKeys,
        CountsKeys = Inputs.Counts?.Keys,
        Definition,
        ChanceDefinition,
        Provenance = new
        {
            Rates = new { Path = Inputs.RatesPath, Sha256 = DecoderFile.Hash(Inputs.RatesPath), MadeFrom = DecoderFile.Provenance(Inputs.Header.ProvenanceJson) },
            Behavior = new { Path = Inputs.BehaviorPath, Sha256 = DecoderFile.Hash(Inputs.BehaviorPath), Inputs.Key },
            Counts = Inputs.Counts is { } counts ? new { counts.Path, Sha256 = DecoderFile.Hash(counts.Path) } : null,
            Options = new { Options.Alphas, Options.Folds, Options.HistoryBins, Lags = Options.Lags?.ToString(), Options.SmoothSigmaBins },
            TrainTrials = Inputs.Train.Rates.Trials,
            HeldOutTrials = Inputs.HeldOut.Rates.Trials,
            Inputs.HeldOut.Rates.Bins,
        },
        Decoders = Rows.Select(row => new
        {
            row.Features,
            row.SigmaBins,
            Decoder = row.Name,
            FirstLag = row.Lags.First,
            LastLag = row.Lags.Last,
            row.Fit.Decoder.Alpha,
            AlphasTried = row.Fit.Alphas,
            CvR2 = row.Fit.CvR2,
            TrainBins = row.Fit.Rows,
            R2Mean = row.Scores.R2Mean,
            R2PerColumn = row.Scores.R2,
            CorrelationMean = row.Scores.CorrelationMean,
            CorrelationPerColumn = row.Scores.Correlation,
            row.Chance,
            row.Fit.Decoder.Intercept,
            row.Fit.Decoder.Weights,
        }),
    };
}
