using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Configuration;
using UnetSpikes.Models;

namespace UnetSpikes.Export;

/// <summary>The counts an export is verified on.</summary>
/// <param name="Description">Where they come from, for the report.</param>
/// <param name="Counts">Spikes per bin, [trial, bin, unit], of what the model sees; 0 where nothing was recorded.</param>
/// <param name="Rates">True rates of the same in spikes per bin; null where unknown.</param>
/// <param name="IsReal">Whether a recording or simulation gave them, or only a random number generator.</param>
public sealed record VerificationData(string Description, TrialTensor Counts, TrialTensor? Rates, bool IsReal)
{
    /// <summary><see cref="Counts"/> with NaN where nothing was recorded.</summary>
    public TrialTensor Recorded { get; init; } = Counts;

    private const int SyntheticTrials = 16;
    private const int SyntheticBins = 100;

    /// <summary>The validation trials a checkpoint was judged on, read as its own configuration says; made-up counts where they are not to be had.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="path">The file the user names; null = the one the checkpoint names.</param>
    /// <param name="warn">Told why real data could not be used.</param>
    /// <exception cref="UsageException">The user's file is not the one the model was trained on.</exception>
    /// <exception cref="DataFormatException">It cannot be read.</exception>
    public static VerificationData For(Checkpoint checkpoint, string? path, Action<string> warn)
    {
        string file = path ?? checkpoint.Data.Path;
        if (path is null && !File.Exists(file))
        {
            warn($"{file}, which the model was trained on, is not there: verifying with made-up counts; --data FILE says where it is");
            return Synthetic(checkpoint.Model.CountChannels);
        }

        SpikeDataset dataset = SpikeDataset.Read(file, ReadingOptions(checkpoint));
        if (dataset.Fingerprint != checkpoint.Data.Fingerprint)
        {
            string problem = $"its counts are not those the model was trained on (SHA-256 {dataset.Fingerprint[..12]}…, expected {checkpoint.Data.Fingerprint[..12]}…)";
            if (path is not null)
            {
                throw new UsageException("--data", $"{file}: {problem}");
            }

            warn($"{file}: {problem}: verifying with made-up counts");
            return Synthetic(checkpoint.Model.CountChannels);
        }

        SpikeSplit valid = dataset.Valid;
        ObservedPart seen = checkpoint.Model.ObservedOf(valid.Counts);
        TrialTensor counts = seen.Of(valid.Counts);
        return new VerificationData(
            $"{valid.Counts.Trials} validation trials of {Path.GetFileName(file)}", counts.WithZerosForGaps(), valid.Rates is null ? null : seen.Of(valid.Rates), IsReal: true)
        {
            Recorded = counts,
        };
    }

    /// <summary>Poisson counts around 0.2 per bin, the same every time.</summary>
    /// <param name="units">Units.</param>
    public static VerificationData Synthetic(int units)
    {
        var rng = new Rng(1, "verification");
        var counts = new TrialTensor(SyntheticTrials, SyntheticBins, units);
        foreach (ref float count in counts.Values.AsSpan())
        {
            // Poisson by the product of uniforms (Knuth): exp(−0.2) = 0.8187.
            for (double product = rng.NextDouble(); product > 0.8187; product *= rng.NextDouble())
            {
                count++;
            }
        }

        return new VerificationData("made-up Poisson counts of 0.2 per bin; no real data was at hand", counts, null, IsReal: false);
    }

    /// <summary>Counts of any size: the trials one after another in time, from the start again when they end.</summary>
    /// <param name="trials">Trials wanted.</param>
    /// <param name="bins">Bins wanted.</param>
    public TrialTensor Window(int trials, int bins)
    {
        int units = Counts.Units;
        var window = new TrialTensor(trials, bins, units);
        for (int i = 0; i < window.Values.Length; i++)
        {
            window.Values[i] = Counts.Values[i % Counts.Values.Length];
        }

        return window;
    }

    private static LfadsOptions ReadingOptions(Checkpoint checkpoint) => checkpoint.Run.TryGetValue("config", out string? yaml)
        ? LfadsOptions.OfRun(ConfigFile.Parse(yaml, "the checkpoint's configuration"))
        : new LfadsOptions();
}
