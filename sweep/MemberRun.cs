using System.Globalization;
using UnetSpikes.Cli;
using UnetSpikes.Jobs;

namespace UnetSpikes.Sweep;

/// <summary>What came of running a member.</summary>
/// <param name="Record">How it ended; null where another process is at it.</param>
/// <param name="Holder">That process.</param>
public sealed record MemberEnd(MemberRecord? Record, Claimant? Holder);

/// <summary>Trains members of one sweep, each claimed first: of all processes on all machines that see the folder, one trains a member.</summary>
/// <param name="folder">The sweep.</param>
/// <param name="program">How training is started.</param>
/// <param name="threads">Threads of each member, at least 1.</param>
/// <param name="device">As <c>--device</c> has it.</param>
public sealed class MemberRun(SweepFolder folder, TrainProgram program, int threads, string device)
{
    /// <summary>Trains a member up to a rung, from its last checkpoint where it has one, and writes its record.</summary>
    /// <param name="line">The member.</param>
    /// <param name="updates">The rung's updates; null = to its configuration's end.</param>
    /// <param name="stop">When cancelled, the member saves its state; no record is written.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public MemberEnd Run(ManifestLine line, long? updates, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        string run = folder.RunOf(line);
        using Claim? claim = Claim.TryTake(run, out Claimant? holder);
        if (claim is null)
        {
            return new MemberEnd(null, holder);
        }

        MemberRecord? before = MemberRecord.Read(run);
        if (before?.At(updates) is not null)
        {
            claim.Release("done"); // By another process, since the caller looked.
            return new MemberEnd(before, null);
        }

        MemberRecord record = Train(line, run, updates, before, stop, claim.Lost);
        if (!claim.Renew())
        {
            return new MemberEnd(null, ClaimState.Read(run, FileClock.Now(run)).Claimant);
        }

        record.Write(run);
        claim.Release(record.HasFailed ? "failed" : "done");
        return new MemberEnd(record, null);
    }

    private MemberRecord Train(ManifestLine line, string run, long? updates, MemberRecord? before, CancellationToken stop, CancellationToken abandon)
    {
        bool isResumed = before is not { HasFailed: true } && File.Exists(Path.Combine(run, "last.safetensors"));
        // --force: what is left in the folder is of a run that failed.
        (int code, string words) = program.Run([.. isResumed ? ["--resume"] : (string[])[.. line.Options!, "--force"], .. Common(run, updates)], stop, abandon);
        if (code == ExitCode.Interrupted || (code != ExitCode.Success && stop.IsCancellationRequested))
        {
            // Slurm tells all processes of a task to stop: the training may hear it first.
            throw new OperationCanceledException(stop);
        }

        IReadOnlyList<RungScore> earlier = isResumed ? before?.Rungs ?? [] : [];
        return (code, MemberScores.Read(run)?.ValidationLoss) switch
        {
            (ExitCode.Success, double loss) => new MemberRecord { Rungs = [.. earlier, new RungScore(updates, loss)] },
            (ExitCode.Success, null) => new MemberRecord { ExitCode = ExitCode.Training, Error = $"{MemberScores.FileName} has no validation_loss", Rungs = earlier },
            _ => new MemberRecord { ExitCode = code, Error = words.Length > 0 ? words : $"ended with exit code {code}", Rungs = earlier },
        };
    }

    private string[] Common(string run, long? updates)
    {
        string[] rung = updates is long u ? ["--set", $"{SweepPlan.Updates}={u.ToString(CultureInfo.InvariantCulture)}"] : [];
        return ["--out", run, .. rung, "--threads", threads.ToString(CultureInfo.InvariantCulture), "--device", device, "--quiet"];
    }
}
