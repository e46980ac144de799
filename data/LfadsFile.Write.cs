using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <summary>What a written LFADS-style file says besides the data set itself.</summary>
public sealed record LfadsWriteOptions
{
    /// <summary>Truth is written as rates (spikes per bin) times this, and divided by it again when read.</summary>
    public double ConversionFactor { get; init; } = 1;

    /// <summary>Attribute <c>generator</c>: what made the file; null = none.</summary>
    public string? Generator { get; init; }

    /// <summary>Writes further datasets; null = none.</summary>
    public Action<Hdf5File>? WriteMore { get; init; }

    /// <summary>gzip's level for the large arrays, 1 … 9.</summary>
    public int GzipLevel { get; init; } = 4;
}

/// <content>Writing.</content>
public static partial class LfadsFile
{
    /// <summary>Writes a data set with the keys and types of the LFADS release: int64 counts, float64 truth, chunked by trials, gzip and shuffle.</summary>
    /// <param name="path">The new file; replaced whole, never in part.</param>
    /// <param name="dataset">What to write; <see cref="SpikeDataset.Path"/> is not used.</param>
    /// <param name="options">Conversion factor and extras; null = the defaults.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Write(string path, SpikeDataset dataset, LfadsWriteOptions? options = null)
    {
        options ??= new LfadsWriteOptions();
        using var pending = new PendingFile(path);
        using (Hdf5File file = Hdf5File.Create(pending.TemporaryPath))
        {
            WriteSplit(file, "train", dataset.Train, options);
            WriteSplit(file, "valid", dataset.Valid, options);
            if (dataset.Train.Rates is not null || dataset.Valid.Rates is not null)
            {
                file.WriteNumber("/conversion_factor", options.ConversionFactor);
            }

            if (dataset.BinWidthMs is double width)
            {
                file.WriteNumber("/dt", width / 1000);
            }

            if (!dataset.UnitIds.SequenceEqual(SpikeDataset.NumberedUnits(dataset.UnitIds.Count)))
            {
                file.WriteStrings("/unit_ids", dataset.UnitIds);
            }

            if (options.Generator is { } generator)
            {
                file.WriteAttribute("/", "generator", generator);
            }

            options.WriteMore?.Invoke(file);
            file.Flush();
        }

        pending.Commit();
    }

    private static void WriteSplit(Hdf5File file, string split, SpikeSplit data, LfadsWriteOptions options)
    {
        WriteTensor(file, $"/{split}_data", Hdf5Type.Int64, data.Counts, 1, options.GzipLevel);
        if (data.Rates is { } rates)
        {
            WriteTensor(file, $"/{split}_truth", Hdf5Type.Double, rates, options.ConversionFactor, options.GzipLevel);
        }

        if (data.Latents is { } latents)
        {
            WriteTensor(file, $"/{split}_latents", Hdf5Type.Single, latents, 1, options.GzipLevel);
        }

        file.Write<long>($"/{split}_inds", [data.TrialIds.Length], [.. data.TrialIds.Select(id => (long)id)]);
        if (data.Conditions is { } conditions)
        {
            file.Write<long>($"/condition_labels_{split}", [conditions.Length], [.. conditions.Select(c => (long)c)]);
        }
    }

    /// <summary>Trial by trial, so that the float64 copy stays small.</summary>
    internal static void WriteTensor(Hdf5File file, string key, Hdf5Type type, TrialTensor tensor, double factor, int gzipLevel)
    {
        long[] shape = [tensor.Trials, tensor.Bins, tensor.Units];
        Hdf5Storage storage = Hdf5Storage.Compressed([tensor.Trials, tensor.Bins, tensor.Units], type.Size, gzipLevel);
        Hdf5Dataset dataset = file.CreateDataset(key, type, shape, storage);
        int step = storage.Chunk?[0] ?? 1;
        int perTrial = tensor.Bins * tensor.Units;
        var buffer = new double[step * perTrial];
        for (int trial = 0; trial < tensor.Trials; trial += step)
        {
            int trials = Math.Min(step, tensor.Trials - trial);
            ReadOnlySpan<float> values = tensor.Values.AsSpan(trial * perTrial, trials * perTrial);
            for (int i = 0; i < values.Length; i++)
            {
                buffer[i] = values[i] * factor;
            }

            dataset.WriteSlice<double>([trial, 0, 0], [trials, tensor.Bins, tensor.Units], buffer.AsSpan(0, values.Length));
        }
    }
}
