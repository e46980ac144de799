using System.Globalization;
using UnetSpikes.Jobs;

namespace UnetSpikes.Sweep;

/// <summary>How a member stands now.</summary>
public enum Standing
{
    /// <summary>Nobody is at it: not begun, or interrupted with its state saved.</summary>
    Waiting,

    /// <summary>A process trains it.</summary>
    Running,

    /// <summary>Trained to its end.</summary>
    Done,

    /// <summary>Left behind at a rung of successive halving.</summary>
    Dropped,

    /// <summary>Its training ended with an error.</summary>
    Failed,

    /// <summary>Who trained it died without a word: a task killed for its memory, a machine that went down.</summary>
    Lost,
}

/// <summary>One member's row of <c>sweep status</c>.</summary>
/// <param name="Id">The member.</param>
/// <param name="State">How it stands.</param>
/// <param name="By">Who trains it or did last; null where nobody has.</param>
/// <param name="Since">When they began.</param>
/// <param name="Queue">Its task in Slurm's queue and that task's state; null where none is.</param>
/// <param name="Note">Its error, or how Slurm says its task ended.</param>
public sealed record MemberStatus(string Id, Standing State, string? By, DateTimeOffset? Since, string? Queue, string? Note)
{
    /// <summary>Looks at all members: their files first, then the queue and the accounts where Slurm is at hand.</summary>
    /// <param name="folder">The sweep.</param>
    public static IReadOnlyList<MemberStatus> Of(SweepFolder folder)
    {
        IReadOnlyDictionary<string, int> submissions = new JobFolder(folder.FolderPath).Submissions();
        string[] jobs = [.. submissions.Keys];
        IReadOnlyDictionary<string, string>? queue = jobs.Length > 0 ? Slurm.Queue(jobs) : null;
        var accounts = new Lazy<IReadOnlyDictionary<string, string>>(() => Slurm.Accounts(jobs));
        DateTime now = FileClock.Now(folder.FolderPath);
        return [.. SweepResults.Of(folder).Members.Index().Select(member =>
        {
            string[] tasks = [.. submissions.Select(job => string.Create(CultureInfo.InvariantCulture, $"{job.Key}_{(member.Index % job.Value) + 1}"))];
            return Of(member.Item, ClaimState.Read(folder.RunOf(member.Item.Line), now), tasks, queue, accounts);
        })];
    }

    private static MemberStatus Of(
        MemberRow row, ClaimState claim, string[] tasks, IReadOnlyDictionary<string, string>? queue, Lazy<IReadOnlyDictionary<string, string>> accounts)
    {
        string? queued = tasks.FirstOrDefault(task => queue?.ContainsKey(task) == true), task = claim.Claimant?.Task;
        // A heartbeat may be minutes old; the queue knows at once that a task has gone, or waits for its next turn.
        bool hasLeft = queue is not null && task is not null && tasks.Contains(task) && (!queue.TryGetValue(task, out string? itsState) || itsState == "PENDING");
        Standing state = row.State switch
        {
            _ when claim.IsHeld && !hasLeft => Standing.Running,
            MemberState.Done => Standing.Done,
            MemberState.Dropped => Standing.Dropped,
            MemberState.Failed => Standing.Failed,
            _ when (claim.IsLost || claim.IsHeld) && queued is null => Standing.Lost,
            _ => Standing.Waiting,
        };
        string? note = state == Standing.Lost && task is not null && accounts.Value.TryGetValue(task, out string? how) ? how : row.Error;
        return new MemberStatus(row.Line.Id, state, claim.Claimant?.Name, claim.Claimant?.Since, queued is null ? null : $"{queued} {queue![queued]}", note);
    }
}
