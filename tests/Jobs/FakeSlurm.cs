using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Jobs;

/// <summary>Stand-ins for Slurm's commands, found before any real ones; every call is a line of <see cref="Calls"/>.</summary>
/// <remarks>The PATH is the whole test host's: only for classes that run alone.</remarks>
internal sealed class FakeSlurm : IDisposable
{
    private static readonly string[] Commands = ["sbatch", "squeue", "scontrol", "sacct"];

    private readonly TemporaryFolder _folder = new();
    private readonly string? _path = Environment.GetEnvironmentVariable("PATH");

    public FakeSlurm()
    {
        Skip.If(OperatingSystem.IsWindows(), "the stand-ins are shell scripts");
        Environment.SetEnvironmentVariable("PATH", _folder.Path + ":" + _path);
        foreach (string command in Commands)
        {
            Command(command, "exit 127");
        }
    }

    public string[] Calls => File.Exists(_folder.File("calls")) ? File.ReadAllLines(_folder.File("calls")) : [];

    /// <summary>What one of the commands does.</summary>
    public void Command(string name, string body)
    {
        File.WriteAllText(_folder.File(name), $"#!/bin/sh\necho \"{name} $*\" >> '{_folder.File("calls")}'\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder.File(name), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.UserWrite);
        }
    }

    /// <summary>A machine without Slurm: a PATH with nothing but a shell's own.</summary>
    public void Remove() => Environment.SetEnvironmentVariable("PATH", _folder.File("nowhere"));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable("PATH", _path);
        _folder.Dispose();
    }
}
