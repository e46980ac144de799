using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Regression;
using UnetSpikes.Runtime;

namespace UnetSpikes.Export;

/// <summary>What to export and how.</summary>
public sealed record ExportOptions
{
    /// <summary>The checkpoints, or folders of runs or of ensembles; of several networks, the mean log-rate is exported.</summary>
    public required IReadOnlyList<string> CheckpointPaths { get; init; }

    /// <summary>What to make of checkpoints that leave something open.</summary>
    public LoadingOptions Loading { get; init; } = new();

    /// <summary>The model to write.</summary>
    public required string OutPath { get; init; }

    /// <summary>What it is laid out for.</summary>
    public ModelForm Form { get; init; } = ModelForm.Auto;

    /// <summary>The training data, for verification; null = where the checkpoint says.</summary>
    public string? DataPath { get; init; }

    /// <summary>What its weights are stored in, and what it computes in.</summary>
    public Precision Precision { get; init; } = Precision.Fp32;

    /// <summary>The opset of the file; from <see cref="Operators.OldestOpset"/> to <see cref="Operators.NewestOpset"/>.</summary>
    public int Opset { get; init; } = Graph.UsualOpset;

    /// <summary>Tolerance on log-rates, absolute. Above 0; null = the precision's own (<see cref="Tolerance.Of"/>).</summary>
    public double? Atol { get; init; }

    /// <summary>The largest loss of R² of rates and of bits per spike. Above 0.</summary>
    public double MaxLoss { get; init; } = Tolerance.UsualLoss;

    /// <summary>The decoder to stand behind the rates, <c>FILE</c> or <c>FILE:NAME</c> as <c>decode</c> wrote it; null = none.</summary>
    public string? Decoder { get; init; }

    /// <summary>Names of the decoded columns; null = x1, x2, ….</summary>
    public IReadOnlyList<string>? DecodedNames { get; init; }

    /// <summary>Their unit of measure; null = what the decoder's file says.</summary>
    public string? DecodedUnit { get; init; }

    /// <summary>Page to write what was verified to; null = none.</summary>
    public string? ReportPath { get; init; }

    /// <summary>Width of a bin in milliseconds where the checkpoint does not know; null = it does.</summary>
    public double? BinWidthMs { get; init; }

    /// <summary>Licence of the model, an SPDX name. NOASSERTION is SPDX's word for "not said".</summary>
    public string Licence { get; init; } = "NOASSERTION";

    /// <summary>Whether the model's card is written beside it, under its name with <c>.md</c>.</summary>
    public bool WithCard { get; init; } = true;

    /// <summary>Whether an existing file is replaced.</summary>
    public bool Force { get; init; }

    /// <summary>Threads of the verification; 0 = as many as the job was given.</summary>
    public int Threads { get; init; }

    /// <summary>Where the card goes.</summary>
    public string CardPath => Path.ChangeExtension(OutPath, ".md");
}

/// <summary>What was exported.</summary>
/// <param name="Model">The file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Metadata">What it says of itself.</param>
/// <param name="Report">What was compared.</param>
/// <param name="Times">What both forms take on this machine.</param>
public sealed record ExportResult(string Model, long Bytes, ModelMetadata Metadata, VerificationReport Report, IReadOnlyList<FormTime> Times);

/// <summary>From a checkpoint to a verified model file, or to no file.</summary>
public static class ExportRun
{
    /// <summary>Exports.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="console">For messages.</param>
    /// <exception cref="UsageException">An option is wrong, or the width of a bin is not known.</exception>
    /// <exception cref="CheckpointException">The checkpoint cannot be used, or the model is not equal to it; then no file is left.</exception>
    public static ExportResult Run(ExportOptions options, ToolConsole console)
    {
        Tolerance tolerance = Tolerance.Of(options.Precision, options.Atol, options.MaxLoss).Checked();
        Require(options);
        TrainedNetworks trained = CheckpointLoading.Load(options, console);
        Checkpoint checkpoint = trained.Members[0];
        double binWidthMs = BinWidth(checkpoint, options.BinWidthMs);
        string chosen = options.Loading.Weights is { } weights ? $", {weights.Name} weights" : "";
        var data = VerificationData.For(checkpoint, options.DataPath, console.Warn);
        console.Info($"exporting {string.Join(", ", trained.Paths.Zip(trained.Members, (path, member) => $"{path} (step {member.Step}{chosen})"))}; verifying on {data.Description}");

        FusedDecoder? decoder = options.Decoder is null ? null : FusedDecoder.Of(Fitted(options.Decoder), checkpoint.Data.UnitIds, binWidthMs, options.DecodedNames, options.DecodedUnit);
        FoldedNetwork[] networks = [.. trained.Members.Select(FoldedNetwork.Of)];
        Graph graph = Build(networks, options.Form, options, decoder);
        var verification = new Verification(trained.Members, data, tolerance, options.Threads, decoder);

        // The report is part of the file, so the file can only be made after it; then the finished file is verified again.
        VerificationReport draft = Accepted(verification.Check(options.OutPath, Bytes(graph, null)), options.OutPath);
        using var pending = new PendingFile(options.OutPath);
        AtomicFile.Write(pending.TemporaryPath, stream => stream.Write(Bytes(graph, draft)));
        byte[] written = File.ReadAllBytes(pending.TemporaryPath);
        VerificationReport report = Accepted(verification.Check(options.OutPath, written), options.OutPath);
        ModelMetadata metadata = ReadMetadata(options.OutPath, written);
        int bins = metadata.TrialBins > 0 ? metadata.TrialBins : data.Counts.Bins;
        IReadOnlyList<FormTime> times = FormTimes.Measure(form => Bytes(Build(networks, form, options, decoder), report), bins, options.Threads);
        var result = new ExportResult(options.OutPath, written.LongLength, metadata, report, times);
        if (options.ReportPath is string path)
        {
            AtomicFile.WriteText(path, VerificationPage.Make(result));
        }

        pending.Commit();
        if (options.WithCard)
        {
            AtomicFile.WriteText(options.CardPath, ModelCard.Markdown(metadata, Path.GetFileName(options.OutPath)));
        }

        return result;

        byte[] Bytes(Graph g, VerificationReport? report)
        {
            ModelMetadata about = ExportedMetadata.Of(trained, binWidthMs, options.Licence, report) with { Decoded = decoder?.Output };
            foreach ((string key, string value) in about.ToDictionary())
            {
                g.Metadata[key] = value;
            }

            return GraphWriter.ToBytes(g);
        }
    }

    private static void Require(ExportOptions options)
    {
        if (options.BinWidthMs is double width && !(width > 0 && double.IsFinite(width)))
        {
            throw new UsageException("--bin-ms", $"is {width}, expected a number of milliseconds above 0");
        }

        if (options.Opset is < Operators.OldestOpset or > Operators.NewestOpset)
        {
            throw new UsageException("--opset", $"is {options.Opset}, expected {Operators.OldestOpset} to {Operators.NewestOpset}");
        }

        if (options.Decoder is null && (options.DecodedNames is not null || options.DecodedUnit is not null))
        {
            throw new UsageException(options.DecodedNames is null ? "--decoded-unit" : "--decoded-names", "names what --decoder gives, and there is none");
        }

        RequireFree("--out", options.OutPath, "model.onnx", options.Force);
        if (options.WithCard && options.CardPath == options.OutPath)
        {
            throw new UsageException("--out", $"{options.OutPath} is the name of the model's card, expected a file such as model.onnx");
        }

        if (options.WithCard && File.Exists(options.CardPath) && !options.Force)
        {
            throw new UsageException("--out", $"{options.CardPath}, the model's card, exists; --force overwrites it, --no-card writes none");
        }

        if (options.ReportPath is string report)
        {
            RequireFree("--report", report, "verification.html", options.Force);
        }
    }

    /// <summary>A colon may belong to the path itself, so files that exist decide first.</summary>
    private static FittedDecoder Fitted(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && !File.Exists(text) && File.Exists(text[..colon]) ? FittedDecoder.Read(text[..colon], text[(colon + 1)..]) : FittedDecoder.Read(text);
    }

    private static void RequireFree(string option, string path, string example, bool mayReplace)
    {
        if (File.Exists(path) && !mayReplace)
        {
            throw new UsageException(option, $"{path} exists; --force overwrites it");
        }

        if (Directory.Exists(path))
        {
            throw new UsageException(option, $"{path} is a folder, expected a file such as {example}");
        }
    }

    private static Graph Build(FoldedNetwork[] networks, ModelForm form, ExportOptions options, FusedDecoder? decoder)
    {
        try
        {
            return InferenceGraph.Build(networks, form, options.Precision, decoder, options.Opset);
        }
        catch (GraphException e) when (options.Opset < Graph.UsualOpset)
        {
            throw new UsageException("--opset", $"is {options.Opset}, too old for this network: {e.Message}");
        }
    }

    private static double BinWidth(Checkpoint checkpoint, double? said) => (checkpoint.Data.BinWidthMs, said) switch
    {
        (null, null) => throw new UsageException("--bin-ms", "neither the checkpoint nor its data knows the width of a bin; expected it here, in milliseconds"),
        (double known, double other) when known != other => throw new UsageException("--bin-ms", $"is {other}, but the model was trained on bins of {known} ms"),
        (double known, _) => known,
        (_, double given) => given,
    };

    private static VerificationReport Accepted(VerificationReport report, string path) => report.Problem is string problem
        ? throw new CheckpointException(path, "", $"the model was not written: {problem}")
        : report;

    /// <summary>What a user of the file will read.</summary>
    private static ModelMetadata ReadMetadata(string path, byte[] model)
    {
        using var session = new OnnxSession(model, new SessionSettings { Name = path, Threads = 1 });
        return ModelMetadata.FromDictionary(path, session.Metadata);
    }
}
