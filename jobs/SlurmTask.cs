using UnetSpikes.Cli;

namespace UnetSpikes.Jobs;

/// <summary>The Slurm task this process is.</summary>
/// <param name="Name">As Slurm's commands take it: <c>57_3</c> in an array, else <c>57</c>.</param>
/// <remarks>
/// Not SLURM_JOB_ID in an array: that of its last task is the array's own id, and what is asked for it is done to all tasks
/// (<c>scontrol requeue 57</c> restarts every task that runs).
/// </remarks>
public sealed record SlurmTask(string Name)
{
    /// <summary>Finds it in Slurm's variables.</summary>
    /// <returns>Null outside of Slurm.</returns>
    public static SlurmTask? OfThisProcess() => Find(Environment.GetEnvironmentVariable);

    internal static SlurmTask? Find(Func<string, string?> variable) => (variable("SLURM_ARRAY_JOB_ID"), variable("SLURM_ARRAY_TASK_ID"), variable("SLURM_JOB_ID")) switch
    {
        ({ Length: > 0 } array, { Length: > 0 } task, _) => new SlurmTask($"{array}_{task}"),
        (_, _, { Length: > 0 } job) => new SlurmTask(job),
        _ => null,
    };

    /// <summary>Asks Slurm to put this task back into the queue, unless its user has cancelled it.</summary>
    /// <param name="console">Told what came of it.</param>
    /// <remarks>Slurm ends what is left of the task at once: nothing may be unsaved by now.</remarks>
    public void Requeue(ToolConsole console)
    {
        if (Slurm.Run("squeue", "--noheader", "--jobs=" + Name, "--format=%T %r") is not (int code, string state, string trouble))
        {
            console.Warn($"task {Name} is not finished and cannot be requeued: there is no squeue here; submit again to go on");
            return;
        }

        // A cancelled task is COMPLETING without a reason, and can be requeued all the same: it would come back from the dead.
        if (code == 0 && !(state.StartsWith("RUNNING", StringComparison.Ordinal) || state.Contains("TimeLimit", StringComparison.Ordinal)))
        {
            console.Info($"task {Name} was cancelled ({state.Trim()}): not requeued; submit again to go on");
            return;
        }

        (code, _, trouble) = code == 0 && Slurm.Run("scontrol", "requeue", Name) is { } answer ? answer : (1, "", trouble);
        if (code == 0)
        {
            console.Info($"task {Name} is not finished: requeued");
        }
        else
        {
            console.Warn($"task {Name} is not finished and cannot be requeued ({Slurm.OneLine(trouble)}); submit again to go on");
        }
    }
}
