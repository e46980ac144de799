using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using UnetSpikes.Core;

namespace UnetSpikes.Models.Import;

/// <summary>What a user says of a network that its weights do not tell, or tell wrongly: <c>ndt:num_heads=4,context_forward=-1</c>.</summary>
/// <param name="Architecture">The architecture.</param>
/// <param name="Values">Options of <see cref="ModelOptions"/>, <see cref="ResUNetOptions"/> or <see cref="NdtOptions"/> by the names they have in a checkpoint's JSON.</param>
public sealed record ArchitectureChoice(Architecture Architecture, IReadOnlyDictionary<string, string> Values)
{
    private const string Option = "--arch";

    /// <summary>Reads <c>NAME</c> or <c>NAME:KEY=VALUE,KEY=VALUE</c>.</summary>
    /// <param name="text">As on the command line.</param>
    /// <exception cref="UsageException">It is neither, or there is no such architecture.</exception>
    public static ArchitectureChoice Parse(string text)
    {
        string[] parts = text.Split(':', 2);
        if (!Enum.TryParse(parts[0], ignoreCase: true, out Architecture architecture) || !char.IsAsciiLetter(text[0]))
        {
            throw new UsageException(Option, $"is '{text}', expected {string.Join(", ", Enum.GetNames<Architecture>()).ToLowerInvariant()}, and behind a colon what else there is to say, such as ndt:num_heads=2");
        }

        var values = new Dictionary<string, string>();
        foreach (string pair in parts.Length == 2 ? parts[1].Split(',') : [])
        {
            string[] sides = pair.Split('=', 2);
            values[sides[0].Trim()] = sides.Length == 2 ? sides[1].Trim() : throw new UsageException(Option, $"has '{pair}', expected KEY=VALUE");
        }

        return new ArchitectureChoice(architecture, values);
    }

    /// <summary>Options with these values in place of their own.</summary>
    /// <param name="model">Options of this architecture.</param>
    /// <exception cref="UsageException">There is no such option, or it has no such value.</exception>
    public ModelOptions ApplyTo(ModelOptions model)
    {
        JsonObject all = JsonNode.Parse(model.ToJson())!.AsObject();
        JsonObject own = all[model.Architecture.ToString().ToLowerInvariant()] as JsonObject ?? [];
        foreach ((string key, string value) in Values)
        {
            (own.ContainsKey(key) ? own : all)[key] = Value(value);
        }

        try
        {
            var chosen = ModelOptions.FromJson(all.ToJsonString());
            string? problem = chosen.Validate().FirstOrDefault();
            return problem is null ? chosen : throw new UsageException(Option, problem);
        }
        catch (JsonException)
        {
            throw new UsageException(Option, $"{string.Join(',', Values.Select(pair => $"{pair.Key}={pair.Value}"))} is not understood, expected values of {string.Join(", ", own.Concat(all).Where(pair => pair.Value is not JsonObject).Select(pair => pair.Key))}");
        }
    }

    private static JsonNode Value(string text) =>
        bool.TryParse(text, out bool flag) ? flag
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) ? whole
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number
        : text;
}
