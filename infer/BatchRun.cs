using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Infer.Files;
using UnetSpikes.Infer.Pipeline;

namespace UnetSpikes.Infer;

/// <summary>A run over files: what there is to do, doing it, and what came of it.</summary>
internal static class BatchRun
{
    /// <summary>Runs. A file that cannot be done is reported at the end and does not keep the others from being done.</summary>
    /// <exception cref="UsageException">The options contradict each other, the inputs or what is in the output folder; nothing was done.</exception>
    /// <exception cref="UnetSpikesException">The model or the device is at fault; or the only file is.</exception>
    /// <exception cref="OperationCanceledException">Interrupted; what was finished stays.</exception>
    public static InferReport Run(InferOptions options, ToolConsole console, CancellationToken cancel)
    {
        IReadOnlyList<UsageException> problems = options.Validate();
        if (problems.Count > 0)
        {
            throw problems.Count == 1 ? problems[0] : new UsageException("options", string.Join("; ", problems.Select(p => p.Message)));
        }

        IReadOnlyList<PlannedFile> files = FilePlan.FilesOf(options);
        using SpikeModel model = SpikeModel.Open(options.ModelPath, options.Device, options.Threads);
        if (options.Latents)
        {
            _ = model.LatentDimensions();
        }

        FilePlan plan = FilePlan.For(files, model, options);
        console.Info(string.Create(
            CultureInfo.InvariantCulture,
            $"inferring rates of {model.OutputUnits} units{Unseen(model)}{Decoded(model)}, {model.Metadata.BinWidthMs} ms bins, on {model.Session.Device} ({model.Session.DeviceReason}), {model.Session.Threads.Count} threads"));
        if (plan.Finished.Count > 0)
        {
            console.Info(string.Create(CultureInfo.InvariantCulture, $"{plan.Finished.Count} of {files.Count} files are finished; --force does them again"));
        }

        return Run(plan, model, options, console, cancel);
    }

    private static string Unseen(SpikeModel model) =>
        !model.PredictsUnseen ? "" : string.Create(CultureInfo.InvariantCulture, $" and {model.ForwardBins} forward bins from {model.InputUnits} units");

    private static string Decoded(SpikeModel model) => model.Metadata.Decoded is { } decoded ? $" and {string.Join(", ", decoded.Columns)} decoded from them" : "";

    private static InferReport Run(FilePlan plan, SpikeModel model, InferOptions options, ToolConsole console, CancellationToken cancel)
    {
        using var progress = new FileProgress(console, plan.ToDo.Count);
        using var pipeline = new FilePipeline(model, options, cancel) { OnBins = progress.Wrote, OnEnd = progress.Ended };
        try
        {
            pipeline.Run(plan.ToDo);
        }
        catch (OperationCanceledException) when (plan.ToDo.Count > 1)
        {
            progress.Message(string.Create(CultureInfo.InvariantCulture, $"{progress.Results.Count} of {plan.ToDo.Count} files were finished; the same command does the rest"));
            throw;
        }

        if (progress.FirstError is { } error && plan.ToDo.Count + plan.Finished.Count == 1)
        {
            error.Throw();
        }

        return new InferReport(options.ModelPath, model.Sha256, model.Metadata, model.Session.Device.ToString(), progress.Results)
        {
            Reach = (model.ReachLeft, model.ReachRight),
            Finished = [.. plan.Finished.Select(file => file.Output)],
            Failures = progress.Failures,
            Seconds = progress.Seconds,
        };
    }
}
