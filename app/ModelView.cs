using System.Globalization;
using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Infer;
using UnetSpikes.Runtime;

namespace UnetSpikes.App;

/// <summary>An exported model, as <c>inspect</c> shows it.</summary>
internal static class ModelView
{
    public static object Write(string path, TextWriter output)
    {
        using var model = SpikeModel.Open(path, device: "cpu", threads: 1);
        ModelMetadata metadata = model.Metadata;
        output.WriteLine($"{path}: model, sha256 {model.Sha256}");
        var table = new ResultTable("what", "value");
        table.Add("architecture", metadata.Architecture);
        table.Add("inputs", string.Join("; ", model.Session.Inputs));
        table.Add("outputs", string.Join("; ", model.Session.Outputs));
        table.Add("bin width", string.Create(CultureInfo.InvariantCulture, $"{metadata.BinWidthMs:0.######} ms"));
        table.Add("units", string.Create(CultureInfo.InvariantCulture, $"{metadata.UnitIds.Count}: {Few(metadata.UnitIds)}"));
        if (metadata.HeldInUnits < metadata.UnitIds.Count || metadata.ForwardBins > 0)
        {
            table.Add("predicts", string.Create(CultureInfo.InvariantCulture, $"{metadata.UnitIds.Count - metadata.HeldInUnits} held-out units and {metadata.ForwardBins} forward bins from the first {metadata.HeldInUnits} units"));
        }

        table.Add("input, output unit", $"{metadata.InputUnit}, {metadata.OutputUnit}");
        table.Add("receptive field", string.Create(CultureInfo.InvariantCulture, $"{metadata.ReceptiveFieldLeft} bins before, {metadata.ReceptiveFieldRight} after; multiples of {metadata.BinMultiple} plus one; at least {metadata.MinimumBins}"));
        if (metadata.NeedsTrials)
        {
            string length = metadata.TrialBins > 0 ? string.Create(CultureInfo.InvariantCulture, $", of {metadata.TrialBins} bins") : "";
            table.Add("trials", $"whole ones only{length}: a rate depends on its whole trial");
        }

        foreach (ModelScore score in metadata.Scores)
        {
            table.Add(score.Name, ResultTable.Cell(score.Value));
            table.Note($"{score.Name}: {score.Definition}");
        }

        table.Add("verification", Verification(metadata.VerificationJson));
        table.Add("trained on", metadata.TrainingDataHash);
        table.Add("made by", $"{metadata.CreatedBy}, commit {metadata.Commit}");
        table.Add("licence", metadata.Licence);
        table.Write(output);
        output.WriteLine();
        return new { Path = path, Kind = "model", model.Sha256, Metadata = metadata.ToDictionary() };
    }

    // The whole report, case by case, is in --json.
    private static string Verification(string json)
    {
        using JsonDocument report = JsonDocument.Parse(json);
        if (!report.RootElement.TryGetProperty("cases", out JsonElement cases) || cases.GetArrayLength() == 0)
        {
            return "none";
        }

        bool isOfRates = report.RootElement.TryGetProperty("is_of_rates", out JsonElement flag) && flag.GetBoolean();
        double worst = cases.EnumerateArray().Max(c => c.GetProperty(isOfRates ? "abs_rates" : "abs_log_rates").GetDouble());
        return string.Create(CultureInfo.InvariantCulture, $"{cases.GetArrayLength()} cases, {(isOfRates ? "rates" : "log-rates")} within {worst:0.0E+0} of the checkpoint's");
    }

    private static string Few(IReadOnlyList<string> ids) => string.Join(", ", ids.Take(8)) + (ids.Count > 8 ? ", …" : "");
}
