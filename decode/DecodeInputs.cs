using UnetSpikes.Core;
using UnetSpikes.Data;

namespace UnetSpikes.Decode;

/// <summary>What is decoded from, and to what: a model's rates beside the counts and targets of the same trials and bins.</summary>
public sealed record DecodeInputs
{
    /// <summary>The file of rates, as given.</summary>
    public required string RatesPath { get; init; }

    /// <summary>The data set with counts and targets, as given.</summary>
    public required string TargetsPath { get; init; }

    /// <summary>Width of a bin in milliseconds.</summary>
    public required double BinWidthMs { get; init; }

    /// <summary>The units of the rates, in order.</summary>
    public required IReadOnlyList<string> UnitIds { get; init; }

    /// <summary>Trials to fit on.</summary>
    public required DecodeTrials Train { get; init; }

    /// <summary>Trials to be judged on.</summary>
    public required DecodeTrials Valid { get; init; }

    /// <summary>SHA-256 of the file of rates, hexadecimal.</summary>
    public required string RatesHash { get; init; }

    /// <summary>SHA-256 of the data set, hexadecimal.</summary>
    public required string TargetsHash { get; init; }

    /// <summary>Where the rates come from, as their file says (JSON).</summary>
    public required string RatesProvenanceJson { get; init; }

    /// <summary>Reads both files and checks that they are about the same trials and bins.</summary>
    /// <param name="ratesPath">A rates file with <c>train_rates</c> and <c>valid_rates</c>.</param>
    /// <param name="targetsPath">An LFADS-style file with counts, <c>train_latents</c> and <c>valid_latents</c>.</param>
    /// <exception cref="DataFormatException">A file or a key is missing or malformed, or the files do not fit each other.</exception>
    public static DecodeInputs Read(string ratesPath, string targetsPath)
    {
        RatesHeader header;
        TrialTensor trainRates;
        TrialTensor validRates;
        using (RatesFile file = RatesFile.Open(ratesPath))
        {
            header = file.Header;
            trainRates = file.ReadTrials("train_rates");
            validRates = file.ReadTrials("valid_rates");
        }

        SpikeDataset dataset = LfadsFile.Read(targetsPath);
        if (dataset.BinWidthMs is { } width && Math.Abs(width - header.BinWidthMs) > 1e-6 * width)
        {
            throw new DataFormatException(ratesPath, "/@bin_ms", $"is {header.BinWidthMs} ms, expected the {width} ms of {targetsPath}");
        }

        return new DecodeInputs
        {
            RatesPath = ratesPath,
            TargetsPath = targetsPath,
            BinWidthMs = header.BinWidthMs,
            UnitIds = header.UnitIds,
            Train = Join(trainRates, dataset.Train, "train"),
            Valid = Join(validRates, dataset.Valid, "valid"),
            RatesHash = DecoderFile.Hash(ratesPath),
            TargetsHash = DecoderFile.Hash(targetsPath),
            RatesProvenanceJson = header.ProvenanceJson,
        };

        DecodeTrials Join(TrialTensor rates, SpikeSplit split, string name)
        {
            TrialTensor targets = split.Latents
                ?? throw new DataFormatException(targetsPath, $"/{name}_latents", "is missing, expected targets [trial, bin, dimension]");
            if (targets.Units == 0)
            {
                throw new DataFormatException(targetsPath, $"/{name}_latents", "has no dimension, expected targets [trial, bin, dimension]");
            }

            if (rates.Trials != targets.Trials || rates.Bins != targets.Bins)
            {
                throw new DataFormatException(
                    ratesPath, $"/{name}_rates", $"is {rates}, expected the {targets.Trials} trials of {targets.Bins} bins of {targetsPath}");
            }

            return new DecodeTrials(split.Counts, rates, targets);
        }
    }
}

/// <summary>One half of the data, trial by trial and bin by bin.</summary>
/// <param name="Counts">Spikes per bin, [trial, bin, unit]; NaN = not recorded.</param>
/// <param name="Rates">The model's rates in spikes per bin, same trials and bins; NaN = not known.</param>
/// <param name="Targets">What is decoded, [trial, bin, dimension]; NaN = not known.</param>
public sealed record DecodeTrials(TrialTensor Counts, TrialTensor Rates, TrialTensor Targets);
