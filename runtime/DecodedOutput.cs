using System.Text.Json;

namespace UnetSpikes.Runtime;

/// <summary>What a model with a decoder behind its rates gives as its output <see cref="Name"/>: [batch, bin, column], a row for every bin that goes in.</summary>
/// <param name="Columns">The columns' names, in order, at least one.</param>
/// <param name="Unit">Their unit of measure.</param>
/// <param name="Decoder">Which decoder, in its file's words.</param>
/// <param name="DecoderSha256">SHA-256 of that file.</param>
/// <param name="FirstLag">The earliest bin of rates that a bin's columns depend on, relative to it; negative = before it.</param>
/// <param name="LastLag">The latest.</param>
/// <param name="R2">R² on the decoder's held-out trials, mean over columns; null = could not be computed.</param>
public sealed record DecodedOutput(IReadOnlyList<string> Columns, string Unit, string Decoder, string DecoderSha256, int FirstLag, int LastLag, double? R2)
{
    /// <summary>The output's name.</summary>
    public const string Name = "decoded";

    private static readonly JsonSerializerOptions SnakeCase = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>As it stands in a model's metadata.</summary>
    internal string ToJson() => JsonSerializer.Serialize(this, SnakeCase);

    /// <summary>Reads it; null where it is malformed.</summary>
    internal static DecodedOutput? FromJson(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<DecodedOutput>(text, SnakeCase) is { Columns.Count: > 0, Unit: not null, Decoder: not null, DecoderSha256: not null } output
                && output.FirstLag <= output.LastLag && !output.Columns.Contains(null!) ? output : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
