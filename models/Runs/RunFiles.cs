using System.Text.Json;
using UnetSpikes.Core;

namespace UnetSpikes.Models.Runs;

/// <summary>What lies where in the folder of a training run: training writes it, whoever shows or compares runs reads it.</summary>
/// <param name="Folder">The folder, <c>runs/NAME</c>.</param>
public sealed record RunFiles(string Folder)
{
    /// <summary>The resolved configuration, for people.</summary>
    public string Config => Path.Combine(Folder, "config.yaml");

    /// <summary>The weights with the lowest validation loss (<see cref="Checkpoint"/>).</summary>
    public string Best => Path.Combine(Folder, "best.safetensors");

    /// <summary>The newest weights, with everything needed to go on (<see cref="Checkpoint"/>).</summary>
    public string Last => Path.Combine(Folder, "last.safetensors");

    /// <summary>The scores of the finished run, one JSON object.</summary>
    public string Result => Path.Combine(Folder, "result.json");

    /// <summary>The training curves (<see cref="RunHistory"/>).</summary>
    public string History => Path.Combine(Folder, "history.jsonl");

    /// <summary>Some trials of a training batch, as the network saw them (<see cref="BatchSample"/>).</summary>
    public string Batch => Path.Combine(Folder, "batch.safetensors");

    /// <summary>What belongs to one run and goes when another takes its place.</summary>
    public IReadOnlyList<string> Written => [Best, Last, Result, History, Batch];

    /// <summary>The numbers of <see cref="Result"/>: what is null there is not here.</summary>
    /// <returns>Score → value, as docs/training.md names them; empty where the run has not finished.</returns>
    /// <exception cref="DataFormatException">The file is not one JSON object.</exception>
    public IReadOnlyDictionary<string, double> ReadScores()
    {
        if (!File.Exists(Result))
        {
            return new Dictionary<string, double>();
        }

        try
        {
            using var file = JsonDocument.Parse(File.ReadAllText(Result));
            return file.RootElement.EnumerateObject()
                .Where(score => score.Value.ValueKind == JsonValueKind.Number)
                .ToDictionary(score => score.Name, score => score.Value.GetDouble());
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new DataFormatException(Result, "", "is not the JSON object that 'train' writes", e);
        }
    }
}
