using System.Diagnostics;
using UnetSpikes.Core;
using UnetSpikes.Jobs;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Jobs;

/// <summary>The batch script to the letter, the division into tasks, and what is refused.</summary>
[Collection(SpawnsProcesses.Name)]
public class ArrayScriptTests
{
    private static readonly ArrayScript Plain =
        new("sweep-size", "/data/100 %/slurm", new ArrayTasks(8, [1, 2, 3, 5, 8]), new ArrayRequest(), "unet-spikes sweep run --index \"$SLURM_ARRAY_TASK_ID\"")
        {
            WorkFolder = "/home/me/my lab",
        };

    [Fact]
    public void The_script_to_the_letter() => Assert.Equal(
        """
        #!/bin/bash
        # Written by unet-spikes; docs/slurm.md explains every line.
        #SBATCH --job-name=sweep-size
        #SBATCH --array=1-3,5,8
        #SBATCH --chdir="/home/me/my lab"
        #SBATCH --output="/data/100 %%/slurm/%A_%a.log"
        #SBATCH --open-mode=append
        #SBATCH --signal=B:USR1@90
        #SBATCH --requeue
        #SBATCH --nodes=1
        #SBATCH --ntasks=1
        #SBATCH --cpus-per-task=1
        set -e
        exec unet-spikes sweep run --index "$SLURM_ARRAY_TASK_ID"

        """,
        Plain.Text());

    [Fact]
    public void The_script_with_all_that_can_be_asked() => Assert.Equal(
        """
        #!/bin/bash
        # Written by unet-spikes; docs/slurm.md explains every line.
        #SBATCH --job-name=sweep-size
        #SBATCH --array=1-3,5,8%4
        #SBATCH --chdir="/home/me/my lab"
        #SBATCH --output="/data/100 %%/slurm/%A_%a.log"
        #SBATCH --open-mode=append
        #SBATCH --requeue
        #SBATCH --nodes=1
        #SBATCH --ntasks=1
        #SBATCH --cpus-per-task=6
        #SBATCH --partition=gpu
        #SBATCH --time=1-12:00:00
        #SBATCH --gpus=a100:1
        #SBATCH --account=lab
        #SBATCH --comment="say \"hi\""
        #SBATCH --exclusive
        #SBATCH --signal=B:USR1@300
        set -e
        module load dotnet
        cd "$HOME"
        exec unet-spikes sweep run --index "$SLURM_ARRAY_TASK_ID"

        """,
        (Plain with
        {
            Request = new ArrayRequest
            {
                Partition = "gpu",
                Time = "1-12:00:00",
                CpusPerTask = 6,
                Gpus = "a100:1",
                MaxParallel = 4,
                More = [new("account", "lab"), new("comment", "say \"hi\""), new("exclusive", null), new("signal", "B:USR1@300")],
                Setup = ["module load dotnet", "cd \"$HOME\""],
            },
        }).Text());

    [Theory]
    [InlineData("--cpus-per-task")]
    [InlineData("--max-parallel")]
    [InlineData("--tasks")]
    [InlineData("--partition")]
    [InlineData("--setup")]
    [InlineData("--program")]
    public void A_request_that_cannot_be_is_a_usage_error_that_names_the_option(string option)
    {
        ArrayRequest request = option switch
        {
            "--cpus-per-task" => new() { CpusPerTask = 0 },
            "--max-parallel" => new() { MaxParallel = 0 },
            "--tasks" => new() { MostTasks = -1 },
            "--partition" => new() { Partition = "gpu\nrm -r x" },
            "--setup" => new() { Setup = [""] },
            _ => new() { Program = "a\nb" },
        };

        Assert.Equal(option, Assert.Throws<UsageException>(request.Validate).Option);
    }

    [Theory]
    [InlineData("array", "1-3")]
    [InlineData("open-mode", "truncate")]
    [InlineData("time", "1:00")]
    [InlineData("-p", "gpu")]
    [InlineData("a b", "c")]
    [InlineData("account", "x\ny")]
    public void An_sbatch_option_that_would_break_the_script_is_refused(string key, string value) =>
        Assert.Equal("--sbatch", Assert.Throws<UsageException>(new ArrayRequest { More = [new(key, value)] }.Validate).Option);

    [Theory]
    [InlineData(5, "1 2 3 4 5", 1000, 5, "1-5")]
    [InlineData(9, "2 3 5 9", 1000, 9, "2-3,5,9")]
    [InlineData(10, "1 2 3 4 5 6 7 8 9 10", 4, 4, "1-4")]
    [InlineData(10, "3 7 9", 4, 4, "1,3")]
    public void Work_is_divided_into_no_more_tasks_than_there_may_be(int pieces, string left, int most, int of, string ranges)
    {
        var tasks = ArrayTasks.Divide(pieces, left.Split(' ').Select(int.Parse), most);

        Assert.Equal((of, ranges), (tasks.Of, tasks.Ranges()));
    }

    [Fact]
    public void Every_piece_is_one_tasks() => Assert.All(
        Enumerable.Range(1, 12),
        of => Assert.Equal(Enumerable.Range(1, 11), Enumerable.Range(1, of).SelectMany(task => ArrayTasks.PiecesOf(task, of, 11)).Order()));

    [SkippableFact]
    public void A_shell_reads_quoted_words_as_they_were()
    {
        Skip.If(OperatingSystem.IsWindows(), "there is no POSIX shell");
        string[] words = ["plain", "two words", "it's", "$HOME `ls` \\ \"", "", "*", "ä%@+=:,./-_"];

        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"printf '%s\\n' {ShellWords.Join(words)}"]) { RedirectStandardOutput = true })!;

        Assert.Equal(string.Join('\n', words) + "\n", shell.StandardOutput.ReadToEnd());
    }

    [Fact]
    public void A_task_is_named_by_its_array_where_there_is_one()
    {
        Dictionary<string, string> variables = new() { ["SLURM_JOB_ID"] = "57" };
        Assert.Equal("57", SlurmTask.Find(variables.GetValueOrDefault)!.Name);

        variables["SLURM_ARRAY_JOB_ID"] = "57";
        variables["SLURM_ARRAY_TASK_ID"] = "3";
        Assert.Equal("57_3", SlurmTask.Find(variables.GetValueOrDefault)!.Name);
        Assert.Null(SlurmTask.Find(_ => null));
    }
}
