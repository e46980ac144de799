using System.Text.Json;

namespace UnetSpikes.Sweep;

/// <summary>How far a member is.</summary>
public enum MemberState
{
    /// <summary>Trained to its end.</summary>
    Done,

    /// <summary>Trained to a rung of successive halving and left behind there.</summary>
    Dropped,

    /// <summary>Its training ended with an error.</summary>
    Failed,

    /// <summary>Not run, or interrupted: the next call runs it.</summary>
    Unfinished,
}

/// <summary>One member's row.</summary>
/// <param name="Line">The member.</param>
/// <param name="State">How far it is.</param>
/// <param name="Error">What its training ended with; null unless it failed.</param>
/// <param name="Scores">Its scores; null until it has some to be compared by.</param>
public sealed record MemberRow(ManifestLine Line, MemberState State, string? Error, MemberScores? Scores);

/// <summary>A mean over seeds, and how far they lie apart.</summary>
/// <param name="Mean">The mean; null where no seed has the score.</param>
/// <param name="Spread">Standard deviation of the seeds (n − 1); null for fewer than two.</param>
public sealed record OverSeeds(double? Mean, double? Spread)
{
    internal static OverSeeds Of(IEnumerable<double?> values)
    {
        double[] known = [.. values.OfType<double>()];
        double? mean = known.Length > 0 ? known.Average() : null;
        return new OverSeeds(mean, known.Length > 1 ? Math.Sqrt(known.Sum(v => (v - mean!.Value) * (v - mean.Value)) / (known.Length - 1)) : null);
    }
}

/// <summary>One combination's row: its members over seeds.</summary>
/// <param name="Members">Its seeds.</param>
public sealed record CombinationRow(IReadOnlyList<MemberRow> Members)
{
    /// <summary>The scores worth a mean over seeds.</summary>
    public static IReadOnlyList<string> Scores { get; } = ["validation_loss", "bits_per_spike", "r2_uniform", "parameters", "steps", "seconds"];

    /// <summary>What it varies.</summary>
    public IReadOnlyDictionary<string, string> Overrides => Members[0].Line.Overrides;

    /// <summary>The least far of its seeds.</summary>
    public MemberState State => Members.Max(member => member.State);

    /// <summary>Seeds with scores.</summary>
    public int Seeds => Members.Count(member => member.Scores is not null);

    /// <summary>A score over seeds.</summary>
    /// <param name="name">One of <see cref="Scores"/>.</param>
    public OverSeeds Over(string name) => OverSeeds.Of(Members.Select(member => member.Scores?.Number(name)));

    /// <summary>The member with the lowest validation loss; null where none has any.</summary>
    public MemberRow? Best => Members.Where(member => member.Scores?.ValidationLoss is not null).MinBy(member => member.Scores!.ValidationLoss);
}

/// <summary>What a sweep has found so far.</summary>
/// <param name="Members">In the manifest's order.</param>
/// <param name="Ranking">
/// Combinations, best first: those trained to the end before those dropped, failed and unfinished ones, and within each by the mean masked
/// validation loss. True rates, where known, play no part: choosing by what a real recording lacks would flatter every choice.
/// </param>
public sealed record SweepResults(IReadOnlyList<MemberRow> Members, IReadOnlyList<CombinationRow> Ranking)
{
    /// <summary>Gathers what the run folders hold.</summary>
    /// <param name="folder">The sweep.</param>
    public static SweepResults Of(SweepFolder folder)
    {
        MemberRow[] members = [.. folder.Lines.Select(line => Row(folder, line))];
        return new SweepResults(members, [.. members.GroupBy(member => member.Line.Combination).Select(group => new CombinationRow([.. group]))
            .OrderBy(row => row.State).ThenByDescending(row => row.Over("steps").Mean).ThenBy(row => row.Over("validation_loss").Mean ?? double.PositiveInfinity)]);
    }

    /// <summary>Whether there are members and all of them failed.</summary>
    public bool HaveAllFailed => Members.Count > 0 && Members.All(member => member.State == MemberState.Failed);

    /// <summary>Names of all scores any member has, in the order of the files.</summary>
    internal IReadOnlyList<string> ScoreNames => [.. Members.SelectMany(member => member.Scores?.Values.Keys ?? []).Distinct()];

    /// <summary>The value of a score as text: empty where it is missing or null.</summary>
    internal static string Text(MemberRow member, string score) =>
        member.Scores is null || !member.Scores.Values.TryGetValue(score, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? "" : value.ToString();

    private static MemberRow Row(SweepFolder folder, ManifestLine line)
    {
        MemberRecord? record = MemberRecord.Read(folder.RunOf(line));
        long? last = folder.Plan.Rungs.Count == 0 ? null : folder.Plan.Rungs[^1];
        MemberState state = record switch
        {
            null or { HasFailed: false, Rungs.Count: 0 } => MemberState.Unfinished,
            { HasFailed: true } => MemberState.Failed,
            _ => record.At(last) is null ? MemberState.Dropped : MemberState.Done,
        };
        // An interrupted or failed member's scores are of an earlier rung at best: they would be compared with better trained ones.
        bool isComparable = state is MemberState.Done or MemberState.Dropped;
        return new MemberRow(line, state, record?.Error, isComparable ? MemberScores.Read(folder.RunOf(line)) : null);
    }
}
