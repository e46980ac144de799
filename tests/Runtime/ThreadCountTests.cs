using UnetSpikes.Core;
using UnetSpikes.Runtime;
using Xunit;

namespace UnetSpikes.Tests.Runtime;

public class ThreadCountTests
{
    private static readonly Dictionary<string, string> CgroupV2 = new()
    {
        ["/proc/self/cgroup"] = "0::/system.slice/job\n",
        ["/sys/fs/cgroup/system.slice/job/cpu.max"] = "max 100000\n",
        ["/sys/fs/cgroup/system.slice/cpu.max"] = "250000 100000\n",
        ["/sys/fs/cgroup/cpu.max"] = "800000 100000\n",
    };

    private static readonly Dictionary<string, string> CgroupV1 = new()
    {
        ["/proc/self/cgroup"] = "9:name=systemd:/\n3:cpu,cpuacct:/docker/abc\n2:memory:/\n",
        ["/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us"] = "400000\n",
        ["/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us"] = "100000\n",
    };

    [Fact]
    public void A_number_asked_for_wins_over_everything() =>
        Assert.Equal(new ThreadCount(3, "--threads"), ThreadCount.Resolve(3, Sources(slurm: "8", CgroupV2)));

    [Fact]
    public void Then_slurms_number_counts() =>
        Assert.Equal(new ThreadCount(8, "SLURM_CPUS_PER_TASK"), ThreadCount.Resolve(0, Sources(slurm: "8", CgroupV2)));

    [Fact]
    public void Then_the_smallest_share_of_the_cgroup_and_its_parents_rounded_up() =>
        Assert.Equal(new ThreadCount(3, "/sys/fs/cgroup/system.slice/cpu.max"), ThreadCount.Resolve(0, Sources(slurm: null, CgroupV2)));

    [Fact]
    public void A_version_1_cgroup_is_understood_too() =>
        Assert.Equal(new ThreadCount(4, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us"), ThreadCount.Resolve(0, Sources(slurm: null, CgroupV1)));

    [Fact]
    public void Then_the_cores() => Assert.Equal(new ThreadCount(16, "processor cores"), ThreadCount.Resolve(0, Sources(slurm: null, [])));

    [Fact]
    public void A_share_larger_than_the_machine_is_the_machine() =>
        Assert.Equal(new ThreadCount(2, "processor cores"), ThreadCount.Resolve(0, Sources(slurm: null, CgroupV2) with { Cores = 2 }));

    [Theory]
    [InlineData("0")]
    [InlineData("-2")]
    [InlineData("many")]
    [InlineData("")]
    public void What_is_no_number_of_threads_in_slurms_variable_is_passed_over(string slurm) =>
        Assert.Equal("processor cores", ThreadCount.Resolve(0, Sources(slurm, [])).Source);

    [Theory]
    [InlineData("-1 100000")]
    [InlineData("100000")]
    [InlineData("a b")]
    [InlineData("100000 0")]
    [InlineData("")]
    public void A_cgroup_file_that_sets_no_limit_is_passed_over(string text) =>
        Assert.Equal("processor cores", ThreadCount.Resolve(0, Sources(null, new() { ["/proc/self/cgroup"] = "0::/", ["/sys/fs/cgroup/cpu.max"] = text })).Source);

    [Fact]
    public void A_negative_number_is_a_usage_error() =>
        Assert.Contains("--threads: -1 is negative", Assert.Throws<UsageException>(() => ThreadCount.Resolve(-1)).Message, StringComparison.Ordinal);

    private static ThreadSources Sources(string? slurm, Dictionary<string, string> files) =>
        new(name => name == "SLURM_CPUS_PER_TASK" ? slurm : null, path => files.GetValueOrDefault(path), 16);
}
