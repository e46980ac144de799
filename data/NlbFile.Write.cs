using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data;

/// <content>Writing simulated data sets.</content>
public static partial class NlbFile
{
    /// <summary>Writes a data set with the benchmark's keys, float32; validation trials are the evaluation trials, what they hide in the data set's group.</summary>
    /// <param name="path">The new file; replaced whole, never in part.</param>
    /// <param name="dataset">What to write; its bin width is known.</param>
    /// <param name="name">The data set's name.</param>
    /// <param name="options">Conversion factor and extras; null = the defaults.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Write(string path, SpikeDataset dataset, string name, LfadsWriteOptions? options = null)
    {
        options ??= new LfadsWriteOptions();
        double width = dataset.BinWidthMs ?? throw new ArgumentException("the width of a bin is not known", nameof(dataset));
        using var pending = new PendingFile(path);
        using (Hdf5File file = Hdf5File.Create(pending.TemporaryPath))
        {
            file.WriteAttribute("/", "dataset", name);
            file.WriteAttribute("/", "bin_ms", width);
            if (options.Generator is { } generator)
            {
                file.WriteAttribute("/", "generator", generator);
            }

            string group = "/" + GroupName(name, width);
            ObservedPart observed = dataset.Observed;
            Counts("/train", dataset.Train.Counts, targets: "/train");
            Counts("/eval", dataset.Valid.Counts, targets: group + "/eval");
            Truth("/train_truth", dataset.Train.Rates);
            Truth("/eval_truth", dataset.Valid.Rates);
            if (dataset.Train.Rates is not null || dataset.Valid.Rates is not null)
            {
                file.WriteNumber("/conversion_factor", options.ConversionFactor);
            }

            if (!dataset.UnitIds.SequenceEqual(SpikeDataset.NumberedUnits(dataset.UnitIds.Count)))
            {
                file.WriteStrings("/unit_ids", dataset.UnitIds);
            }

            options.WriteMore?.Invoke(file);
            file.Flush();

            void Counts(string seen, TrialTensor all, string targets)
            {
                Tensor(seen + "_spikes_heldin", observed.Of(all));
                Tensor(targets + "_spikes_heldout", observed.HeldOut(all));
                TrialTensor? forward = observed.Forward(all);
                Tensor(targets + "_spikes_heldin_forward", forward?.Part(.., ..observed.Units));
                Tensor(targets + "_spikes_heldout_forward", observed.Units < all.Units ? forward?.Part(.., observed.Units..) : null);
            }

            void Tensor(string key, TrialTensor? counts)
            {
                if (counts is not null)
                {
                    LfadsFile.WriteTensor(file, key, Hdf5Type.Single, counts, 1, options.GzipLevel);
                }
            }

            void Truth(string key, TrialTensor? rates)
            {
                if (rates is not null)
                {
                    LfadsFile.WriteTensor(file, key, Hdf5Type.Double, rates, options.ConversionFactor, options.GzipLevel);
                }
            }
        }

        pending.Commit();
    }
}
