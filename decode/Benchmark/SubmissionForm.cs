using System.CommandLine;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Nlb.Scores;

namespace UnetSpikes.Decode.Benchmark;

/// <summary><c>decode --submission S.h5 --target T.h5</c>: scores as the Neural Latents Benchmark computes them.</summary>
internal sealed class SubmissionForm
{
    public Option<string?> Rates { get; } = new("--submission")
    {
        Description = "Score a submission to the Neural Latents Benchmark: HDF5 with a group of rates per data set.",
        HelpName = "FILE",
    };

    public Option<string?> Target { get; } = new("--target")
    {
        Description = "With --submission: the spikes, behaviour and PSTHs to score against, the same groups.",
        HelpName = "FILE",
    };

    public Option<RowFormat?> Row { get; } = new("--row")
    {
        Description = "With --submission: print the scores once more as rows of a paper's table.",
        HelpName = "markdown|latex",
    };

    /// <summary>How rows of a paper's table are written.</summary>
    public enum RowFormat
    {
        /// <summary>| a | b |.</summary>
        Markdown,

        /// <summary>a &amp; b \\.</summary>
        Latex,
    }

    public static void Execute(string submission, string target, string? scoresPath, RowFormat? row, bool isJson, ToolConsole console, CancellationToken cancel)
    {
        var evaluation = NlbEvaluation.Evaluate(submission, target, cancel);
        foreach ((string group, string reason) in evaluation.Skipped)
        {
            console.Warn($"{group} is not scored: {reason}");
        }

        if (evaluation.Scores.Count == 0)
        {
            throw new DataFormatException(submission, "", $"shares no data set with {target}, expected a group such as mc_maze or mc_maze_20 in both");
        }

        IReadOnlyList<Dictionary<string, Dictionary<string, double>>> list = DatasetScores.ToList(evaluation.Scores);
        if (scoresPath is not null)
        {
            AtomicFile.WriteText(scoresPath, JsonLine.Text(list));
            console.Info("wrote " + scoresPath);
        }

        var report = new ScoreReport(evaluation.Scores);
        report.Table().Write(console.Out);
        foreach (string line in row switch { RowFormat.Markdown => report.Markdown(), RowFormat.Latex => report.Latex(), _ => [] })
        {
            console.Out.WriteLine(line);
        }

        if (isJson)
        {
            JsonLine.Write(console.Out, list);
        }
    }
}
