using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Jobs;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Jobs;

/// <summary>What is asked of Slurm's commands, and what is made of their answers.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class SlurmTests
{
    [SkippableTheory]
    [InlineData("echo 57")]
    [InlineData("echo '57;cluster'")]
    public void Submitting_gives_the_jobs_id(string sbatch)
    {
        using var fake = new FakeSlurm();
        fake.Command("sbatch", sbatch);

        Assert.Equal("57", Slurm.Submit("/x/array.sbatch"));
        Assert.Equal(["sbatch --parsable /x/array.sbatch"], fake.Calls);
    }

    [SkippableFact]
    public void A_refusal_is_passed_on_in_sbatchs_words_on_one_line()
    {
        using var fake = new FakeSlurm();
        fake.Command("sbatch", "printf 'sbatch: error: invalid partition specified: x\\nsbatch: error: Batch job submission failed\\n' >&2; exit 1");

        Assert.Equal(
            "sbatch: refused a.sbatch: sbatch: error: invalid partition specified: x; sbatch: error: Batch job submission failed",
            Assert.Throws<UsageException>(() => Slurm.Submit("a.sbatch")).Message);
    }

    [SkippableFact]
    public void Without_slurm_there_is_a_script_and_a_word()
    {
        using var fake = new FakeSlurm();
        fake.Remove();

        Assert.Contains("expected a node of a Slurm cluster; the script is a.sbatch", Assert.Throws<UsageException>(() => Slurm.Submit("a.sbatch")).Message, StringComparison.Ordinal);
        Assert.Equal(1000, Slurm.MostTasks());
        Assert.Null(Slurm.Queue(["57"]));
        Assert.Empty(Slurm.Accounts(["57"]));
    }

    [SkippableFact]
    public void The_limit_of_arrays_is_the_clusters()
    {
        using var fake = new FakeSlurm();
        fake.Command("scontrol", "printf 'MailProg = /bin/mail\\nMaxArraySize            = 4001\\n'");

        Assert.Equal(4000, Slurm.MostTasks());
    }

    [SkippableFact]
    public void The_queue_and_the_accounts_are_read_by_task()
    {
        using var fake = new FakeSlurm();
        fake.Command("squeue", "printf '57_1 RUNNING\\n57_2 PENDING\\n58_1 RUNNING\\n60_N/A RUNNING\\n'");
        fake.Command("sacct", "printf '57_3|OUT_OF_MEMORY\\n57_4|CANCELLED by 1000\\n'");

        Assert.Equal(new Dictionary<string, string> { ["57_1"] = "RUNNING", ["57_2"] = "PENDING" }, Slurm.Queue(["57"]));
        Assert.Equal(new Dictionary<string, string> { ["57_3"] = "OUT_OF_MEMORY", ["57_4"] = "CANCELLED" }, Slurm.Accounts(["57"]));
        Assert.Contains("--jobs=57", fake.Calls[1], StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("RUNNING None", true, "requeued")]
    [InlineData("COMPLETING TimeLimit", true, "requeued")]
    [InlineData("COMPLETING None", false, "was cancelled")]
    [InlineData("CANCELLED None", false, "was cancelled")]
    public void An_unfinished_task_is_requeued_by_its_own_name_unless_it_was_cancelled(string state, bool isRequeued, string words)
    {
        using var fake = new FakeSlurm();
        fake.Command("squeue", $"echo '{state}'");
        fake.Command("scontrol", "exit 0");
        using StringWriter output = new(), error = new();

        new SlurmTask("57_3").Requeue(new ToolConsole(output, error, Quiet: false, Verbose: false));

        Assert.Equal(isRequeued, fake.Calls.Contains("scontrol requeue 57_3"));
        Assert.Contains("--jobs=57_3", fake.Calls[0], StringComparison.Ordinal);
        Assert.Contains(words, error.ToString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_task_that_cannot_be_requeued_says_so()
    {
        using var fake = new FakeSlurm();
        fake.Command("squeue", "echo 'RUNNING None'");
        fake.Command("scontrol", "echo 'Requested operation is presently disabled' >&2; exit 1");
        using StringWriter output = new(), error = new();
        var console = new ToolConsole(output, error, Quiet: false, Verbose: false);

        new SlurmTask("57").Requeue(console);
        fake.Remove();
        new SlurmTask("58").Requeue(console);

        Assert.Equal(
            "warning: task 57 is not finished and cannot be requeued (Requested operation is presently disabled); submit again to go on\n"
            + "warning: task 58 is not finished and cannot be requeued: there is no squeue here; submit again to go on\n",
            error.ToString());
    }
}
