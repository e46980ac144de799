using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace UnetSpikes.Cli;

/// <summary>Results for a program: one JSON object on one line, the last of stdout (<c>--json</c>).</summary>
/// <remarks>Property names become snake_case (<c>R2Uniform</c> → <c>r2_uniform</c>); numbers round-trip; NaN and infinities are null.</remarks>
public static class JsonLine
{
    private static readonly JsonSerializerOptions OneLine = Options(indented: false);
    private static readonly JsonSerializerOptions Indented = Options(indented: true);
    private static readonly JsonSerializerOptions InWebPage = Options(indented: false, JavaScriptEncoder.Default);

    /// <summary>Writes one object on one line.</summary>
    /// <param name="output">Where results go (<see cref="ToolConsole.Out"/>).</param>
    /// <param name="result">A record, an anonymous object or a dictionary with text keys, which are kept as they are.</param>
    public static void Write<T>(TextWriter output, T result) => output.WriteLine(JsonSerializer.Serialize(result, OneLine));

    /// <summary>The same object over many lines, for a file that people open.</summary>
    /// <param name="result">As for <see cref="Write"/>.</param>
    public static string Text<T>(T result) => JsonSerializer.Serialize(result, Indented) + "\n";

    /// <summary>The same object as text that may stand inside a web page's script element: no character in it ends the element.</summary>
    /// <param name="result">As for <see cref="Write"/>.</param>
    public static string ForWebPage<T>(T result) => JsonSerializer.Serialize(result, InWebPage);

    // "R²" and "µ" as themselves where the line goes to a program, not into a web page.
    private static JsonSerializerOptions Options(bool indented, JavaScriptEncoder? encoder = null) => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = indented,
        NewLine = "\n",
        Encoder = encoder ?? JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new FiniteDouble(), new FiniteSingle() },
    };

    private sealed class FiniteDouble : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }

    private sealed class FiniteSingle : JsonConverter<float>
    {
        public override float Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.Null ? float.NaN : reader.GetSingle();

        public override void Write(Utf8JsonWriter writer, float value, JsonSerializerOptions options)
        {
            if (float.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteNullValue();
            }
        }
    }
}
