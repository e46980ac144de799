using System.Globalization;

namespace UnetSpikes.Runtime;

/// <summary>A model's card: one page of Markdown with what it is, needs, gives, was trained on and is worth, in the manner of Hugging Face's.</summary>
/// <remarks>Made from the metadata alone, so that every exported model has one, whoever holds it. The metadata is another's text: what would end a cell of a table or a code span is taken out.</remarks>
public static class ModelCard
{
    private const int ShownUnits = 12;
    private const int ExampleBins = 100;

    /// <summary>Writes the card.</summary>
    /// <param name="metadata">What the model says of itself.</param>
    /// <param name="fileName">The model's file, without its folder.</param>
    public static string Markdown(ModelMetadata metadata, string fileName)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        ArgumentNullException.ThrowIfNull(fileName);
        return string.Join('\n', Header(metadata, fileName), Facts(metadata), Uses(metadata), Trained(metadata), Run(metadata, fileName), Licence(metadata));
    }

    /// <summary>The lines that a hub of models reads, and what the model is.</summary>
    private static string Header(ModelMetadata m, string fileName) => $"""
        ---
        license: {(m.Licence == "NOASSERTION" ? "other" : OneLine(m.Licence).ToLowerInvariant())}
        library_name: onnx
        tags:
        - neuroscience
        - spike-trains
        - firing-rates
        ---
        # {OneLine(Path.GetFileNameWithoutExtension(fileName))}

        Firing rates from spike counts: takes the binned spikes of {m.HeldInUnits} units, gives the rate{(m.HeldInUnits < m.UnitIds.Count ? $"s of {m.UnitIds.Count} units" : " of each")} in every bin, and the latent
        variables behind them. An ONNX model of standard operators, for any runtime.

        """;

    private static string Facts(ModelMetadata m) => $"""
        | | |
        |---|---|
        | architecture | {Cell(m.Architecture)} |
        | takes | `spikes`, float32 [trial, bin, {m.HeldInUnits}]: {Cell(m.InputUnit)}, bins of {Number(m.BinWidthMs)} ms |
        | length | {Length(m)} |
        | gives | `rates` and `log_rates`, float32 [trial, bin{(m.ForwardBins > 0 ? $" + {m.ForwardBins}" : "")}, {m.UnitIds.Count}]: {Cell(m.OutputUnit)}, times {Number(1000 / m.BinWidthMs)} = Hz, and its natural log; `latents` |
        | a rate depends on | {Reach(m)} |{Further(m)}
        | units, in this order | {Cell(Units(m.UnitIds))} |{(m.HeldInUnits < m.UnitIds.Count ? $"\n| held out | the last {m.UnitIds.Count - m.HeldInUnits} of them: predicted, not seen |" : "")}{(m.ForwardBins > 0 ? $"\n| forward bins | {m.ForwardBins} behind the last one seen: predicted |" : "")}
        | made by | {Cell(m.CreatedBy)}, commit {Cell(m.Commit)} |

        """;

    /// <summary>What not every model has: a precision of its own, a decoder behind the rates.</summary>
    private static string Further(ModelMetadata m) =>
        (m.Precision == ModelMetadata.Fp32 ? "" : $"\n| precision | {Cell(m.Precision)}; inputs and outputs are float32 |")
        + (m.Decoded is not DecodedOutput d ? "" : $"\n| decodes | `{DecodedOutput.Name}`, float32 [trial, bin, {d.Columns.Count}]: {Cell(string.Join(", ", d.Columns))} in {Cell(d.Unit)}, from the rates of bins {d.FirstLag} to {d.LastLag} around each, by '{Cell(d.Decoder)}' |");

    private static string Uses(ModelMetadata m) => $"""
        ## What it is for, and what not

        - For recordings of the units it was trained on, in bins of {Number(m.BinWidthMs)} ms. Other units, or the same sorted anew, need a model of their own; it has no way to notice.
        - {Future(m)}
        - The scores below are of the data they name. On other days or tasks it may do worse without a sign of it.
        - For research: nothing here has been shown to be fit for clinical use.

        """;

    private static string Trained(ModelMetadata m)
    {
        string scores = m.Scores.Count == 0
            ? "The model carries no scores."
            : "| score | value | definition |\n|---|---|---|\n" + string.Join('\n', m.Scores.Select(s => $"| {Cell(s.Name)} | {(double.IsNaN(s.Value) ? "–" : s.Value.ToString("F4", CultureInfo.InvariantCulture))} | {Cell(s.Definition)} |"));
        string data = m.SaysTrainingData ? $"SHA-256 of the counts it was trained on: `{Code(m.TrainingDataHash)}`." : "What it was trained on, its checkpoint did not say.";
        return $"""
            ## Training data and scores

            {data}

            {scores}

            ## Verification

            {Verified(m)}

            """;
    }

    private static string Verified(ModelMetadata m)
    {
        if (VerificationSummary.Of(m) is not VerificationSummary report)
        {
            return "None: whether the model equals the checkpoint it was made from is not known.";
        }

        string r2 = report is { R2Before: double before, R2After: double after }
            ? string.Create(CultureInfo.InvariantCulture, $" R² of rates: {before:F6} of the checkpoint, {after:F6} of this file.")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Compared with its checkpoint on {OneLine(report.Data)}, other lengths, silence and absurd counts: {report}; tolerance {report.Tolerance:0.0E+0}, for silence and absurd counts times the last layer's largest output.{r2}");
    }

    private static string Run(ModelMetadata m, string fileName)
    {
        string file = Code(OneLine(fileName));
        int bins = m.TrialBins > 0 ? m.TrialBins : Math.Max(m.MinimumBins, ExampleBins), units = m.HeldInUnits;
        return $$"""
            ## How to run it

            ```
            unet-spikes infer --model {{file}} --input recording.nwb --out rates/
            ```

            Python (`pip install onnxruntime numpy`):

            ```python
            import numpy as np
            import onnxruntime

            counts = np.zeros((1, {{bins}}, {{units}}), np.float32)  # [trial, bin, unit], {{OneLine(m.InputUnit)}}
            session = onnxruntime.InferenceSession("{{file}}", providers=["CPUExecutionProvider"])
            rates = session.run(["rates"], {"spikes": counts})[0]
            print(rates.shape, rates.mean())
            ```

            Node (`npm install onnxruntime-node`):

            ```js
            import ort from 'onnxruntime-node';

            const counts = new ort.Tensor('float32', new Float32Array(1 * {{bins}} * {{units}}), [1, {{bins}}, {{units}}]);
            const session = await ort.InferenceSession.create('{{file}}');
            const { rates } = await session.run({ spikes: counts });
            console.log(rates.dims);
            ```

            C# (`dotnet add package Microsoft.ML.OnnxRuntime`):

            ```csharp
            using Microsoft.ML.OnnxRuntime;

            using var session = new InferenceSession("{{file}}");
            using var counts = OrtValue.CreateTensorValueFromMemory(new float[1 * {{bins}} * {{units}}], [1, {{bins}}, {{units}}]);
            using var options = new RunOptions();
            using var outputs = session.Run(options, ["spikes"], [counts], ["rates"]);
            ReadOnlySpan<float> rates = outputs[0].GetTensorDataAsSpan<float>();
            ```

            """;
    }

    private static string Licence(ModelMetadata m) =>
        $"## Licence\n\n{(m.Licence == "NOASSERTION" ? "Not said by who exported it." : OneLine(m.Licence))}\n";

    private static string Length(ModelMetadata m) => m switch
    {
        { TrialBins: > 0 } => $"whole trials of {m.TrialBins} bins",
        { NeedsTrials: true } => $"whole trials of at least {m.MinimumBins} bins",
        _ => $"any, from {m.MinimumBins} bins",
    };

    private static string Reach(ModelMetadata m) => m.NeedsTrials
        ? "its whole trial"
        : $"{m.ReceptiveFieldLeft} bins before it and {m.ReceptiveFieldRight} after ({Number(m.ReceptiveFieldLeft * m.BinWidthMs)} ms and {Number(m.ReceptiveFieldRight * m.BinWidthMs)} ms)";

    private static string Future(ModelMetadata m) => m switch
    {
        { NeedsTrials: true } => "It needs a trial to its end: neither a continuous recording nor a bin as it comes can be inferred.",
        { ReceptiveFieldRight: > 0 } => $"It looks {Number(m.ReceptiveFieldRight * m.BinWidthMs)} ms ahead: rates that are to be its best come so much later (`infer --stream --lag`).",
        _ => "It does not look ahead: rates can be had as bins come.",
    };

    private static string Units(IReadOnlyList<string> ids) =>
        string.Join(", ", ids.Take(ShownUnits)) + (ids.Count > ShownUnits ? $", … ({ids.Count} in all)" : "");

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string Cell(string text) => OneLine(text).Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);

    private static string Code(string text) => OneLine(text).Replace("`", "", StringComparison.Ordinal).Replace("\"", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal);
}
