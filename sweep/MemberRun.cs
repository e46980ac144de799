using System.Globalization;
using UnetSpikes.Cli;

namespace UnetSpikes.Sweep;

/// <summary>Trains members of one sweep.</summary>
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
    public MemberRecord Run(ManifestLine line, long? updates, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        string run = folder.RunOf(line);
        Directory.CreateDirectory(run);
        MemberRecord? before = MemberRecord.Read(run);
        bool isResumed = before is not { HasFailed: true } && File.Exists(Path.Combine(run, "last.safetensors"));
        (int code, string words) = program.Run([.. isResumed ? ["--resume"] : FromTheStart(line), .. Common(run, updates)], stop);
        if (code != ExitCode.Success)
        {
            stop.ThrowIfCancellationRequested();
        }

        IReadOnlyList<RungScore> earlier = isResumed ? before?.Rungs ?? [] : [];
        MemberRecord record = (code, MemberScores.Read(run)?.ValidationLoss) switch
        {
            (ExitCode.Success, double loss) => new MemberRecord { Rungs = [.. earlier, new RungScore(updates, loss)] },
            (ExitCode.Success, null) => new MemberRecord { ExitCode = ExitCode.Training, Error = $"{MemberScores.FileName} has no validation_loss", Rungs = earlier },
            _ => new MemberRecord { ExitCode = code, Error = words.Length > 0 ? words : $"ended with exit code {code}", Rungs = earlier },
        };
        record.Write(run);
        return record;
    }

    private IEnumerable<string> FromTheStart(ManifestLine line)
    {
        string[] config = folder.Plan.Config is string c ? ["--config", c] : [], data = folder.Plan.Data is string d ? ["--data", d] : [];
        IEnumerable<string> settings = folder.Plan.Settings.Concat(line.Overrides.Select(pair => $"{pair.Key}={pair.Value}"));
        // --force: what is left in the folder is of a run that failed.
        return [.. config, .. data, .. settings.SelectMany(Set), "--seed", line.Seed.ToString(CultureInfo.InvariantCulture), "--force"];
    }

    private string[] Common(string run, long? updates)
    {
        string[] rung = updates is long u ? Set($"{SweepPlan.Updates}={u.ToString(CultureInfo.InvariantCulture)}") : [];
        return ["--out", run, .. rung, "--threads", threads.ToString(CultureInfo.InvariantCulture), "--device", device, "--quiet"];
    }

    private static string[] Set(string setting) => ["--set", setting];
}
