using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Jobs;

/// <summary>Slurm through its own commands: what they print for programs is the one interface that every version and site has.</summary>
public static class Slurm
{
    /// <summary>Slurm's own default of MaxArraySize.</summary>
    private const int UsualArraySize = 1001;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Submits a batch script.</summary>
    /// <param name="script">Its path.</param>
    /// <returns>The job's id.</returns>
    /// <exception cref="UsageException">There is no sbatch here, or it refused; its own words.</exception>
    public static string Submit(string script)
    {
        (int code, string output, string error) = Run("sbatch", "--parsable", script)
            ?? throw new UsageException("sbatch", $"is not on this machine, expected a node of a Slurm cluster; the script is {script}");
        // "57" or, in a federation, "57;cluster".
        string id = output.Trim().Split(';')[0];
        return code == 0 && id.Length > 0 && id.All(char.IsAsciiDigit) ? id : throw new UsageException("sbatch", $"refused {script}: {OneLine(error.Length > 0 ? error : output)}");
    }

    /// <summary>The most tasks an array may have: numbers are below MaxArraySize.</summary>
    public static int MostTasks()
    {
        string? line = Run("scontrol", "show", "config")?.Output.Split('\n').FirstOrDefault(l => l.StartsWith("MaxArraySize", StringComparison.Ordinal));
        bool isKnown = int.TryParse(line?.Split('=')[^1], NumberStyles.Integer, CultureInfo.InvariantCulture, out int size) && size > 1;
        return (isKnown ? size : UsualArraySize) - 1;
    }

    /// <summary>This user's tasks in the queue.</summary>
    /// <param name="jobs">Only these jobs' ids.</param>
    /// <returns>Task (<see cref="SlurmTask.Name"/>) → state such as PENDING; null where the queue cannot be read.</returns>
    public static IReadOnlyDictionary<string, string>? Queue(IReadOnlyCollection<string> jobs)
    {
        // Not --jobs: squeue fails for a job that has long left the queue.
        if (Run("squeue", "--me", "--noheader", "--array", "--format=%F_%K %T") is not (0, string output, _))
        {
            return null;
        }

        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2))
            .Where(pair => jobs.Contains(pair[0].Split('_')[0])).GroupBy(pair => pair[0]).ToDictionary(task => task.Key, task => task.Last()[1].Trim());
    }

    /// <summary>How tasks ended that are no longer in the queue, where the cluster keeps accounts.</summary>
    /// <param name="jobs">Jobs' ids.</param>
    /// <returns>Task → state such as OUT_OF_MEMORY; empty where there are no accounts.</returns>
    public static IReadOnlyDictionary<string, string> Accounts(IReadOnlyCollection<string> jobs)
    {
        if (jobs.Count == 0 || Run("sacct", "--noheader", "--parsable2", "--allocations", "--format=JobID,State", "--jobs=" + string.Join(',', jobs)) is not (0, string output, _))
        {
            return new Dictionary<string, string>();
        }

        // "57_3|CANCELLED by 1000"
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|'))
            .Where(cells => cells.Length == 2).GroupBy(cells => cells[0]).ToDictionary(task => task.Key, task => task.Last()[1].Split(' ')[0]);
    }

    /// <summary>Runs one of Slurm's commands.</summary>
    /// <param name="tool">Its name, looked for on the PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <returns>Null where there is none.</returns>
    internal static (int Code, string Output, string Error)? Run(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process? process;
        try
        {
            process = Process.Start(start);
        }
        catch (Win32Exception)
        {
            return null;
        }

        using (process)
        {
            Task<string> output = process!.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            if (!process.WaitForExit(Patience))
            {
                process.Kill();
                return (1, "", $"{tool} did not answer within {Patience.TotalMinutes} minutes");
            }

            return (process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
        }
    }

    /// <summary>The words of a tool that failed, as part of one line.</summary>
    internal static string OneLine(string text) => string.Join("; ", text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
