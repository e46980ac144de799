using System.Globalization;
using UnetSpikes.App.Bench;
using UnetSpikes.Cli;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;

namespace UnetSpikes.App.ModelInfo;

/// <summary>A model as a page of text, one table a question.</summary>
internal static class ModelPage
{
    private const int ShownUnits = 8;

    /// <summary>What the model is, wants and gives: all that <c>inspect</c> shows.</summary>
    /// <param name="facts">Of the model.</param>
    /// <param name="output">Where results go.</param>
    public static void WriteShort(ModelFacts facts, TextWriter output)
    {
        output.WriteLine($"{facts.Path}: model, sha256 {facts.Sha256}");
        Write(output, WhatItIs(facts), WhatItWants(facts), WhatItGives(facts));
    }

    /// <summary>The whole page.</summary>
    /// <param name="facts">Of the model.</param>
    /// <param name="speed">Measured here; null = left out.</param>
    /// <param name="output">Where results go.</param>
    public static void Write(ModelFacts facts, BenchResult? speed, TextWriter output)
    {
        WriteShort(facts, output);
        Write(output, WhereItComesFrom(facts), HowGoodItIs(facts));
        if (speed is not null)
        {
            output.WriteLine("how fast it is here");
            BenchTable.Write(speed, output);
        }
    }

    private static void Write(TextWriter output, params ResultTable[] tables)
    {
        foreach (ResultTable table in tables)
        {
            table.Write(output);
            output.WriteLine();
        }
    }

    private static ResultTable WhatItIs(ModelFacts facts)
    {
        var table = new ResultTable("what it is", "");
        GraphCensus census = facts.Census;
        table.Add("architecture", facts.Metadata.Architecture);
        table.Add("weights", census.StoredNumbers == census.Weights ? Text($"{census.Weights:N0} numbers") : Text($"{census.Weights:N0} numbers, of {census.StoredNumbers:N0} in the file: one form for few trials and one for many"));
        table.Add("size", Text($"{facts.Bytes / 1024.0:N0} KiB"));
        table.Add("operators", Text($"opset {census.Opset}: {string.Join(", ", census.Operators.OrderByDescending(o => o.Value).Select(o => $"{o.Value} {o.Key}"))}"));
        return table;
    }

    private static ResultTable WhatItWants(ModelFacts facts)
    {
        var table = new ResultTable("what it wants", "");
        ModelMetadata m = facts.Metadata;
        table.Add("input", $"{string.Join("; ", facts.Inputs)}: trial, bin, unit; {m.InputUnit}");
        table.Add("units", Text($"{m.HeldInUnits}: {string.Join(", ", m.InputUnitIds.Take(ShownUnits))}{(m.HeldInUnits > ShownUnits ? ", …" : "")}"));
        table.Add("bin width", Text($"{m.BinWidthMs:0.######} ms"));
        table.Add("length", m.NeedsTrials
            ? Text($"whole trials only{(m.TrialBins > 0 ? $", of {m.TrialBins} bins" : "")}: a rate depends on its whole trial")
            : Text($"any from {m.MinimumBins} bins, padded inside to multiples of {m.BinMultiple} plus one"));
        table.Add("receptive field", Text($"{m.ReceptiveFieldLeft} bins before, {m.ReceptiveFieldRight} after: looks {m.ReceptiveFieldRight * m.BinWidthMs:0.######} ms ahead"));
        return table;
    }

    private static ResultTable WhatItGives(ModelFacts facts)
    {
        var table = new ResultTable("what it gives", "");
        ModelMetadata m = facts.Metadata;
        foreach (TensorInfo output in facts.Outputs)
        {
            table.Add(output.Name, output.ToString() + (output.Name == "rates" ? Text($": {m.OutputUnit}, times {1000 / m.BinWidthMs:0.######} = Hz") : ""));
        }

        table.Add("link", m.ToDictionary()["unet_spikes.link"] + ": what the last layer gives, of a rate");
        if (m.HeldInUnits < m.UnitIds.Count || m.ForwardBins > 0)
        {
            table.Add("predicts", Text($"{m.UnitIds.Count - m.HeldInUnits} held-out units and {m.ForwardBins} forward bins from the first {m.HeldInUnits} units"));
        }

        if (m.Decoded is { } decoded)
        {
            table.Add("decodes", Text($"{string.Join(", ", decoded.Columns)} in {decoded.Unit}, from the rates of bins {decoded.FirstLag} to {decoded.LastLag} around each, by '{decoded.Decoder}'{(decoded.R2 is double r2 ? $"; R2 {r2:0.000} on its held-out trials" : "")}"));
        }

        return table;
    }

    private static ResultTable WhereItComesFrom(ModelFacts facts)
    {
        var table = new ResultTable("where it comes from", "");
        table.Add("trained on", facts.Metadata.SaysTrainingData ? "counts of sha256 " + facts.Metadata.TrainingDataHash : "not said by the checkpoint it was made from");
        table.Add("made by", $"{facts.Metadata.CreatedBy}, commit {facts.Metadata.Commit}");
        table.Add("licence", facts.Metadata.Licence);
        return table;
    }

    private static ResultTable HowGoodItIs(ModelFacts facts)
    {
        var table = new ResultTable("how good it is", "");
        foreach (ModelScore score in facts.Metadata.Scores)
        {
            table.Add(score.Name, ResultTable.Cell(score.Value));
            table.Note($"{score.Name}: {score.Definition}");
        }

        var report = VerificationSummary.Of(facts.Metadata);
        table.Add("verification", report?.ToString() ?? "none");
        if (report is not null)
        {
            table.Note(Text($"verification: on {report.Data}, other lengths, silence and absurd counts; tolerance {report.Tolerance:0.0E+0}, for silence and absurd counts times the last layer's largest output"));
        }

        return table;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
