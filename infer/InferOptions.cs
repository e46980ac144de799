using UnetSpikes.Core;
using UnetSpikes.Infer.Files;

namespace UnetSpikes.Infer;

/// <summary>What is run over what, and how.</summary>
public sealed record InferOptions
{
    /// <summary>Windows of recordings longer than this are cut; the halo is 5 % of it for the 3-level UNet.</summary>
    public const int DefaultWindowBins = 2048;

    /// <summary>The exported model.</summary>
    public required string ModelPath { get; init; }

    /// <summary>HDF5 files with counts, folders of such files, patterns.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Whether a recording's rates are written as NWB too, <c>NAME.rates.nwb</c> beside <c>NAME.rates.h5</c>.</summary>
    public bool ToNwb { get; init; }

    /// <summary>The folder that receives <c>NAME.rates.h5</c> for each input.</summary>
    public required string OutFolder { get; init; }

    /// <summary>Keys of the arrays to use, such as <c>valid_data</c>; empty = all arrays of counts.</summary>
    public IReadOnlyList<string> Arrays { get; init; } = [];

    /// <summary>Trials or windows computed at once, at least 1; null = 64, fewer where they are large.</summary>
    public int? Batch { get; init; }

    /// <summary>Trials longer than this many bins are cut into windows; rounded up to what the model's grid and halo need.</summary>
    public int WindowBins { get; init; } = DefaultWindowBins;

    /// <summary>Width of the inputs' bins in ms, for files that do not say; null = the files must say.</summary>
    public double? BinWidthMs { get; init; }

    /// <summary>What may differ between a file's units and the model's.</summary>
    public UnitPolicy Units { get; init; }

    /// <summary>The model's bottleneck is written too.</summary>
    public bool Latents { get; init; }

    /// <summary>The share of the inputs that this process does.</summary>
    public Shard Shard { get; init; } = Shard.Whole;

    /// <summary>Everything is done again, finished or not, and outputs that exist are overwritten.</summary>
    public bool Force { get; init; }

    /// <summary>As <c>--device</c> says it.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>0 = as many as the job was given.</summary>
    public int Threads { get; init; }

    /// <summary>Every problem with these options; empty when there is none.</summary>
    public IReadOnlyList<UsageException> Validate()
    {
        var problems = new List<UsageException>();
        if (Batch is < 1)
        {
            problems.Add(new("--batch", $"is {Batch}, expected at least 1"));
        }

        if (WindowBins < 1)
        {
            problems.Add(new("--window", $"is {WindowBins}, expected at least 1 bin"));
        }

        if (BinWidthMs is { } width && !(width > 0 && double.IsFinite(width)))
        {
            problems.Add(new("--bin-ms", "expected a width above 0"));
        }

        return problems;
    }
}
