using System.Diagnostics;
using UnetSpikes.Tests.Architecture;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.App;

/// <summary>A copy of the root's scripts in a folder of its own, with stand-ins for the programs they call.</summary>
internal sealed class ScriptSandbox : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ScriptSandbox()
    {
        Skip.If(OperatingSystem.IsWindows() || !System.IO.File.Exists("/bin/bash"), "the scripts are for bash");
        foreach (string script in new[] { "unet-spikes", "test.sh", "scripts/setup.sh" })
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(File(script))!);
            System.IO.File.Copy(System.IO.Path.Combine(SourceTree.Root, script), File(script));
        }

        Directory.CreateDirectory(File("bin"));
    }

    public string File(string name) => _folder.File(name);

    /// <summary>A program that the scripts find before the real one; every call is noted in <see cref="Calls"/>.</summary>
    public void Program(string name, string body)
    {
        string path = File("bin/" + name);
        System.IO.File.WriteAllText(path, $"#!/bin/bash\necho \"{name} $*\" >> '{File("calls")}'\n{body}\n");
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public void Write(string name, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(File(name))!);
        System.IO.File.WriteAllText(File(name), text);
    }

    /// <summary>The calls of stand-ins so far, in order.</summary>
    public string[] Calls => System.IO.File.Exists(File("calls")) ? System.IO.File.ReadAllLines(File("calls")) : [];

    public (int Code, string Output, string Error) Run(string script, params string[] args)
    {
        var start = new ProcessStartInfo("/bin/bash") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in args.Prepend(File(script)))
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["PATH"] = File("bin") + ":" + Environment.GetEnvironmentVariable("PATH");
        start.Environment.Remove("UNETSPIKES_HDF5_LIBRARY");
        start.Environment.Remove("CONDA_PREFIX");
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    public void Dispose() => _folder.Dispose();
}
