using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Runtime;

namespace UnetSpikes.Infer;

/// <summary>What a run has to say: a table for people, a line for programs.</summary>
/// <param name="ModelPath">The model.</param>
/// <param name="ModelSha256">Its hash.</param>
/// <param name="Metadata">What it says of itself.</param>
/// <param name="Device">What computed.</param>
/// <param name="Inputs">The results of the files that were done now, in the order given.</param>
public sealed record InferReport(string ModelPath, string ModelSha256, ModelMetadata Metadata, string Device, IReadOnlyList<InputResult> Inputs)
{
    /// <summary>How far a gap reaches; see <see cref="SpikeModel.ReachLeft"/>.</summary>
    public required (int Left, int Right) Reach { get; init; }

    /// <summary>Outputs that were finished before.</summary>
    public required IReadOnlyList<string> Finished { get; init; }

    /// <summary>Files that could not be done.</summary>
    public required IReadOnlyList<InputFailure> Failures { get; init; }

    /// <summary>Of the whole run.</summary>
    public required double Seconds { get; init; }

    /// <summary>Of the first failure's family; 0 when there is none.</summary>
    public int ExitCode => Failures.Count > 0 ? Failures[0].ExitCode : Cli.ExitCode.Success;

    private long GapBins => Inputs.Sum(i => i.Arrays.Sum(a => a.GapBins));

    private long NearGapBins => Inputs.Sum(i => i.Arrays.Sum(a => a.NearGapBins));

    /// <summary>What was done, and below it what was not.</summary>
    /// <param name="output">Where results go.</param>
    public void Write(TextWriter output)
    {
        Table().Write(output);
        if (Failures.Count > 0)
        {
            var failed = new ResultTable("failed", "exit code", "problem");
            foreach (InputFailure failure in Failures)
            {
                failed.Add(failure.Input, Text(failure.ExitCode), failure.Problem);
            }

            failed.Write(output);
        }
    }

    private ResultTable Table()
    {
        var table = new ResultTable("input", "array", "trials", "bins", "window", "batch", "gap bins", "time (s)", "x real time");
        foreach (InputResult input in Inputs)
        {
            for (int i = 0; i < input.Arrays.Count; i++)
            {
                ArrayResult array = input.Arrays[i];
                bool isFirst = i == 0;
                table.Add(
                    isFirst ? Path.GetFileName(input.Input) : "", array.Counts, Text(array.Trials), array.ForwardBins > 0 ? $"{Text(array.Bins)} + {Text(array.ForwardBins)}" : Text(array.Bins), Text(array.WindowBins), Text(array.Batch),
                    Text(array.GapBins), isFirst ? ResultTable.Cell(input.Seconds, 2) : "", isFirst ? ResultTable.Cell(input.TimesRealTime, 0) : "");
            }
        }

        if (GapBins > 0)
        {
            string reach = Metadata.NeedsTrials
                ? "anywhere in the trial"
                : string.Create(CultureInfo.InvariantCulture, $"{Reach.Right} bins before to {Reach.Left} after");
            table.Note(string.Create(CultureInfo.InvariantCulture, $"gap bins: at least one unit not recorded; its rate is NaN there. {NearGapBins} more bins lie within the model's reach of a gap ({reach}) and saw zeros in its place"));
        }

        if (Metadata.Decoded is { } decoded && Inputs.Count > 0)
        {
            string names = string.Join(", ", Inputs.SelectMany(i => i.Arrays).Select(a => a.Decoded).Distinct());
            table.Note($"decoded: {string.Join(", ", decoded.Columns)} in {decoded.Unit}, by '{decoded.Decoder}', beside the rates as {names}");
        }

        if (Finished.Count > 0)
        {
            table.Note(string.Create(CultureInfo.InvariantCulture, $"{Finished.Count} more were finished before; --force does them again"));
        }

        return table;
    }

    /// <summary>What <c>--json</c> prints.</summary>
    public object Summary() => new
    {
        Model = ModelPath,
        ModelSha256,
        Device,
        Metadata.BinWidthMs,
        GapBins,
        NearGapBins,
        Seconds,
        Inputs,
        Finished,
        Failures,
    };

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
