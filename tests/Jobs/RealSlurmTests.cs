using System.Globalization;
using System.Text.Json;
using UnetSpikes.Data;
using UnetSpikes.Tests.Infer;
using UnetSpikes.Tests.Support;
using UnetSpikes.Tests.Train;
using Xunit;

namespace UnetSpikes.Tests.Jobs;

/// <summary>A sweep and an inference in a real Slurm, whose tasks and daemon are killed under way: nothing is lost, and nothing done twice.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class RealSlurmTests(OneNodeSlurm slurm) : IClassFixture<OneNodeSlurm>, IDisposable
{
    private const int Steps = 2000;

    /// <summary>So small a window, 8 new bins in each, that a file takes a while.</summary>
    private static readonly string[] Slow = ["--window", "26", "--batch", "1"];

    private static readonly string Tool =
        Path.Combine(AppContext.BaseDirectory.Replace("UnetSpikes.Tests", "UnetSpikes.App", StringComparison.Ordinal), "unet-spikes.dll");

    private readonly TinyRun _tiny = new();
    private readonly TestRecordings _recordings = new();

    private string Out => _tiny.File("sweep");

    public void Dispose()
    {
        _tiny.Dispose();
        _recordings.Dispose();
    }

    [SkippableFact]
    public void A_sweep_whose_tasks_and_node_are_killed_ends_as_one_that_was_left_alone()
    {
        Skip.If(slurm.Missing is not null, slurm.Missing);
        Sweep("plan", [.. Plan(Out), "--grid", "model.latent_dim=2,3,4,5", "--seeds", "2"]);

        string job = Submit("1-8");
        slurm.WaitUntil("two members have a checkpoint", () => IsBegun("001-s1") && IsBegun("001-s2"));
        Assert.True(slurm.KillTask(2) >= 2, "task 2 was the sweep's process and its training");
        slurm.SendNotice(job + "_1");
        slurm.KillNode();
        slurm.WaitUntil("task 1 is back in the queue", () => slurm.Queue().GetValueOrDefault(job + "_1") == "PENDING");
        slurm.StartNode();
        slurm.Command("scontrol", "update", $"JobId={job}_1", "StartTime=now"); // Slurm has a requeued task wait for two minutes.
        slurm.WaitUntil("the array is through", () => slurm.Queue().Count == 0, 90);

        JsonElement[] members = [.. Json("status", "--out", Out).GetProperty("members").EnumerateArray()];
        Assert.Equal(
            ["done", "lost", "done", "done", "done", "done", "done", "done"], members.Select(member => member.GetProperty("state").GetString()));
        Assert.StartsWith($"{job}_2 on ", members[1].GetProperty("by").GetString(), StringComparison.Ordinal);
        Submit("2");
        slurm.WaitUntil("the rest is through", () => slurm.Queue().Count == 0);

        JsonElement[] results = [.. Json("collect", "--out", Out).GetProperty("members").EnumerateArray()];
        Assert.All(results, member => Assert.Equal(("done", Steps), (member.GetProperty("state").GetString(), member.GetProperty("scores").GetProperty("steps").GetInt32())));
        Assert.All(results, member => Assert.Equal(1, Ends(member.GetProperty("id").GetString()!).Count(end => end == "done")));
        Assert.Equal("interrupted", Ends("001-s1")[0]);
        Assert.Null(Ends("001-s2")[0]);
        Assert.Equal([.. LeftAlone()], results.Take(2).Select(Loss));
        Assert.Contains("is not finished: requeued", File.ReadAllText(Path.Combine(Out, "slurm", job + "_1.log")), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Files_whose_tasks_and_node_are_killed_are_inferred_as_if_they_had_been_left_alone()
    {
        Skip.If(slurm.Missing is not null, slurm.Missing);
        for (int i = 0; i < 20; i++)
        {
            int bins = i is 5 or 6 ? 80_000 : 5000; // The second files of tasks 1 and 2 are what these are killed in.
            _recordings.Write($"in/{i:00}.h5", 20, null, ("spikes", TestRecordings.Counts(1, bins, (ulong)i)));
        }

        string job = SubmitFiles("1-5");
        slurm.WaitUntil("tasks 1 and 2 have finished a file", () => File.Exists(Rates(0)) && File.Exists(Rates(1)));
        Assert.True(slurm.KillTask(2) >= 1, "task 2 had come to an end");
        slurm.SendNotice(job + "_1");
        slurm.KillNode();
        slurm.WaitUntil("task 1 is back in the queue", () => slurm.Queue().GetValueOrDefault(job + "_1") == "PENDING");
        slurm.StartNode();
        slurm.Command("scontrol", "update", $"JobId={job}_1", "StartTime=now");
        slurm.WaitUntil("the array is through", () => slurm.Queue().Count == 0, 90);
        string again = SubmitFiles("2");
        slurm.WaitUntil("the rest is through", () => slurm.Queue().Count == 0);

        Assert.Equal(20, Directory.GetFiles(_recordings.Out, "*.rates.h5").Length);
        string[] logs = [.. Directory.GetFiles(Path.Combine(_recordings.Out, "slurm"), "*.log").Select(File.ReadAllText)];
        Assert.All(Enumerable.Range(0, 20), i => Assert.InRange(logs.Sum(log => log.Split($"wrote {Rates(i)}").Length - 1), 0, 1));
        Assert.Contains("of 4 files are finished", File.ReadAllText(Path.Combine(_recordings.Out, "slurm", again + "_2.log")), StringComparison.Ordinal);
        (int code, _, string error) = TestRecordings.Run(["--model", TestRecordings.Pyramid, "--input", _recordings.File("in"), "--out", _recordings.File("alone"), "--device", "cpu", "--quiet", .. Slow]);
        Assert.True(code == 0, error);
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(
            RatesFile.Read(Path.Combine(_recordings.File("alone"), $"{i:00}.rates.h5")).Arrays.Single().Value.Values, RatesFile.Read(Rates(i)).Arrays.Single().Value.Values));
    }

    private string Rates(int file) => Path.Combine(_recordings.Out, $"{file:00}.rates.h5");

    private string SubmitFiles(string tasks)
    {
        (int code, string output, string error) = slurm.Run(
            "dotnet",
            ["exec", Tool, "infer", "--model", TestRecordings.Pyramid, "--input", _recordings.File("in"), "--out", _recordings.Out, "--device", "cpu", .. Slow, "--slurm", "--tasks", "5", "--max-parallel", "3", "--json"]);
        Assert.True(code == 0, error);
        JsonElement submitted = TinyRun.LastLine(output);
        Assert.Equal(tasks, submitted.GetProperty("tasks").GetString());
        return submitted.GetProperty("job").GetString()!;
    }

    /// <summary>The losses of the first two members, trained in one go.</summary>
    private double[] LeftAlone()
    {
        string folder = _tiny.File("alone");
        Sweep("plan", [.. Plan(folder), "--grid", "model.latent_dim=2", "--seeds", "2"]);
        Sweep("run", "--out", folder, "--local", "--jobs", "2", "--threads", "2");
        return [.. Json("collect", "--out", folder).GetProperty("members").EnumerateArray().Select(Loss)];
    }

    private static double Loss(JsonElement member) => member.GetProperty("scores").GetProperty("validation_loss").GetDouble();

    private string[] Plan(string folder)
    {
        string[] settings =
        [
            "MODEL.NUM_LAYERS=2", "TRAIN.BATCH_SIZE=8", "TRAIN.LR.SCHEDULE=false", "TRAIN.VAL_INTERVAL=200", "TRAIN.CHECKPOINT_INTERVAL=100", "TRAIN.PATIENCE=0",
            string.Create(CultureInfo.InvariantCulture, $"TRAIN.NUM_UPDATES={Steps}"),
        ];
        return ["--out", folder, "--data", _tiny.Data, .. settings.SelectMany(setting => (string[])["--set", setting])];
    }

    private string Submit(string tasks)
    {
        JsonElement submitted = Json("slurm", "--out", Out, "--max-parallel", "3");
        Assert.Equal(tasks, submitted.GetProperty("tasks").GetString());
        return submitted.GetProperty("job").GetString()!;
    }

    private bool IsBegun(string id) => File.Exists(Path.Combine(Out, "runs", id, "last.safetensors"));

    /// <summary>How the claims on a member ended, in order.</summary>
    private string?[] Ends(string id) => [.. Directory.GetFiles(Path.Combine(Out, "runs", id), "claim-*.json").Order()
        .Select(path => JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("ended").GetString())];

    private JsonElement Json(string verb, params string[] arguments) => TinyRun.LastLine(Sweep(verb, [.. arguments, "--json"]));

    private string Sweep(string verb, params string[] arguments)
    {
        (int code, string output, string error) = slurm.Run("dotnet", ["exec", Tool, "sweep", verb, .. arguments]);
        Assert.True(code == 0, $"sweep {verb} ended with {code}: {error}");
        return output;
    }
}
