using System.Runtime.ExceptionServices;
using UnetSpikes.Cli;

namespace UnetSpikes.Sweep;

/// <summary>Runs the members of a sweep that are not done yet, several at a time, rung by rung.</summary>
/// <param name="folder">The sweep.</param>
/// <param name="member">Trains one member.</param>
/// <param name="jobs">Members at a time, at least 1.</param>
public sealed class SweepRun(SweepFolder folder, MemberRun member, int jobs)
{
    /// <summary>Runs until all is done, or stopped. What is done stays done: the next call goes on from there.</summary>
    /// <param name="console">For progress.</param>
    /// <param name="stop">When cancelled, running members save their state.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Run(ToolConsole console, CancellationToken stop)
    {
        IReadOnlyList<ManifestLine> members = folder.Lines;
        IReadOnlyList<long?> rungs = folder.Plan.Rungs.Count == 0 ? [null] : [.. folder.Plan.Rungs.Select(updates => (long?)updates)];
        foreach (long? updates in rungs)
        {
            string activity = updates is null ? "sweep" : $"to {updates} updates";
            int elsewhere;
            using (var line = new ProgressLine(console, activity, members.Count, "members", members.Count(m => IsDone(m, updates))))
            {
                elsewhere = RunRung(members, updates, line, stop);
            }

            if (elsewhere > 0)
            {
                console.Info($"{elsewhere} members are being trained by other processes; run this again when they are done");
                return; // The next rung is of the best of all.
            }

            members = Halving.Survivors([.. members.Select(m => (m, RecordOf(m)?.At(updates)?.ValidationLoss))]);
        }
    }

    /// <returns>Members that other processes are at.</returns>
    private int RunRung(IReadOnlyList<ManifestLine> members, long? updates, ProgressLine line, CancellationToken stop)
    {
        ManifestLine[] left = [.. members.Where(m => !IsDone(m, updates))];
        int done = members.Count - left.Length, elsewhere = 0;
        try
        {
            Parallel.ForEach(left, new ParallelOptions { MaxDegreeOfParallelism = jobs, CancellationToken = stop }, RunOne);
        }
        catch (AggregateException e) when (e.InnerExceptions.Count > 0)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]); // One full disk, not a parcel of them.
        }

        return elsewhere;

        void RunOne(ManifestLine m)
        {
            MemberEnd end = member.Run(m, updates, stop);
            lock (line)
            {
                if (end.Record is not MemberRecord record)
                {
                    elsewhere++;
                    line.Message($"{m.Id} is being trained by {end.Holder?.Name ?? "another process"}");
                    return;
                }

                line.Report(++done, m.Id);
                if (record.HasFailed)
                {
                    line.Message($"{m.Id} failed: {record.Error} ({m.Combination})");
                }
            }
        }
    }

    private bool IsDone(ManifestLine line, long? updates) => RecordOf(line)?.At(updates) is not null;

    private MemberRecord? RecordOf(ManifestLine line) => MemberRecord.Read(folder.RunOf(line));
}
