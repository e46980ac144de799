using System.CommandLine;
using UnetSpikes.App.Bench;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Runtime;

namespace UnetSpikes.App.ModelInfo;

/// <summary><c>model-info</c>: a page a person reads about an exported model, and its card.</summary>
public static class ModelInfoCommand
{
    private const int ManyTrials = 64;
    private const int UsualBins = 100;

    /// <summary>Declares <c>model-info</c>.</summary>
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "The model, an .onnx file written by 'export'." };
        var card = new Option<string?>("--card") { Description = "Write the model's card, as 'export' does beside the model.", HelpName = "FILE.md" };
        var noSpeed = new Option<bool>("--no-speed") { Description = "Leave out how fast it is here, which takes a second." };
        Option<int> threads = CommonOptions.Threads();
        Option<bool> force = CommonOptions.Force(), json = CommonOptions.Json();
        var command = new Command("model-info", "Say what a model is, wants, gives, was trained on, how good it is and how fast it is here.") { model, card, noSpeed, threads, force, json };
        command.SetAction((parsed, cancel) => Task.Run(
            () =>
            {
                var facts = ModelFacts.Read(parsed.GetValue(model)!);
                if (parsed.GetValue(card) is string path)
                {
                    WriteCard(facts, path, parsed.GetValue(force));
                }

                BenchResult? speed = parsed.GetValue(noSpeed) ? null : Speed(facts, parsed.GetValue(threads), cancel);
                TextWriter output = parsed.InvocationConfiguration.Output;
                ModelPage.Write(facts, speed, output);
                if (parsed.GetValue(json))
                {
                    JsonLine.Write(output, Summary(facts, speed));
                }

                return ExitCode.Success;
            },
            cancel));
        return command;
    }

    private static void WriteCard(ModelFacts facts, string path, bool force)
    {
        if (File.Exists(path) && !force)
        {
            throw new UsageException("--card", $"{path} exists; --force overwrites it");
        }

        AtomicFile.WriteText(path, ModelCard.Markdown(facts.Metadata, Path.GetFileName(facts.Path)));
    }

    /// <summary>One trial and many of a usual length, a quarter of a second each.</summary>
    private static BenchResult Speed(ModelFacts facts, int threads, CancellationToken cancel)
    {
        ModelMetadata m = facts.Metadata;
        var options = new BenchOptions
        {
            ModelPath = facts.Path,
            Batches = [1, ManyTrials],
            Bins = [m.TrialBins > 0 ? m.TrialBins : Math.Max(m.MinimumBins, UsualBins)],
            Seconds = 0.25,
            WarmUpSeconds = 0.1,
            Threads = threads,
        };
        return BenchRun.Run(options, new ToolConsole(TextWriter.Null, TextWriter.Null, Quiet: true, Verbose: false), cancel);
    }

    private static object Summary(ModelFacts facts, BenchResult? speed) => new
    {
        facts.Path,
        facts.Sha256,
        facts.Bytes,
        facts.Census,
        Metadata = facts.Metadata.ToDictionary(),
        Speed = speed,
    };
}
