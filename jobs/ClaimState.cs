using System.Globalization;
using System.Text.Json;

namespace UnetSpikes.Jobs;

/// <summary>What a folder's latest claim says.</summary>
/// <param name="Number">The claim's; 0 = there has been none.</param>
/// <param name="Claimant">Whose it is; null where there is none, or its writer came no further than its name.</param>
/// <param name="IsHeld">Whether somebody works there now, as far as can be told.</param>
public sealed record ClaimState(int Number, Claimant? Claimant, bool IsHeld)
{
    /// <summary>
    /// A holder of another machine that has been silent for so long is taken for dead: ten heartbeats, and well above the minute for which
    /// NFS may show old times.
    /// </summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    internal static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private const string Prefix = "claim-", Suffix = ".json";

    /// <summary>Whether its holder left without a word: killed, or gone with its machine.</summary>
    public bool IsLost => Number > 0 && !IsHeld && Claimant?.Ended is null;

    /// <summary>Reads the latest claim on a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="now">The file system's time (<see cref="FileClock"/>).</param>
    public static ClaimState Read(string folder, DateTime now) => Read(folder, Latest(folder), now);

    internal static ClaimState Read(string folder, int number, DateTime now)
    {
        if (number == 0)
        {
            return new ClaimState(0, null, false);
        }

        // Opened, not only looked at: opening is what makes an NFS client ask the server again.
        using var stream = new FileStream(FileOf(folder, number), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Claimant? claimant = Parse(stream);
        bool isSilent = now - File.GetLastWriteTimeUtc(stream.SafeFileHandle) > Patience;
        return new ClaimState(number, claimant, claimant?.Ended is null && (claimant?.IsRunning() ?? !isSilent));
    }

    /// <summary>The number of the latest claim; 0 = none.</summary>
    internal static int Latest(string folder) => !Directory.Exists(folder) ? 0 : Directory.EnumerateFiles(folder, Prefix + "*" + Suffix)
        .Select(path => int.TryParse(Path.GetFileName(path).AsSpan()[Prefix.Length..^Suffix.Length], NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)
        .DefaultIfEmpty().Max();

    internal static string FileOf(string folder, int number) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number:0000}{Suffix}"));

    private static Claimant? Parse(Stream stream)
    {
        try
        {
            return JsonSerializer.Deserialize<Claimant>(stream, Json);
        }
        catch (JsonException)
        {
            return null; // Made and not yet written, or never to be.
        }
    }
}
