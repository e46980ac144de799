using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.App;

/// <summary>The launcher, the set-up and the test script, with stand-ins for dotnet, npm and apt.</summary>
[Collection(SpawnsProcesses.Name)]
public class ScriptTests
{
    private const string NoHdf5 = "echo 'libc.so.6 (libc6,x86-64) => /lib/libc.so.6'";
    private const string HasHdf5 = "echo '  libhdf5_serial.so.103 (libc6,x86-64) => /lib/libhdf5_serial.so.103'";

    [SkippableFact]
    public void Without_root_and_without_the_library_setup_says_what_to_run()
    {
        using var sandbox = new ScriptSandbox();
        sandbox.Program("ldconfig", NoHdf5);
        sandbox.Program("id", "echo 1000");
        sandbox.Program("apt-get", "exit 1");
        sandbox.Program("apt-cache", "[ \"$2\" = libhdf5-310 ]"); // Debian 13

        (int code, string output, string error) = sandbox.Run("scripts/setup.sh");

        Assert.Equal((1, "", "error: missing: HDF5; run: sudo apt-get install -y --no-install-recommends libhdf5-310\n"), (code, output, error));
        Assert.DoesNotContain(sandbox.Calls, call => call.StartsWith("apt-get", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void With_root_setup_installs_the_library_by_this_systems_name()
    {
        using var sandbox = new ScriptSandbox();
        sandbox.Program("ldconfig", NoHdf5);
        sandbox.Program("id", "echo 0");
        sandbox.Program("apt-get", $"[ \"$1\" != update ] || touch '{sandbox.File("lists")}'");
        sandbox.Program("apt-cache", $"[ -f '{sandbox.File("lists")}' ] && [ \"$2\" = libhdf5-103-1t64 ]"); // Ubuntu 24.04, after update only
        AllElseIsThere(sandbox);

        (int code, _, string error) = sandbox.Run("scripts/setup.sh");

        Assert.Equal((0, "installing HDF5 …\n"), (code, error));
        Assert.Contains("apt-get install -y --no-install-recommends libhdf5-103-1t64", sandbox.Calls);
    }

    [SkippableFact]
    public void Setup_that_finds_everything_does_nothing_and_needs_no_root()
    {
        using var sandbox = new ScriptSandbox();
        sandbox.Program("ldconfig", HasHdf5);
        sandbox.Program("id", "echo 1000");
        AllElseIsThere(sandbox);

        Assert.Equal((0, "", ""), sandbox.Run("scripts/setup.sh"));
        Assert.DoesNotContain(sandbox.Calls, call => call.StartsWith("npm", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Npm_packages_come_by_the_lock_file_when_it_is_newer()
    {
        using var sandbox = new ScriptSandbox();
        sandbox.Program("ldconfig", HasHdf5);
        AllElseIsThere(sandbox);
        File.SetLastWriteTimeUtc(sandbox.File("package-lock.json"), DateTime.UtcNow.AddHours(1));

        (int code, _, string error) = sandbox.Run("scripts/setup.sh");

        Assert.Equal((0, "installing npm packages …\n"), (code, error));
        Assert.Contains("npm ci --ignore-scripts --no-audit --no-fund --omit=dev", sandbox.Calls);
    }

    [SkippableFact]
    public void The_launcher_builds_once_passes_its_arguments_and_builds_again_when_a_source_is_newer()
    {
        using var sandbox = new ScriptSandbox();
        DotnetThatBuilds(sandbox);
        sandbox.Write("core/A.cs", "");
        string program = sandbox.File("artifacts/bin/UnetSpikes.App/release/unet-spikes.dll");

        Assert.Equal((7, "ran\n", "building unet-spikes …\n"), sandbox.Run("unet-spikes", "infer", "--out", "a folder"));
        Assert.Equal((7, "ran\n", ""), sandbox.Run("unet-spikes"));
        File.SetLastWriteTimeUtc(sandbox.File("core/A.cs"), DateTime.UtcNow.AddHours(1));
        Assert.Equal((7, "ran\n", "building unet-spikes …\n"), sandbox.Run("unet-spikes"));

        string build = $"dotnet build {sandbox.File("app")} -c Release -v quiet --nologo";
        Assert.Equal([build, $"dotnet {program} infer --out a folder", $"dotnet {program}", build, $"dotnet {program}"], sandbox.Calls);
    }

    [SkippableFact]
    public void A_build_that_fails_is_shown_and_nothing_is_run()
    {
        using var sandbox = new ScriptSandbox();
        sandbox.Program("dotnet", "echo 'A.cs(1,1): error CS1002'; exit 1");

        Assert.Equal((1, "", "building unet-spikes …\nA.cs(1,1): error CS1002\nerror: the build failed\n"), sandbox.Run("unet-spikes"));
        Assert.Single(sandbox.Calls);
    }

    [SkippableTheory]
    [InlineData("total=\"12\" executed=\"10\" passed=\"10\" failed=\"0\" error=\"0\"", 0, 0, "10 passed, 0 failed, 2 skipped")]
    [InlineData("total=\"12\" executed=\"11\" passed=\"8\" failed=\"3\" error=\"0\"", 1, 1, "8 passed, 3 failed, 1 skipped")]
    [InlineData("total=\"5\" executed=\"5\" passed=\"5\" failed=\"0\" error=\"0\"", 1, 1, "5 passed, 0 failed, 0 skipped")] // a host that crashed
    public void The_test_script_closes_with_the_counts(string counters, int testStatus, int expected, string line)
    {
        using var sandbox = new ScriptSandbox();
        sandbox.Write("scripts/setup.sh", "#!/bin/bash\n");
        sandbox.Program("dotnet", $"[ \"$1\" = test ] || exit 0\nwhile [ \"$1\" != --results-directory ]; do shift; done\necho '<ResultSummary><Counters {counters} /></ResultSummary>' > \"$2/tests.trx\"\nexit {testStatus}");
        MakeExecutable(sandbox.File("scripts/setup.sh"));

        (int code, string output, _) = sandbox.Run("test.sh");

        Assert.Equal((expected, line + "\n"), (code, output));
        Assert.Contains("dotnet format UnetSpikes.sln --verify-no-changes --no-restore --exclude node_modules/", sandbox.Calls);
    }

    private static void AllElseIsThere(ScriptSandbox sandbox)
    {
        sandbox.Program("dotnet", "echo 10.0.100");
        sandbox.Program("npm", "mkdir -p node_modules");
        sandbox.Write("package-lock.json", "{}");
        sandbox.Write("node_modules/.package-lock.json", "{}");
        File.SetLastWriteTimeUtc(sandbox.File("package-lock.json"), DateTime.UtcNow.AddHours(-1));
    }

    private static void DotnetThatBuilds(ScriptSandbox sandbox) => sandbox.Program(
        "dotnet",
        $"if [ \"$1\" = build ]; then mkdir -p '{sandbox.File("artifacts/bin/UnetSpikes.App/release")}'; touch '{sandbox.File("artifacts/bin/UnetSpikes.App/release/unet-spikes.dll")}'; else echo ran; exit 7; fi");

    private static void MakeExecutable(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
