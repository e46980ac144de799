using UnetSpikes.Core;

namespace UnetSpikes.Infer.Nlb;

/// <summary>What a submission to the Neural Latents Benchmark is made of.</summary>
public sealed record NlbOptions
{
    /// <summary>The exported model; null where smoothing takes its place.</summary>
    public string? ModelPath { get; init; }

    /// <summary>Width in ms of the Gaussian that takes the model's place; null = the model.</summary>
    public double? SmoothMs { get; init; }

    /// <summary>Penalty of the regression from smoothed counts; null = chosen on training trials.</summary>
    public double? Alpha { get; init; }

    /// <summary>The file with the benchmark's tensors.</summary>
    public required string Input { get; init; }

    /// <summary>The submission.</summary>
    public required string Output { get; init; }

    /// <summary>The data set's name, where the file does not say or says another.</summary>
    public string? Dataset { get; init; }

    /// <summary>Width of the input's bins in ms, for files that do not say.</summary>
    public double? BinWidthMs { get; init; }

    /// <summary>An output that exists is overwritten.</summary>
    public bool Force { get; init; }

    /// <summary>As <c>--device</c> says it.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>0 = as many as the job was given.</summary>
    public int Threads { get; init; }

    /// <summary>Insists on options that fit each other.</summary>
    /// <exception cref="UsageException">They do not.</exception>
    public void Require()
    {
        if (ModelPath is null == SmoothMs is null)
        {
            throw new UsageException("--nlb", "expected either --model FILE.onnx or --smooth MS, for the baseline without a model");
        }

        if (SmoothMs is double width && !(width > 0 && double.IsFinite(width)))
        {
            throw new UsageException("--smooth", "expected a width in milliseconds above 0");
        }

        if (Alpha is double alpha && !(alpha > 0 && double.IsFinite(alpha)))
        {
            throw new UsageException("--alpha", "expected a penalty above 0");
        }

        if (Alpha is not null && SmoothMs is null)
        {
            throw new UsageException("--alpha", "is the penalty of --smooth; expected that too");
        }

        if (File.Exists(Output) && !Force)
        {
            throw new UsageException("--out", $"{Output} exists; --force overwrites it");
        }

        if (Directory.Exists(Output))
        {
            throw new UsageException("--out", $"{Output} is a folder, expected a file such as submission.h5");
        }

        if (Path.GetFullPath(Output) == Path.GetFullPath(Input))
        {
            throw new UsageException("--out", $"{Output} is the input, which is never changed; expected another file");
        }
    }
}
