using System.Text.Json;

namespace UnetSpikes.Sweep;

/// <summary>The scores a member's training wrote, <c>result.json</c>, by name; docs/training.md describes them.</summary>
/// <param name="Values">Name → number, text or null, in the file's order.</param>
public sealed record MemberScores(IReadOnlyDictionary<string, JsonElement> Values)
{
    /// <summary>The file in the member's run folder.</summary>
    public const string FileName = "result.json";

    /// <summary>Mean Poisson loss of hidden entries on validation trials: what members are ranked by.</summary>
    public double? ValidationLoss => Number("validation_loss");

    /// <summary>Reads a member's scores.</summary>
    /// <param name="run">Its run folder.</param>
    /// <returns>Null where there are none.</returns>
    public static MemberScores? Read(string run)
    {
        string path = Path.Combine(run, FileName);
        try
        {
            return File.Exists(path) && JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllText(path)) is { } values
                ? new MemberScores(values.Where(pair => pair.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)).ToDictionary())
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A score that is a number; null where it is not, or missing.</summary>
    /// <param name="name">Such as <c>bits_per_spike</c>.</param>
    public double? Number(string name) =>
        Values.TryGetValue(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetDouble() : null;
}
