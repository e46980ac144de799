using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>The Neural Latents Benchmark's tensors in HDF5, as <c>prep</c> and nlb_tools' <c>make_tensors</c> write them (docs/formats.md).</summary>
/// <remarks>
/// Four tensors become one per split, [trial, bin, unit]: held-in units first, then held-out ones; the bins of the window first, then the forward
/// bins. What of it a model may see is <see cref="SpikeDataset.Observed"/>. NaN = not recorded.
/// </remarks>
public static partial class NlbFile
{
    /// <summary>Of the training trials, where the file has none to validate on.</summary>
    private const double ValidShare = 0.2;

    /// <summary>Whether a file's keys are the benchmark's.</summary>
    /// <param name="path">An HDF5 file.</param>
    /// <exception cref="DataFormatException">It is none.</exception>
    public static bool Is(string path)
    {
        using Hdf5File file = Hdf5File.OpenRead(path);
        return NlbTensors.Word(file) is not null;
    }

    /// <summary>The group of a data set in target and submission files: <c>mc_maze</c> at 5 ms, <c>mc_maze_20</c> at 20.</summary>
    /// <param name="name">The data set's name.</param>
    /// <param name="binWidthMs">Width of a bin.</param>
    public static string GroupName(string name, double binWidthMs) =>
        binWidthMs == 5 ? name : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}_{binWidthMs:0.######}");

    /// <summary>Reads a file's training trials, and those to validate on: the evaluation trials where the file has their held-out units, else a fifth of the training trials.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What to do with it; null = nothing beyond reading.</param>
    /// <exception cref="DataFormatException">A key is missing or of a shape that does not fit the others, or counts are no counts.</exception>
    /// <exception cref="UsageException">An option that does not fit the file.</exception>
    public static SpikeDataset Read(string path, LfadsOptions? options = null)
    {
        options ??= new LfadsOptions();
        using var tensors = NlbTensors.Open(path, options.EvalFileName);
        NlbSizes sizes = tensors.Sizes();
        SpikeSplit train = Split(tensors, "train", sizes, options, firstId: 0);
        SpikeSplit? eval = tensors.HasTargets ? Split(tensors, "eval", sizes, options, firstId: train.Counts.Trials) : null;
        string? note = null;
        SpikeSplit valid;
        if (eval is not null)
        {
            valid = eval;
        }
        else
        {
            int trials = train.Counts.Trials;
            (train, valid) = HoldOut(path, train);
            note = $"{path} has no evaluation trials with held-out units: {valid.Counts.Trials} of its {trials} training trials are for validation, the same ones each time";
        }

        string fingerprint = SpikeDataset.FingerprintOf(train.Counts, valid.Counts);
        if (options.IgnoreForward && sizes.ForwardBins > 0)
        {
            (train, valid) = (WithoutForward(train, sizes.ForwardBins), WithoutForward(valid, sizes.ForwardBins));
            sizes = sizes with { ForwardBins = 0 };
        }

        if (options.TrialLength > 0 && sizes.ForwardBins > 0)
        {
            throw new UsageException("MODEL.TRIAL_LENGTH", $"is {options.TrialLength}, expected 0 where trials end in {sizes.ForwardBins} forward bins (or DATA.IGNORE_FORWARD true)");
        }

        return new SpikeDataset
        {
            Path = path,
            BinWidthMs = tensors.BinWidthMs,
            UnitIds = tensors.UnitIds(sizes.HeldIn + sizes.HeldOut),
            HeldInUnits = sizes.HeldIn,
            ForwardBins = sizes.ForwardBins,
            Train = options.Apply(train, isTraining: true),
            Valid = options.Apply(valid, isTraining: false),
            Fingerprint = fingerprint,
            Note = note,
        };
    }

    private static SpikeSplit Split(NlbTensors tensors, string split, NlbSizes sizes, LfadsOptions options, int firstId)
    {
        TrialTensor counts = tensors.Joined(split, sizes);
        return new SpikeSplit
        {
            Counts = counts,
            Rates = tensors.Truth($"/{split}_truth", counts, options.ConversionFactor),
            TrialIds = [.. Enumerable.Range(firstId, counts.Trials)],
        };
    }

    /// <summary>Some training trials for validation, whatever the run's seed: members of an ensemble must not learn from those that judge it.</summary>
    private static (SpikeSplit Train, SpikeSplit Valid) HoldOut(string path, SpikeSplit all)
    {
        int trials = all.Counts.Trials;
        if (trials < 2)
        {
            throw new DataFormatException(path, "/train_spikes_heldin", $"has {trials} trials, expected at least 2 where some of them are for validation");
        }

        int[] order = [.. Enumerable.Range(0, trials)];
        new Rng(1, "validation trials").Shuffle<int>(order);
        int held = Math.Max(1, (int)Math.Round(ValidShare * trials));
        return (all.Take([.. order[held..].Order()]), all.Take([.. order[..held].Order()]));
    }

    private static SpikeSplit WithoutForward(SpikeSplit split, int forwardBins) => split with
    {
        Counts = split.Counts.Part(..^forwardBins, ..),
        Rates = split.Rates?.Part(..^forwardBins, ..),
    };
}
