using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using UnetSpikes.Regression;

namespace UnetSpikes.Decode;

/// <summary>What every file of decoders says of itself and of the files it was made from (docs/decode.md).</summary>
internal static class DecoderFile
{
    /// <summary>Key <c>format</c>.</summary>
    public const string Format = FittedDecoder.Format;

    /// <summary>Key <c>made_by</c>: the tool and its version.</summary>
    public static string MadeBy { get; } = "unet-spikes decode "
        + (typeof(DecoderFile).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown");

    /// <summary>SHA-256 of a file, hexadecimal.</summary>
    /// <param name="path">The file.</param>
    public static string Hash(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>A rates file's own provenance as JSON inside ours; as text where it is not JSON.</summary>
    /// <param name="json">As the rates file has it.</param>
    public static object Provenance(string json)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(json);
        }
        catch (JsonException)
        {
            return json;
        }
    }
}
