using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace UnetSpikes.Tests.Runtime;

/// <summary>The C# binding frees native objects that are still in use unless it is handled just so; a mistake shows as a crash of the
/// whole process, so these run in a child, with the JIT optimising at once and the collector always at work.</summary>
public class LifetimeTests
{
    [Fact]
    public void Two_hundred_sessions_in_one_process_neither_crash_nor_leak()
    {
        long[] resident = RunChild("churn", "200");

        // 20 %: the heap's own unevenness; a leaked session of this size is 0.3 MB, a hundred of them 30 %.
        Assert.InRange(resident[1], 0, resident[0] * 1.2);
    }

    [Fact]
    public void Ten_thousand_steps_leave_the_resident_memory_flat()
    {
        long[] resident = RunChild("steps", "10000");

        Assert.InRange(resident[1], 0, resident[0] * 1.05);
    }

    private static long[] RunChild(params string[] arguments)
    {
        string assembly = typeof(ChildProgram).Assembly.Location;
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DOTNET_TieredCompilation"] = "0" },
        };
        foreach (string argument in (string[])["exec", assembly, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        using Process child = Process.Start(start)!;
        Task<string> error = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();

        Assert.True(child.ExitCode == 0, $"{string.Join(' ', arguments)} ended with {child.ExitCode}: {error.Result}");
        return [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => long.Parse(line, CultureInfo.InvariantCulture))];
    }
}
