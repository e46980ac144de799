using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Decode;

/// <summary>What a run of decoders has to say: a table for people, a line for programs, a file to decode with later.</summary>
/// <param name="Inputs">What was decoded.</param>
/// <param name="Options">How.</param>
/// <param name="Rows">The results.</param>
public sealed record DecodeReport(DecodeInputs Inputs, DecodeOptions Options, IReadOnlyList<DecodedFeatures> Rows)
{
    /// <summary>How R² is defined here, printed beside it.</summary>
    public const string Definition =
        "R2 of each dimension: 1 - SSres/SStot over validation (trials x bins); mean over dimensions, constant ones left out";

    private const int MostDimensionsShown = 6;

    /// <summary>The table.</summary>
    public ResultTable Table()
    {
        int dimensions = Inputs.Valid.Targets.Units;
        bool isWide = dimensions > MostDimensionsShown;
        string[] columns = isWide ? ["median", "worst"] : [.. Enumerable.Range(1, dimensions).Select(d => string.Create(CultureInfo.InvariantCulture, $"R2 x{d}"))];
        var table = new ResultTable(["features", "sigma (bins)", "alpha", .. columns, "mean R2", "time (s)"]);
        foreach (DecodedFeatures row in Rows)
        {
            string[] scores = isWide
                ? [ResultTable.Cell(row.Scores.R2Median), ResultTable.Cell(row.Scores.PerUnit.Where(r2 => !double.IsNaN(r2)).DefaultIfEmpty(double.NaN).Min())]
                : [.. row.Scores.PerUnit.Select(r2 => ResultTable.Cell(r2))];
            table.Add([row.Features, Number(row.SigmaBins), Number(row.Fit.Decoder.Alpha), .. scores, ResultTable.Cell(row.Scores.R2Uniform), ResultTable.Cell(row.Seconds, 1)]);
        }

        table.Note(Definition);
        if (Rows[0].Scores.UnitsExcluded is > 0 and int excluded)
        {
            table.Note($"{excluded} of {dimensions} target dimensions never change and are in no mean");
        }

        return table;
    }

    /// <summary>What <c>--json</c> prints: scores without weights.</summary>
    /// <param name="decoderPath">The file the decoders were written to.</param>
    public object Summary(string decoderPath) => new
    {
        Rates = Inputs.RatesPath,
        Targets = Inputs.TargetsPath,
        Out = decoderPath,
        Definition,
        Decoders = Rows.Select(row => new
        {
            row.Features,
            row.SigmaBins,
            row.Fit.Decoder.Alpha,
            R2Mean = row.Scores.R2Uniform,
            R2PerDimension = row.Scores.PerUnit,
            row.Seconds,
        }),
    };

    /// <summary>Writes the decoders with everything needed to use and to repeat them; the file appears whole or not at all.</summary>
    /// <param name="path">The JSON file.</param>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public void Write(string path) => AtomicFile.WriteText(path, JsonLine.Text(Content()));

    private static string Number(double? value) => value is { } number ? number.ToString("R", CultureInfo.InvariantCulture) : "-";

    private object Content() => new
    {
        DecoderFile.Format,
        DecoderFile.MadeBy,
        Formula = "target[d] = intercept[d] + sum over u of features[u] * weights[u][d], bin by bin",
        Inputs.BinWidthMs,
        TargetUnit = "as the latents of the targets file",
        Inputs.UnitIds,
        R2Definition = Definition,
        Provenance = new
        {
            Rates = new { Path = Inputs.RatesPath, Sha256 = Inputs.RatesHash, MadeFrom = DecoderFile.Provenance(Inputs.RatesProvenanceJson) },
            Targets = new { Path = Inputs.TargetsPath, Sha256 = Inputs.TargetsHash },
            Options = new { Options.SmoothSigmaBins, Options.Alphas, Options.Folds },
            TrainTrials = Inputs.Train.Targets.Trials,
            ValidTrials = Inputs.Valid.Targets.Trials,
            Inputs.Valid.Targets.Bins,
        },
        Decoders = Rows.Select(row => new
        {
            row.Features,
            FeaturesUnit = row.Unit,
            row.SigmaBins,
            LowestRate = row.Features == "log-rates" ? DecodeRun.LowestRate : (double?)null,
            row.Fit.Decoder.Alpha,
            AlphasTried = row.Fit.Alphas,
            CvR2 = row.Fit.CvR2,
            TrainBins = row.Fit.Rows,
            TrainBinsLeftOut = row.Fit.RowsLeftOut,
            R2Mean = row.Scores.R2Uniform,
            R2PerDimension = row.Scores.PerUnit,
            DimensionsExcluded = row.Scores.UnitsExcluded,
            row.Fit.Decoder.Intercept,
            row.Fit.Decoder.Weights,
        }),
    };
}
