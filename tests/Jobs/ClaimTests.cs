using System.Diagnostics;
using System.Globalization;
using UnetSpikes.Jobs;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Runtime;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Jobs;

/// <summary>Who may work on what: alone, after an end, after a death, and in a race.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class ClaimTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Work => _folder.File("work");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void One_holder_at_a_time_and_the_next_after_it()
    {
        using (Claim? first = Claim.TryTake(Work, out _))
        {
            Assert.NotNull(first);
            Assert.Null(Claim.TryTake(Work, out Claimant? holder));
            Assert.Equal((Environment.ProcessId, Environment.MachineName), (holder!.Pid, holder.Host));
            Assert.True(State().IsHeld);
        }

        Assert.Equal((1, "interrupted", false, false), (State().Number, State().Claimant!.Ended, State().IsHeld, State().IsLost));
        using Claim? second = Claim.TryTake(Work, out _);
        second!.Release("done");
        Assert.Equal((2, "done"), (State().Number, State().Claimant!.Ended));
    }

    [Fact]
    public void A_renewed_claim_is_the_same_right_under_a_new_number()
    {
        using Claim claim = Claim.TryTake(Work, out _)!;

        Assert.True(claim.Renew());
        Assert.Equal((2, true), (State().Number, State().IsHeld));
        Assert.Null(Claim.TryTake(Work, out _));
        claim.Release("done");
        Assert.Equal((2, "done"), (State().Number, State().Claimant!.Ended));
    }

    [Fact]
    public async Task Who_was_taken_for_dead_hears_of_it_and_may_not_finish()
    {
        using Claim claim = Claim.TryTake(Work, TimeSpan.FromMilliseconds(20), out _)!;

        Write(2, Of("elsewhere"), DateTime.UtcNow);

        await Task.Delay(TimeSpan.FromSeconds(30), claim.Lost).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.True(claim.Lost.IsCancellationRequested);
        Assert.False(claim.Renew());
        claim.Release("done");
        Assert.True(State().IsHeld, "the other's claim stands");
    }

    [Fact]
    public async Task A_holder_shows_that_it_lives()
    {
        using Claim claim = Claim.TryTake(Work, TimeSpan.FromMilliseconds(20), out _)!;
        DateTime old = DateTime.UtcNow.AddHours(-1);
        File.SetLastWriteTimeUtc(FileOf(1), old);

        for (int i = 0; i < 500 && File.GetLastWriteTimeUtc(FileOf(1)) < old.AddMinutes(30); i++)
        {
            await Task.Delay(20);
        }

        Assert.True(DateTime.UtcNow - File.GetLastWriteTimeUtc(FileOf(1)) < TimeSpan.FromMinutes(1));
        Assert.Equal(Environment.ProcessId, State().Claimant!.Pid);
    }

    [Theory]
    [InlineData(4, true)] // minutes of silence
    [InlineData(6, false)]
    public void A_holder_on_another_machine_is_dead_when_it_has_been_silent_for_long(int minutes, bool isHeld)
    {
        Write(1, Of("elsewhere"), DateTime.UtcNow.AddMinutes(-minutes));

        Assert.Equal((isHeld, !isHeld), (State().IsHeld, State().IsLost));
        using Claim? claim = Claim.TryTake(Work, out _);
        Assert.Equal(isHeld, claim is null);
    }

    [SkippableFact]
    public void A_holder_on_this_machine_is_dead_when_its_process_is_or_has_another_ones_number()
    {
        Claimant self = Claimant.OfThisProcess();
        Skip.If(self.Machine is null, "this machine has no name for its process numbers");

        Write(1, self with { Began = self.Began - 1 }, DateTime.UtcNow);
        Assert.True(State().IsLost);
        Write(1, self, DateTime.UtcNow.AddDays(-1)); // A clock that was set does not kill.
        Assert.True(State().IsHeld);
    }

    [Fact]
    public void A_claim_that_was_never_written_out_counts_by_its_time()
    {
        Write(1, null, DateTime.UtcNow);
        Assert.True(State().IsHeld);
        Write(1, null, DateTime.UtcNow.AddMinutes(-6));
        Assert.True(State().IsLost);
    }

    [Fact]
    public void Of_processes_that_race_for_many_claims_each_is_ones_also_after_a_death()
    {
        const int Count = 200;
        using (Process dead = Racer(Count))
        {
            File.WriteAllText(_folder.File("go"), "");
            Assert.Equal(Count, Won(dead).Length);
            dead.Kill(entireProcessTree: true);
            dead.WaitForExit();
        }

        File.Delete(_folder.File("go"));
        Process[] racers = [Racer(Count), Racer(Count), Racer(Count)];
        try
        {
            File.WriteAllText(_folder.File("go"), "");
            int[][] won = [.. racers.Select(Won)];

            Assert.Equal(Enumerable.Range(1, Count), won.SelectMany(numbers => numbers).Order());
            Assert.True(won.Count(numbers => numbers.Length > 0) > 1, "no race took place");
            Assert.All(Enumerable.Range(1, Count), i => Assert.Equal(2, ClaimState.Latest(_folder.File($"{i}"))));
        }
        finally
        {
            foreach (Process racer in racers)
            {
                racer.Kill();
                racer.Dispose();
            }
        }
    }

    private static Claimant Of(string machine) => new() { Host = machine, Machine = machine, Pid = 1, Began = 1, Since = DateTimeOffset.UtcNow };

    private ClaimState State() => ClaimState.Read(Work, FileClock.Now(_folder.Path));

    private string FileOf(int number) => ClaimState.FileOf(Work, number);

    private void Write(int number, Claimant? claimant, DateTime time)
    {
        Directory.CreateDirectory(Work);
        File.WriteAllText(FileOf(number), claimant is null ? "" : System.Text.Json.JsonSerializer.Serialize(claimant, ClaimState.Json));
        File.SetLastWriteTimeUtc(FileOf(number), time);
    }

    private Process Racer(int count) => Process.Start(new ProcessStartInfo(
        Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
        ["exec", typeof(ChildProgram).Assembly.Location, "claims", _folder.Path, count.ToString(CultureInfo.InvariantCulture)])
    { RedirectStandardOutput = true })!;

    private static int[] Won(Process racer) =>
        [.. racer.StandardOutput.ReadLine()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(n => int.Parse(n, CultureInfo.InvariantCulture))];
}
