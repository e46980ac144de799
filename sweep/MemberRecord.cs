using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Core;

namespace UnetSpikes.Sweep;

/// <summary>What became of a member: <c>member.json</c> in its run folder, written when its training ends. A member that was interrupted has none for that rung.</summary>
public sealed record MemberRecord
{
    private const string Name = "member.json";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>The training's exit code; 0 = done.</summary>
    public int ExitCode { get; init; }

    /// <summary>Its error line; null when it is done.</summary>
    public string? Error { get; init; }

    /// <summary>What it had reached at the end of each rung so far; one entry without successive halving.</summary>
    public IReadOnlyList<RungScore> Rungs { get; init; } = [];

    /// <summary>Reads a member's record.</summary>
    /// <param name="run">Its run folder.</param>
    /// <returns>Null where there is none that can be read: the member is then run (again).</returns>
    public static MemberRecord? Read(string run)
    {
        string path = Path.Combine(run, Name);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<MemberRecord>(File.ReadAllText(path), Json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it.</summary>
    /// <param name="run">The member's run folder.</param>
    public void Write(string run) => AtomicFile.WriteText(Path.Combine(run, Name), JsonLine.Text(this));

    /// <summary>Whether a member failed.</summary>
    internal bool HasFailed => ExitCode != 0;

    /// <summary>What it had reached after so many updates; null when it has not.</summary>
    /// <param name="updates">A rung's; null without successive halving.</param>
    internal RungScore? At(long? updates) => HasFailed ? null : Rungs.FirstOrDefault(rung => rung.Updates == updates);
}

/// <summary>What a member had reached at the end of a rung.</summary>
/// <param name="Updates">The rung's updates; null without successive halving.</param>
/// <param name="ValidationLoss">Its best masked validation loss until then, in nats per entry.</param>
public sealed record RungScore(long? Updates, double ValidationLoss);
