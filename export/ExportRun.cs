using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Models;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;

namespace UnetSpikes.Export;

/// <summary>What to export and how.</summary>
public sealed record ExportOptions
{
    /// <summary>The checkpoints, or folders of runs or of ensembles; of several networks, the mean log-rate is exported.</summary>
    public required IReadOnlyList<string> CheckpointPaths { get; init; }

    /// <summary>The model to write.</summary>
    public required string OutPath { get; init; }

    /// <summary>What it is laid out for.</summary>
    public ModelForm Form { get; init; } = ModelForm.Auto;

    /// <summary>The training data, for verification; null = where the checkpoint says.</summary>
    public string? DataPath { get; init; }

    /// <summary>Tolerance on log-rates, absolute. Above 0.</summary>
    public double Atol { get; init; } = 1e-5;

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
public sealed record ExportResult(string Model, long Bytes, ModelMetadata Metadata, VerificationReport Report);

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
        Require(options);
        var trained = TrainedNetworks.Load(options.CheckpointPaths);
        Checkpoint checkpoint = trained.Members[0];
        double binWidthMs = BinWidth(checkpoint, options.BinWidthMs);
        var data = VerificationData.For(checkpoint, options.DataPath, console.Warn);
        console.Info($"exporting {string.Join(", ", trained.Paths.Zip(trained.Members, (path, member) => $"{path} (step {member.Step})"))}; verifying on {data.Description}");

        Graph graph = InferenceGraph.Build([.. trained.Members.Select(FoldedNetwork.Of)], options.Form);
        var verification = new Verification(trained.Members, data, options.Atol, options.Threads);

        // The report is part of the file, so the file can only be made after it; then the finished file is verified again.
        VerificationReport draft = Accepted(verification.Check(options.OutPath, Bytes(graph, null)), options.OutPath);
        using var pending = new PendingFile(options.OutPath);
        AtomicFile.Write(pending.TemporaryPath, stream => stream.Write(Bytes(graph, draft)));
        byte[] written = File.ReadAllBytes(pending.TemporaryPath);
        VerificationReport report = Accepted(verification.Check(options.OutPath, written), options.OutPath);
        ModelMetadata metadata = ReadMetadata(options.OutPath, written);
        pending.Commit();
        if (options.WithCard)
        {
            AtomicFile.WriteText(options.CardPath, ModelCard.Markdown(metadata, Path.GetFileName(options.OutPath)));
        }

        return new ExportResult(options.OutPath, written.LongLength, metadata, report);

        byte[] Bytes(Graph g, VerificationReport? report)
        {
            foreach ((string key, string value) in ExportedMetadata.Of(trained, binWidthMs, options.Licence, report).ToDictionary())
            {
                g.Metadata[key] = value;
            }

            return GraphWriter.ToBytes(g);
        }
    }

    private static void Require(ExportOptions options)
    {
        if (!(options.Atol > 0))
        {
            throw new UsageException("--atol", $"is {options.Atol}, expected a number above 0");
        }

        if (options.BinWidthMs is double width && !(width > 0 && double.IsFinite(width)))
        {
            throw new UsageException("--bin-ms", $"is {width}, expected a number of milliseconds above 0");
        }

        if (File.Exists(options.OutPath) && !options.Force)
        {
            throw new UsageException("--out", $"{options.OutPath} exists; --force overwrites it");
        }

        if (options.WithCard && options.CardPath == options.OutPath)
        {
            throw new UsageException("--out", $"{options.OutPath} is the name of the model's card, expected a file such as model.onnx");
        }

        if (options.WithCard && File.Exists(options.CardPath) && !options.Force)
        {
            throw new UsageException("--out", $"{options.CardPath}, the model's card, exists; --force overwrites it, --no-card writes none");
        }

        if (Directory.Exists(options.OutPath))
        {
            throw new UsageException("--out", $"{options.OutPath} is a folder, expected a file such as model.onnx");
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
        ? throw new CheckpointException(path, "", $"the model was not written: {problem} (--atol)")
        : report;

    /// <summary>What a user of the file will read.</summary>
    private static ModelMetadata ReadMetadata(string path, byte[] model)
    {
        using var session = new OnnxSession(model, new SessionSettings { Name = path, Threads = 1 });
        return ModelMetadata.FromDictionary(path, session.Metadata);
    }
}
