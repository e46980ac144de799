using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace UnetSpikes.Infer.Files;

/// <summary>Tells whether an input is still the one that rates were made from.</summary>
/// <remarks>Size and time of change decide where both are the same; a copied or touched file of the same size is hashed. Taken before reading.</remarks>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Modified">When it was last changed, UTC, to a ten-millionth of a second.</param>
internal sealed record InputStamp(string Path, long Bytes, string Modified)
{
    /// <summary>The stamp of a file that exists.</summary>
    /// <exception cref="IOException">It does not.</exception>
    public static InputStamp Of(string path)
    {
        var file = new FileInfo(path);
        return new InputStamp(path, file.Length, file.LastWriteTimeUtc.ToString("O", CultureInfo.InvariantCulture));
    }

    /// <summary>The file's SHA-256, lower-case hex; reads all of it.</summary>
    public string Sha256()
    {
        // The HDF5 library may hold a lock on the file; it is only read here.
        using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Whether a provenance's <c>input</c> names this content.</summary>
    public bool IsOf(JsonElement input) =>
        input.GetProperty("bytes").GetInt64() == Bytes
        && (input.GetProperty("modified").GetString() == Modified || input.GetProperty("sha256").GetString() == Sha256());
}
