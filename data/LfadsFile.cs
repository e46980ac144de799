using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>The LFADS release's HDF5 files, as NDT and the ancestor use them (docs/formats.md).</summary>
public static partial class LfadsFile
{
    /// <summary>Reads a file's training and validation trials.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What to do with it; null = nothing beyond reading.</param>
    /// <exception cref="DataFormatException">
    /// Not an HDF5 file, cut short, a key missing or of the wrong shape, counts that are no counts, truth without a conversion factor.
    /// </exception>
    /// <exception cref="UsageException">An option that does not fit the file.</exception>
    public static SpikeDataset Read(string path, LfadsOptions? options = null)
    {
        options ??= new LfadsOptions();
        using Hdf5File file = Hdf5File.OpenRead(path);
        SpikeSplit train = ReadSplit(file, "train", options.ConversionFactor, firstId: 0);
        SpikeSplit valid = ReadSplit(file, "valid", options.ConversionFactor, firstId: train.Counts.Trials);
        RequireAlike(path, train, valid);
        string fingerprint = SpikeDataset.FingerprintOf(train.Counts, valid.Counts);
        if (options.MergeTrainValid)
        {
            train = MergeSplits(file, train, valid);
        }

        int units = train.Counts.Units;
        IReadOnlyList<string> unitIds = Shapes.ReadUnitIds(file) ?? SpikeDataset.NumberedUnits(units);
        if (unitIds.Count != units)
        {
            throw new DataFormatException(path, "/unit_ids", $"names {unitIds.Count} units, expected {units}");
        }

        return new SpikeDataset
        {
            Path = path,
            BinWidthMs = Shapes.ReadBinWidthMs(file),
            UnitIds = unitIds,
            Train = options.Apply(train, isTraining: true),
            Valid = options.Apply(valid, isTraining: false),
            Fingerprint = fingerprint,
        };
    }

    private static SpikeSplit MergeSplits(Hdf5File file, SpikeSplit train, SpikeSplit valid)
    {
        const string TrainKey = "/train_inds", ValidKey = "/valid_inds";
        bool hasIndices = file.HasDataset(TrainKey) && file.HasDataset(ValidKey);
        bool fit = hasIndices && file.Dataset(TrainKey).Count == train.Counts.Trials && file.Dataset(ValidKey).Count == valid.Counts.Trials;
        if (hasIndices && !fit)
        {
            // The release's "priors" files hold the same trials twice, with indices of another file.
            return train.Counts.Values.AsSpan().SequenceEqual(valid.Counts.Values)
                ? train
                : throw file.Dataset(TrainKey).Error(
                    $"and {ValidKey} have {file.Dataset(TrainKey).Count} and {file.Dataset(ValidKey).Count} indices, expected one for each of the {train.Counts.Trials} and {valid.Counts.Trials} trials to be merged");
        }

        return LfadsMerge.Merge(file.Path, train, valid, hasIndices);
    }

    private static SpikeSplit ReadSplit(Hdf5File file, string split, double? factor, int firstId)
    {
        TrialTensor counts = CountsReader.ReadAll(file.Dataset($"/{split}_data"));
        string inds = $"/{split}_inds";
        string labels = $"/condition_labels_{split}";
        return new SpikeSplit
        {
            Counts = counts,
            Rates = ReadTruth(file, $"/{split}_truth", $"/{split}_data", counts, factor),
            Latents = ReadLatents(file, split, counts),
            // Indices that do not fit the data belong to something else (the release's priors files); then trials are numbered.
            TrialIds = file.HasDataset(inds) && file.Dataset(inds).Count == counts.Trials
                ? Shapes.ReadIntegers(file.Dataset(inds), counts.Trials)
                : [.. Enumerable.Range(firstId, counts.Trials)],
            Conditions = file.HasDataset(labels) ? Shapes.ReadIntegers(file.Dataset(labels), counts.Trials) : null,
        };
    }

    /// <summary>truth / conversion_factor = expected spikes per bin.</summary>
    internal static TrialTensor? ReadTruth(Hdf5File file, string key, string countsKey, TrialTensor counts, double? chosenFactor)
    {
        if (!file.HasDataset(key))
        {
            return null;
        }

        Hdf5Dataset truth = file.Dataset(key).RequireRank(3, "[trial, bin, unit]");
        if (truth.Shape[0] != counts.Trials || truth.Shape[1] != counts.Bins || truth.Shape[2] != counts.Units)
        {
            throw truth.Error($"has shape {truth.ShapeText}, expected that of {countsKey}, {counts}");
        }

        double factor = chosenFactor ?? ReadFactor(file, key);
        double[] values = truth.Read<double>();
        var rates = new float[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            if (!(values[i] >= 0 && double.IsFinite(values[i])))
            {
                throw truth.Error($"has {values[i].ToString(CultureInfo.InvariantCulture)} at element {i}, expected rates of at least 0");
            }

            rates[i] = (float)(values[i] / factor);
        }

        return new TrialTensor(counts.Trials, counts.Bins, counts.Units, rates);
    }

    private static double ReadFactor(Hdf5File file, string truthKey)
    {
        const string Key = "/conversion_factor";
        if (!file.HasDataset(Key))
        {
            throw new DataFormatException(
                file.Path, Key, $"is missing, so {truthKey} has no known unit; say with --conversion-factor what it is to be divided by to give spikes per bin");
        }

        double factor = file.ReadNumber(Key);
        return factor > 0 && double.IsFinite(factor)
            ? factor
            : throw new DataFormatException(file.Path, Key, $"is {factor.ToString(CultureInfo.InvariantCulture)}, expected a positive number");
    }

    private static TrialTensor? ReadLatents(Hdf5File file, string split, TrialTensor counts)
    {
        string key = $"/{split}_latents";
        if (!file.HasDataset(key))
        {
            return null;
        }

        TrialTensor latents = Shapes.ReadTensor(file.Dataset(key), "[trial, bin, dimension]");
        return latents.Trials == counts.Trials && latents.Bins == counts.Bins
            ? latents
            : throw file.Dataset(key).Error($"has shape {file.Dataset(key).ShapeText}, expected the trials and bins of /{split}_data, {counts}");
    }

    private static void RequireAlike(string path, SpikeSplit train, SpikeSplit valid)
    {
        if (train.Counts.Units != valid.Counts.Units)
        {
            throw new DataFormatException(
                path, "/valid_data", $"has {valid.Counts.Units} units where /train_data has {train.Counts.Units}, expected the same units in both");
        }
    }
}
