using UnetSpikes.Core;
using UnetSpikes.Hdf5;

namespace UnetSpikes.Data.Synthetic;

/// <summary>A simulated data set with the truth behind it, ready to be written as an LFADS-style file.</summary>
/// <param name="Dataset">Counts, true rates and true latents.</param>
/// <param name="WriteOptions">Conversion factor, generator and the simulator's own parameters.</param>
public sealed record Simulation(SpikeDataset Dataset, LfadsWriteOptions WriteOptions)
{
    /// <summary>Writes the file.</summary>
    /// <param name="path">The new file; replaced whole.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void Write(string path) => LfadsFile.Write(path, Dataset, WriteOptions);

    /// <summary>The same simulation as a problem of co-smoothing: its last units held out, the last bins of every trial forward bins.</summary>
    /// <param name="heldOut">Units held out, from 0 to one less than there are.</param>
    /// <param name="forwardBins">Forward bins, from 0 to one less than a trial has.</param>
    /// <exception cref="UsageException">Nothing would be left to see.</exception>
    public Simulation WithHeldOut(int heldOut, int forwardBins)
    {
        (int units, int bins) = (Dataset.UnitIds.Count, Dataset.Train.Counts.Bins);
        SimulationOptions.Require(heldOut >= 0 && heldOut < units, "--heldout", heldOut, $"0 to {units - 1}, fewer than the {units} units");
        SimulationOptions.Require(forwardBins >= 0 && forwardBins < bins, "--forward-bins", forwardBins, $"0 to {bins - 1}, fewer than the {bins} bins of a trial");
        return this with { Dataset = Dataset with { HeldInUnits = units - heldOut, ForwardBins = forwardBins } };
    }

    /// <summary>Writes the file with the benchmark's keys.</summary>
    /// <param name="path">The new file; replaced whole.</param>
    /// <param name="name">The data set's name, such as <c>lorenz</c>.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void WriteNlb(string path, string name) => NlbFile.Write(path, Dataset, name, WriteOptions);

    /// <summary>Draws a Poisson count for every rate and splits the trials.</summary>
    /// <param name="generator">What made the rates, with all parameters.</param>
    /// <param name="rates">Spikes per bin, [trial, bin, unit].</param>
    /// <param name="latents">[trial, bin, dimension].</param>
    /// <param name="conditions">Each trial's condition.</param>
    /// <param name="isValid">Whether a trial, by its index, is for validation.</param>
    /// <param name="binWidthMs">Width of a bin.</param>
    /// <param name="seed">The simulation's seed; counts have a stream of their own.</param>
    internal static SpikeDataset Spikes(
        string generator, TrialTensor rates, TrialTensor latents, int[] conditions, Func<int, bool> isValid, double binWidthMs, ulong seed)
    {
        var counts = new TrialTensor(rates.Trials, rates.Bins, rates.Units);
        var rng = new Rng(seed, "spike counts");
        for (int i = 0; i < counts.Values.Length; i++)
        {
            counts.Values[i] = rng.NextPoisson(rates.Values[i]);
        }

        var all = new SpikeSplit
        {
            Counts = counts,
            Rates = rates,
            Latents = latents,
            TrialIds = [.. Enumerable.Range(0, rates.Trials)],
            Conditions = conditions,
        };
        ILookup<bool, int> halves = Enumerable.Range(0, rates.Trials).ToLookup(isValid);
        SpikeSplit train = all.Take([.. halves[false]]), valid = all.Take([.. halves[true]]);
        return new SpikeDataset
        {
            Path = generator,
            BinWidthMs = binWidthMs,
            UnitIds = SpikeDataset.NumberedUnits(rates.Units),
            Train = train,
            Valid = valid,
            Fingerprint = SpikeDataset.FingerprintOf(train.Counts, valid.Counts),
        };
    }

    /// <summary>The parameters that both generators of the LFADS release write.</summary>
    internal static void WriteParameters(Hdf5File file, int repeats, double trainFraction)
    {
        file.WriteNumber<long>("/nreplications", repeats);
        file.WriteNumber("/train_percentage", trainFraction);
    }
}
