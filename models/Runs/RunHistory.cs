using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using UnetSpikes.Core;

namespace UnetSpikes.Models.Runs;

/// <summary>The curves of a run as a file of lines, one JSON object each, written as the run goes: what was logged survives a kill.</summary>
public sealed class RunHistory : IDisposable
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NewLine = "\n",
    };

    private readonly StreamWriter _writer;

    /// <summary>Opens the file to go on after a step.</summary>
    /// <param name="path">The file; made if absent.</param>
    /// <param name="afterStep">Points of later steps are dropped, since they will be made again; 0 for a new run.</param>
    /// <exception cref="DataFormatException">The file is there and is no history.</exception>
    public RunHistory(string path, long afterStep)
    {
        HistoryPoint[] kept = afterStep == 0 ? [] : [.. Read(path).Where(point => point.Step <= afterStep)];
        AtomicFile.WriteText(path, string.Concat(kept.Select(Line)));
        _writer = new StreamWriter(path, append: true, new UTF8Encoding(false)) { AutoFlush = true };
    }

    /// <summary>Adds a point. What is not finite is left out, as what was not measured: JSON has no word for it.</summary>
    /// <param name="point">The point.</param>
    public void Append(HistoryPoint point) => _writer.Write(Line(point with
    {
        TrainLoss = Finite(point.TrainLoss),
        GradientNorm = Finite(point.GradientNorm),
        LearningRate = Finite(point.LearningRate),
        ValidationLoss = Finite(point.ValidationLoss),
        BitsPerSpike = Finite(point.BitsPerSpike),
        R2Uniform = Finite(point.R2Uniform),
        R2Pooled = Finite(point.R2Pooled),
        R2Median = Finite(point.R2Median),
    }));

    /// <summary>Closes the file.</summary>
    public void Dispose() => _writer.Dispose();

    /// <summary>Reads the points in the order they were written.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Empty where there is no file. A last line without its end, of a run that was killed or still goes on, is left out.</returns>
    /// <exception cref="DataFormatException">A line is not a point.</exception>
    public static IReadOnlyList<HistoryPoint> Read(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        // Shared with the writer: a run may be looked at while it goes on.
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        string[] lines = reader.ReadToEnd().Split('\n');
        return [.. lines[..^1].Select((line, i) => Parse(path, line, i + 1))];
    }

    private static HistoryPoint Parse(string path, string line, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<HistoryPoint>(line, Json) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new DataFormatException(path, $"line {number}", "is not a point of a run's curves, expected a JSON object with step and seconds", e);
        }
    }

    private static string Line(HistoryPoint point) => JsonSerializer.Serialize(point, Json) + "\n";

    private static double? Finite(double? value) => value is double number && double.IsFinite(number) ? number : null;
}
