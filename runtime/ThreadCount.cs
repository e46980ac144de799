using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Runtime;

/// <summary>How many threads compute, and who said so.</summary>
/// <param name="Count">At least 1.</param>
/// <param name="Source">For the user: <c>--threads</c>, <c>SLURM_CPUS_PER_TASK</c>, the cgroup's file, or the number of cores.</param>
/// <remarks>Always given to ONNX Runtime explicitly: left to itself it pins a thread to each core of the machine, which freezes or fails
/// inside a Slurm allocation (onnxruntime #8313, #10736).</remarks>
public sealed record ThreadCount(int Count, string Source)
{
    /// <summary>Finds the number: asked for, else Slurm's, else the cgroup's share (rounded up), else all cores.</summary>
    /// <param name="requested">As given by <c>--threads</c>; 0 = find out.</param>
    /// <exception cref="UsageException"><paramref name="requested"/> is negative.</exception>
    public static ThreadCount Resolve(int requested) => Resolve(requested, ThreadSources.OfThisProcess);

    internal static ThreadCount Resolve(int requested, ThreadSources sources)
    {
        if (requested < 0)
        {
            throw new UsageException("--threads", $"{requested} is negative, expected a number of threads, or 0 to find out");
        }

        if (requested > 0)
        {
            return new ThreadCount(requested, "--threads");
        }

        if (int.TryParse(sources.Variable("SLURM_CPUS_PER_TASK"), NumberStyles.None, CultureInfo.InvariantCulture, out int slurm) && slurm > 0)
        {
            return new ThreadCount(slurm, "SLURM_CPUS_PER_TASK");
        }

        return CgroupShare.Find(sources.File) is (double cores, string file) && (int)Math.Ceiling(cores) < sources.Cores
            ? new ThreadCount((int)Math.Ceiling(cores), file)
            : new ThreadCount(sources.Cores, "processor cores");
    }
}

/// <summary>Where the number of threads is looked up; tests put their own in.</summary>
/// <param name="Variable">An environment variable's value, or null.</param>
/// <param name="File">A file's text, or null where it cannot be read.</param>
/// <param name="Cores">Processors this process may use.</param>
internal sealed record ThreadSources(Func<string, string?> Variable, Func<string, string?> File, int Cores)
{
    public static ThreadSources OfThisProcess { get; } =
        new(Environment.GetEnvironmentVariable, ReadOrNull, Environment.ProcessorCount);

    private static string? ReadOrNull(string path)
    {
        try
        {
            return System.IO.File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
