using System.Diagnostics;
using System.Globalization;

namespace UnetSpikes.Jobs;

/// <summary>Who works on something: the content of a claim's file.</summary>
public sealed record Claimant
{
    /// <summary>The machine's name, for people.</summary>
    public required string Host { get; init; }

    /// <summary>
    /// The machine since its last start, and the space its process numbers are of: only there does <see cref="Pid"/> mean anything. Two
    /// containers may share a host's name and disk and still not see each other's processes. Null where it cannot be told.
    /// </summary>
    public string? Machine { get; init; }

    /// <summary>The process.</summary>
    public required int Pid { get; init; }

    /// <summary>When the process began, on the machine's own count: numbers are given out again.</summary>
    public long Began { get; init; }

    /// <summary>Its Slurm task; null outside of Slurm.</summary>
    public string? Task { get; init; }

    /// <summary>When it took the claim, for people: machines' clocks differ.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>How its work ended; null while it goes on, or when nobody could say any more.</summary>
    public string? Ended { get; init; }

    /// <summary>For people: <c>57_3 on node07</c>, <c>process 1234 on vm</c>.</summary>
    public string Name => Task is string task ? $"{task} on {Host}" : string.Create(CultureInfo.InvariantCulture, $"process {Pid} on {Host}");

    /// <summary>This process.</summary>
    public static Claimant OfThisProcess() => new()
    {
        Host = Environment.MachineName,
        Machine = ThisMachine(),
        Pid = Environment.ProcessId,
        Began = BeginningOf(Environment.ProcessId) ?? 0,
        Task = SlurmTask.OfThisProcess()?.Name,
        Since = DateTimeOffset.UtcNow,
    };

    /// <summary>Whether the process still runs; null where only its own machine could tell.</summary>
    internal bool? IsRunning() => Machine is not null && Machine == ThisMachine() ? BeginningOf(Pid) == Began : null;

    private static string? ThisMachine()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Environment.MachineName;
        }

        string? space = new FileInfo("/proc/self/ns/pid").LinkTarget; // "pid:[4026531836]"
        return space is null ? null : File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() + " " + space;
    }

    /// <summary>When a process began; null when there is none, or only its exit code waits to be read.</summary>
    private static long? BeginningOf(int pid)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                using var process = Process.GetProcessById(pid);
                return process.StartTime.ToFileTimeUtc();
            }

            // proc(5): "pid (name) state ppid …", of which the 22nd is the start in ticks since boot; the name may hold anything.
            string stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
