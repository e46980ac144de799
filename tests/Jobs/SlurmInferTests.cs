using UnetSpikes.Cli;
using UnetSpikes.Tests.Infer;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Jobs;

/// <summary><c>infer --slurm</c> with stand-ins for Slurm's commands: what is submitted, and what is refused.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class SlurmInferTests : IDisposable
{
    private readonly TestRecordings _recordings = new();

    public void Dispose() => _recordings.Dispose();

    [SkippableFact]
    public void The_array_is_of_shares_that_have_files_left_and_its_tasks_get_the_same_options()
    {
        using var slurm = new FakeSlurm();
        slurm.Command("sbatch", "echo 57");
        string[] files = [.. Enumerable.Range(0, 6).Select(i => _recordings.Write($"in put/{i}.h5", 20, null, ("spikes", TestRecordings.Counts(1, 30)), ("other", TestRecordings.Counts(1, 30))))];
        string[] options = ["--array", "spikes", "--window", "100"];
        Assert.Equal(0, _recordings.Infer(files[1], options).Code);

        (int code, _, string error) = TestRecordings.Run(
            ["--model", TestRecordings.Pyramid, "--input", .. files, "--out", _recordings.Out, "--threads", "1", "--device", "cpu", .. options, "--slurm", "--tasks", "4", "--time", "10", "--program", "unet-spikes"]);

        Assert.True(code == 0, error);
        string script = File.ReadAllText(Path.Combine(_recordings.Out, "slurm", "array.sbatch"));
        Assert.Contains("#SBATCH --job-name=infer-out\n#SBATCH --array=1-4\n", script, StringComparison.Ordinal); // Share 2 has file 5 left.
        string[] words = ["--model=" + TestRecordings.Pyramid, "--out=" + _recordings.Out, "--array=spikes", "--window=100", "--device=cpu", "--threads=1", .. files.Select(file => $"'--input={file}'")];
        string command = script.Split('\n')[^2];
        Assert.All(words, word => Assert.Contains($" {word} ", command, StringComparison.Ordinal));
        Assert.StartsWith("exec unet-spikes infer --", command, StringComparison.Ordinal);
        Assert.EndsWith(" --requeue --shard \"$SLURM_ARRAY_TASK_ID\"/4", command, StringComparison.Ordinal);
        Assert.DoesNotContain("--slurm", command, StringComparison.Ordinal);
        Assert.DoesNotContain("--tasks", command, StringComparison.Ordinal);
        Assert.Contains("submitted 57: 5 files in 4 tasks (1-4)", error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Nothing_is_submitted_when_all_files_are_finished()
    {
        using var slurm = new FakeSlurm();
        string file = _recordings.Write(TestRecordings.Counts(1, 30));
        _recordings.Infer(file);

        Assert.Equal((0, "", ""), _recordings.Infer(file, "--slurm"));
        Assert.Empty(slurm.Calls);
    }

    [Theory]
    [InlineData("--shard", "--slurm", "--shard", "1/2")]
    [InlineData("--force", "--slurm", "--force")]
    [InlineData("--partition", "--partition", "gpu")]
    [InlineData("--max-parallel", "--slurm", "--max-parallel", "0")]
    [InlineData("--sbatch", "--slurm", "--sbatch", "array=1-3")]
    public void What_cannot_be_is_a_usage_error_that_names_the_option(string option, params string[] arguments)
    {
        (int code, string output, string error) = _recordings.Infer(_recordings.Write(TestRecordings.Counts(1, 30)), arguments);

        Assert.Equal((ExitCode.Usage, ""), (code, output));
        Assert.StartsWith($"error: {option}: ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }
}
