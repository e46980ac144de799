using UnetSpikes.Core;

namespace UnetSpikes.Data;

/// <summary>What a submission to the Neural Latents Benchmark is made from: counts to infer rates from, and how they are called.</summary>
public sealed record NlbInput
{
    /// <summary>The file, as given.</summary>
    public required string Path { get; init; }

    /// <summary>The data set's name, attribute <c>dataset</c>; null when the file does not say.</summary>
    public string? DatasetName { get; init; }

    /// <summary>Width of a bin in milliseconds; null when the file does not say.</summary>
    public double? BinWidthMs { get; init; }

    /// <summary>The units, held-in ones first; null when the file does not name them.</summary>
    public IReadOnlyList<string>? UnitIds { get; init; }

    /// <summary>What may be seen of every trial.</summary>
    public required ObservedPart Observed { get; init; }

    /// <summary>Whole training trials, [trial, bin, unit]; NaN where nothing was recorded.</summary>
    public required TrialTensor Train { get; init; }

    /// <summary>Whole evaluation trials; NaN where nothing is known, which is all but what may be seen where the file has no targets.</summary>
    public required TrialTensor Eval { get; init; }

    /// <summary>Reads a file with the benchmark's tensors.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataFormatException">A key is missing or of a shape that does not fit the others.</exception>
    public static NlbInput Read(string path)
    {
        using var tensors = NlbTensors.Open(path, null);
        NlbSizes sizes = tensors.Sizes();
        TrialTensor train = tensors.Joined("train", sizes);
        return new NlbInput
        {
            Path = path,
            DatasetName = tensors.DatasetName,
            BinWidthMs = tensors.BinWidthMs,
            UnitIds = tensors.OwnUnitIds(sizes.HeldIn + sizes.HeldOut),
            Observed = new ObservedPart(train.Bins - sizes.ForwardBins, sizes.HeldIn),
            Train = train,
            Eval = tensors.Joined("eval", sizes),
        };
    }
}
