using System.Text.Json;
using UnetSpikes.Cli;
using UnetSpikes.Jobs;
using UnetSpikes.Tests.Jobs;
using UnetSpikes.Tests.Support;
using UnetSpikes.Tests.Train;
using Xunit;

namespace UnetSpikes.Tests.Sweep;

/// <summary>plan, run, slurm, status and collect, with a script in the place of training and, where Slurm is asked, stand-ins for its commands.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class SweepVerbTests : IDisposable
{
    private readonly FakeTraining _fake = new();

    public void Dispose() => _fake.Dispose();

    [Fact]
    public void A_manifest_line_says_all_that_is_to_be_trained()
    {
        (int code, string output, _) = _fake.Verb(
            "plan", "--grid", "model.latent_dim=10,11", "--seeds", "2", "--set", "TRAIN.MASK_RATIO=0.4", "--config", "/a b/x.yaml", "--data", "/x.h5", "--json");

        Assert.Equal(0, code);
        Assert.Equal(4, TinyRun.LastLine(output).GetProperty("members").GetInt32());
        Assert.Equal(
            """{"id":"001-s2","overrides":{"MODEL.LATENT_DIM":"10"},"seed":2,"folder":"runs/001-s2","options":["--config","/a b/x.yaml","--data","/x.h5","--set","TRAIN.MASK_RATIO=0.4","--set","MODEL.LATENT_DIM=10","--seed","2"]}""",
            _fake.Read("manifest.jsonl").Split('\n')[1]);
        Assert.Empty(_fake.Calls);
    }

    [Fact]
    public void A_plan_is_the_same_twice_and_another_one_is_refused()
    {
        string[] plan = ["--grid", "model.latent_dim=10,11", "--seeds", "2"];
        _fake.Verb("plan", plan);
        string manifest = _fake.Read("manifest.jsonl");

        Assert.Equal(0, _fake.Verb("plan", plan).Code);
        (int code, _, string error) = _fake.Verb("plan", [.. plan, "--set", "TRAIN.MASK_RATIO=0.3"]);

        Assert.Equal((ExitCode.Usage, $"error: --out: {_fake.Out} holds another sweep; expected another folder, or --out {_fake.Out} alone, which goes on with it\n"), (code, error));
        Assert.Equal(manifest, _fake.Read("manifest.jsonl"));
    }

    [Fact]
    public void A_sweep_planned_before_lines_had_options_goes_on()
    {
        Directory.CreateDirectory(_fake.Out);
        File.WriteAllText(Path.Combine(_fake.Out, "sweep.json"), """{"config":null,"data":"/x.h5","settings":["A=1"],"rungs":[]}""");
        File.WriteAllText(Path.Combine(_fake.Out, "manifest.jsonl"), """{"id":"001-s1","overrides":{"MODEL.LATENT_DIM":"10"},"seed":1,"folder":"runs/001-s1"}""" + "\n");

        Assert.Equal(0, _fake.Verb("run", "--local").Code);

        Assert.StartsWith("--data /x.h5 --set A=1 --set MODEL.LATENT_DIM=10 --seed 1 --force --out ", Assert.Single(_fake.Calls), StringComparison.Ordinal);
    }

    [Fact]
    public void The_local_runner_trains_all_two_at_a_time_and_collects()
    {
        Plan("model.latent_dim=10..15");

        (int code, string output, string error) = _fake.Verb("run", "--local", "--jobs", "2", "--threads", "6");

        Assert.True(code == 0, error);
        Assert.Equal(6, _fake.Calls.Length);
        Assert.All(_fake.Calls, call => Assert.Contains("--threads 3 ", call, StringComparison.Ordinal));
        Assert.Contains("ranked by the mean over seeds", output, StringComparison.Ordinal);
        Assert.Equal(7, _fake.Read("results.csv").Count(c => c == '\n'));
    }

    [Fact]
    public void A_task_of_several_lines_trains_every_nth()
    {
        Plan("model.latent_dim=10..16");

        Assert.Equal(0, _fake.Verb("run", "--index", "2", "--every", "3").Code);

        Assert.Equal(["11", "14"], _fake.Calls.Select(call => call.Split("MODEL.LATENT_DIM=")[1].Split(' ')[0]));
    }

    [Fact]
    public void A_task_goes_on_after_a_line_that_fails_and_ends_with_its_code()
    {
        Plan("model.latent_dim=13,10");

        (int code, _, string error) = _fake.Verb("run", "--index", "1", "--every", "1");

        Assert.Equal((ExitCode.Training, 2), (code, _fake.Calls.Length));
        Assert.Contains("error: 001-s1: 13 is unlucky", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_another_process_trains_is_left_to_it()
    {
        Plan("model.latent_dim=10,11");
        using (Claim.TryTake(Run("001-s1"), out _))
        {
            (int code, _, string error) = _fake.Verb("run", "--index", "1");
            Assert.Equal(0, code);
            Assert.Contains($"001-s1 is being trained by process {Environment.ProcessId} on {Environment.MachineName}", error, StringComparison.Ordinal);
            Assert.Contains("1 members are being trained by other processes", _fake.Verb("run", "--local").Error, StringComparison.Ordinal);
            Assert.Single(_fake.Calls);
        }

        Assert.Equal(0, _fake.Verb("run", "--local").Code);
        Assert.Equal(2, _fake.Calls.Length);
    }

    [SkippableFact]
    public void The_array_is_of_what_is_neither_done_nor_running()
    {
        using var slurm = new FakeSlurm();
        slurm.Command("sbatch", "echo 57");
        Plan("model.latent_dim=10..15");
        _fake.Verb("run", "--index", "2");
        using Claim? claim = Claim.TryTake(Run("005-s1"), out _);

        (int code, string output, string error) = _fake.Verb("slurm", "--partition", "gpu", "--time", "4:00:00", "--max-parallel", "2", "--sbatch", "mem=4G", "--program", "apptainer exec x.sif unet-spikes", "--device", "cuda", "--json");

        Assert.True(code == 0, error);
        string script = _fake.Read("slurm/array.sbatch");
        Assert.Contains("#SBATCH --array=1,3-4,6%2\n", script, StringComparison.Ordinal);
        Assert.Contains("#SBATCH --partition=gpu\n#SBATCH --time=4:00:00\n#SBATCH --mem=4G\n", script, StringComparison.Ordinal);
        Assert.EndsWith($"\nexec apptainer exec x.sif unet-spikes sweep run --out {_fake.Out} --device cuda --requeue --index \"$SLURM_ARRAY_TASK_ID\"\n", script, StringComparison.Ordinal);
        Assert.Contains($"submitted 57: 4 members in 4 tasks (1,3-4,6); logs: {_fake.Out}/slurm/57_TASK.log", error, StringComparison.Ordinal);
        Assert.Equal("57", TinyRun.LastLine(output).GetProperty("job").GetString());
        Assert.Contains($"sbatch --parsable {_fake.Out}/slurm/array.sbatch", slurm.Calls);
    }

    [SkippableTheory]
    [InlineData("--dry-run")]
    [InlineData("--script-only")]
    public void A_dry_run_submits_nothing_and_more_lines_than_tasks_are_several_each(string option)
    {
        using var slurm = new FakeSlurm();
        slurm.Command("scontrol", "echo 'MaxArraySize = 5'");
        Plan("model.latent_dim=10..20");

        (int code, _, string error) = _fake.Verb("slurm", option);

        Assert.Equal(0, code);
        Assert.Contains("11 members in 4 tasks (1-4); submit it with: sbatch ", error, StringComparison.Ordinal);
        Assert.EndsWith(" --index \"$SLURM_ARRAY_TASK_ID\" --every 4\n", _fake.Read("slurm/array.sbatch"), StringComparison.Ordinal);
        Assert.DoesNotContain(slurm.Calls, call => call.StartsWith("sbatch", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Nothing_is_submitted_when_nothing_is_left()
    {
        using var slurm = new FakeSlurm();
        Plan("model.latent_dim=10");
        _fake.Verb("run", "--local");

        (int code, _, string error) = _fake.Verb("slurm");

        Assert.Equal((0, $"{_fake.Out}: all members are done or running\n"), (code, error));
        Assert.Empty(slurm.Calls);
    }

    [SkippableFact]
    public void Status_tells_waiting_running_done_failed_and_lost_apart()
    {
        using var slurm = new FakeSlurm();
        slurm.Command("sbatch", "echo 57");
        slurm.Command("squeue", "printf '57_3 RUNNING\\n57_4 PENDING\\n57_6 PENDING\\n'");
        slurm.Command("sacct", "echo '57_5|OUT_OF_MEMORY'");
        Plan("model.latent_dim=10,13,11,12,14,15,16");
        _fake.Verb("slurm");
        _fake.Verb("run", "--index", "1");
        _fake.Verb("run", "--index", "2");
        Hold("003-s1", "57_3");
        Hold("005-s1", "57_5"); // Its heartbeat is new, but its task has left the queue.
        Hold("006-s1", "57_6"); // Its machine went down, and it waits for its next turn.

        (int code, string output, _) = _fake.Verb("status", "--json");

        Assert.Equal(0, code);
        JsonElement[] members = [.. TinyRun.LastLine(output).GetProperty("members").EnumerateArray()];
        Assert.Equal(["done", "failed", "running", "waiting", "lost", "waiting", "waiting"], members.Select(member => member.GetProperty("state").GetString()));
        Assert.Equal("57_3 on node07", members[2].GetProperty("by").GetString());
        Assert.Equal("57_4 PENDING", members[3].GetProperty("queue").GetString());
        Assert.Equal("OUT_OF_MEMORY", members[4].GetProperty("note").GetString());
        Assert.Contains("3 waiting, 1 running, 1 done, 0 dropped, 1 failed, 1 lost", output, StringComparison.Ordinal);
        Assert.Contains($"2 are in no queue: 'sweep slurm --out {_fake.Out}' submits them", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Status_without_slurm_is_of_the_files()
    {
        Plan("model.latent_dim=10,11");
        _fake.Verb("run", "--index", "1");

        (int code, string output, _) = _fake.Verb("status");

        Assert.Equal(0, code);
        Assert.Contains("1 waiting, 0 running, 1 done, 0 dropped, 0 failed, 0 lost", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Collecting_gives_what_is_there_as_csv_json_and_a_table()
    {
        Plan("model.latent_dim=20,10,30");
        _fake.Verb("run", "--index", "1", "--every", "2");

        (int code, string output, _) = _fake.Verb("collect", "--json");

        Assert.Equal(0, code);
        Assert.Contains("002-s1,10,1,unfinished,", _fake.Read("results.csv"), StringComparison.Ordinal);
        Assert.StartsWith("rank,MODEL.LATENT_DIM,state,seeds,", _fake.Read("combinations.csv"), StringComparison.Ordinal);
        Assert.Equal(3, JsonDocument.Parse(_fake.Read("results.json")).RootElement.GetProperty("members").GetArrayLength());
        Assert.Equal(["20", "30", "10"], TinyRun.LastLine(output).GetProperty("combinations").EnumerateArray().Select(row => row.GetProperty("overrides").GetProperty("MODEL.LATENT_DIM").GetString()));
    }

    [Theory]
    [InlineData("plan", "--grid")]
    [InlineData("plan", "--random", "--random", "3")]
    [InlineData("run", "--index")]
    [InlineData("run", "--index", "--index", "1", "--local")]
    [InlineData("run", "--index", "--index", "0")]
    [InlineData("run", "--index", "--index", "3")]
    [InlineData("run", "--every", "--index", "1", "--every", "0")]
    [InlineData("run", "--every", "--local", "--every", "2")]
    [InlineData("run", "--requeue", "--local", "--requeue")]
    [InlineData("run", "--jobs", "--index", "1", "--jobs", "2")]
    [InlineData("run", "--jobs", "--local", "--jobs", "0")]
    [InlineData("slurm", "--sbatch", "--sbatch", "array=1-3")]
    [InlineData("slurm", "--max-parallel", "--max-parallel", "0")]
    public void What_cannot_be_is_a_usage_error_that_names_the_option(string verb, string option, params string[] arguments)
    {
        Plan("a=1,2");

        (int code, string output, string error) = _fake.Verb(verb, arguments);

        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.StartsWith($"error: {option}: ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
        Assert.Empty(_fake.Calls);
    }

    [Theory]
    [InlineData("run", "--index", "1")]
    [InlineData("slurm")]
    [InlineData("status")]
    [InlineData("collect")]
    public void A_folder_without_a_sweep_is_a_usage_error(string verb, params string[] arguments)
    {
        (int code, _, string error) = _fake.Verb(verb, arguments);

        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith($"error: --out: there is no sweep in {_fake.Out}; ", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_fake.Out));
    }

    [Fact]
    public void Halving_is_no_array()
    {
        _fake.Verb("plan", "--grid", "a=1,2", "--halving", "5,10");

        Assert.StartsWith("error: --index: ", _fake.Verb("run", "--index", "1").Error, StringComparison.Ordinal);
        Assert.StartsWith("error: --out: ", _fake.Verb("slurm").Error, StringComparison.Ordinal);
    }

    private string Run(string id) => Path.Combine(_fake.Out, "runs", id);

    private void Plan(string grid) => Assert.Equal(0, _fake.Verb("plan", "--grid", grid).Code);

    /// <summary>A claim of a task on a machine this one cannot look into.</summary>
    private void Hold(string id, string task)
    {
        Directory.CreateDirectory(Run(id));
        Claimant claimant = new() { Host = "node07", Machine = "another", Pid = 1, Task = task, Since = DateTimeOffset.UtcNow };
        File.WriteAllText(ClaimState.FileOf(Run(id), 1), JsonSerializer.Serialize(claimant, ClaimState.Json));
    }
}
