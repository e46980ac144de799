using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using UnetSpikes.Tests.Data;

namespace UnetSpikes.Tests.Jobs;

/// <summary>
/// A real Slurm of one node, this machine, for one test class: munged, slurmctld and slurmd of Debian's slurm-wlm and munge, with a configuration,
/// keys, ports and folders of their own, and no systemd. It goes with all that was started in it.
/// </summary>
public sealed class OneNodeSlurm : IDisposable
{
    private static readonly string[] Places = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

    private readonly TemporaryFolder _folder = new();

    public OneNodeSlurm()
    {
        Missing = WhatIsMissing();
        if (Missing is null)
        {
            try
            {
                Start();
            }
            catch
            {
                Dispose();
                throw;
            }
        }
    }

    /// <summary>Why there is no Slurm here; null where there is.</summary>
    public string? Missing { get; }

    private string Configuration => _folder.File("slurm.conf");

    /// <summary>Runs one of Slurm's commands to its end.</summary>
    public string Command(string name, params string[] arguments)
    {
        (int code, string output, string error) = Run(name, arguments);
        return code == 0 ? output : throw new InvalidOperationException($"{name} {string.Join(' ', arguments)} ended with {code}: {error}\n{Logs()}");
    }

    /// <summary>Runs any program on this cluster's login node.</summary>
    public (int Code, string Output, string Error) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["SLURM_CONF"] = Configuration } };
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        return (process.ExitCode, output.Result, error.Result);
    }

    /// <summary>Waits until something is so.</summary>
    public void WaitUntil(string what, Func<bool> isSo, int seconds = 60)
    {
        for (var clock = Stopwatch.StartNew(); !isSo(); Thread.Sleep(50))
        {
            if (clock.Elapsed.TotalSeconds > seconds)
            {
                throw new TimeoutException($"{what}: not within {seconds} s\n{Run("squeue", "--array").Output}\n{Logs()}");
            }
        }
    }

    /// <summary>Tasks in the queue and their states.</summary>
    public Dictionary<string, string> Queue() => Command("squeue", "--noheader", "--array", "--format=%F_%K %T")
        .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>Has Slurm send a task what it sends shortly before the time limit.</summary>
    /// <remarks>Under a clock: scancel tries again for a minute when the task is gone from its node by the time it asks how that went.</remarks>
    public void SendNotice(string task) => Run("timeout", "2", "scancel", "--batch", "--signal=USR1", task);

    /// <summary>Kills a task's processes at one stroke, as a machine does that runs out of memory; its slurmstepd is left to tell of it.</summary>
    /// <returns>How many.</returns>
    public int KillTask(int task) => KillAll($"SLURM_ARRAY_TASK_ID={task}");

    /// <summary>Kills the node's daemon.</summary>
    public void KillNode()
    {
        int pid = int.Parse(File.ReadAllText(_folder.File("slurmd.pid")).Trim(), CultureInfo.InvariantCulture);
        using var process = Process.GetProcessById(pid);
        process.Kill();
        WaitUntil("slurmd is gone", () => !Directory.Exists($"/proc/{pid}"), 10);
    }

    /// <summary>Starts the node's daemon (again).</summary>
    public void StartNode() => Daemon("slurmd", "-D", "-f", Configuration);

    public void Dispose()
    {
        // Daemons, slurmstepds and tasks alike have the configuration's path among their variables; a killed one may just have made another.
        while (KillAll("SLURM_CONF=" + Configuration) > 0)
        {
            Thread.Sleep(50);
        }

        _folder.Dispose();
    }

    private static string? WhatIsMissing()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "Slurm runs on Linux";
        }

        if (!Environment.IsPrivilegedProcess)
        {
            return "not root: slurmd starts tasks as other users";
        }

        return new[] { "munged", "slurmctld", "slurmd", "sbatch" }.FirstOrDefault(tool => Find(tool) is null) is string tool
            ? $"{tool} is missing; scripts/setup.sh --tests installs it (Debian: slurm-wlm, munge)"
            : null;
    }

    private static string? Find(string tool) => Places.Select(place => Path.Combine(place, tool)).FirstOrDefault(File.Exists);

    private void Start()
    {
        Watch();
        File.WriteAllText(Configuration, Settings());
        File.WriteAllBytes(_folder.File("munge.key"), Encoding.ASCII.GetBytes(Guid.NewGuid().ToString("N") + Guid.NewGuid().ToString("N")));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder.File("munge.key"), UnixFileMode.UserRead);
        }

        Directory.CreateDirectory(_folder.File("state"));
        Directory.CreateDirectory(_folder.File("spool"));
        // --force: the folder is nobody else's, which munged thinks too private for its socket.
        Daemon(
            "munged", "--foreground", "--force", "--key-file=" + _folder.File("munge.key"), "--socket=" + _folder.File("munge.socket"), "--pid-file=" + _folder.File("munged.pid"),
            "--log-file=" + _folder.File("munged.log"), "--seed-file=" + _folder.File("munge.seed"));
        WaitUntil("munged listens", () => File.Exists(_folder.File("munge.socket")), 20);
        Daemon("slurmctld", "-D", "-f", Configuration);
        StartNode();
        WaitUntil("the node is idle", () => Run("sinfo", "--noheader", "--format=%T").Output.Trim() == "idle", 40);
    }

    /// <summary>Starts a daemon in the foreground, its output thrown away: it has a log.</summary>
    private void Daemon(string name, params string[] arguments) => Background(Find(name)!, arguments);

    /// <summary>
    /// Kills all of this cluster when the tests' own process is gone, however it went; in a session of its own, so as not to be stopped with it.
    /// </summary>
    private void Watch() => Background(
        "setsid",
        "sh",
        "-c",
        $"while kill -0 {Environment.ProcessId}; do sleep 1; done; rm -rf '{_folder.Path}'; kill -9 $(grep -lzaxF 'SLURM_CONF={Configuration}' /proc/[0-9]*/environ | cut -d/ -f3)");

    private void Background(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["SLURM_CONF"] = Configuration } };
        Process process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    private string Settings()
    {
        (int first, int second) = FreePorts();
        string host = Environment.MachineName.Split('.')[0];
        return $"""
            ClusterName=unetspikes
            SlurmctldHost={host}(127.0.0.1)
            SlurmctldPort={first}
            SlurmdPort={second}
            SlurmUser=root
            SlurmdUser=root
            AuthType=auth/munge
            AuthInfo=socket={_folder.File("munge.socket")}
            StateSaveLocation={_folder.File("state")}
            SlurmdSpoolDir={_folder.File("spool")}
            SlurmctldPidFile={_folder.File("slurmctld.pid")}
            SlurmdPidFile={_folder.File("slurmd.pid")}
            SlurmctldLogFile={_folder.File("slurmctld.log")}
            SlurmdLogFile={_folder.File("slurmd.log")}
            ProctrackType=proctrack/linuxproc
            TaskPlugin=task/none
            SelectType=select/cons_tres
            SelectTypeParameters=CR_Core
            SchedulerParameters=batch_sched_delay=0,sched_interval=1
            ReturnToService=2
            SlurmdParameters=config_overrides
            KillWait=5
            NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=1000 State=UNKNOWN
            PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP

            """;
    }

    private static (int First, int Second) FreePorts()
    {
        using TcpListener first = new(IPAddress.Loopback, 0), second = new(IPAddress.Loopback, 0);
        first.Start();
        second.Start();
        return (((IPEndPoint)first.LocalEndpoint).Port, ((IPEndPoint)second.LocalEndpoint).Port);
    }

    /// <summary>Kills the processes of this cluster that have a variable of that value.</summary>
    private int KillAll(string variable)
    {
        int killed = 0;
        foreach (string folder in Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            try
            {
                string[] variables = File.ReadAllText(Path.Combine(folder, "environ")).Split('\0');
                if (variables.Contains("SLURM_CONF=" + Configuration) && variables.Contains(variable))
                {
                    using var process = Process.GetProcessById(int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture));
                    process.Kill();
                    killed++;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
            {
                // It has ended meanwhile.
            }
        }

        return killed;
    }

    private string Logs() => string.Join('\n', new[] { "slurmctld.log", "slurmd.log" }.Where(log => File.Exists(_folder.File(log)))
        .SelectMany(log => File.ReadLines(_folder.File(log)).TakeLast(15)));
}
