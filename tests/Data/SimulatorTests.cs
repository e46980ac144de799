using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Synthetic;
using UnetSpikes.Hdf5;
using Xunit;

namespace UnetSpikes.Tests.Data;

/// <remarks>
/// Readout and network are drawn anew from each seed, and the statistics depend on the draw (the chaotic network's slow power by 0.22, one
/// standard deviation). So one simulation is compared with the family it belongs to: mean and standard deviation over 40 seeds of
/// the original recipes in numpy (tests/golden/data/simulator_family.py), to which the published-format files belong as well.
/// </remarks>
public class SimulatorTests
{
    /// <summary>Mean rate in Hz, spread of rates, power in (0, 2], (2, 5], (5, 10], (10, ∞) Hz: mean and standard deviation.</summary>
    private static readonly (double Mean, double Sd)[] LorenzFamily = [(8.1560, 0.5179), (0.9513, 0.0812), (0.1466, 0.0137), (0.2190, 0.0161), (0.3609, 0.0078), (0.2735, 0.0213)];

    private static readonly (double Mean, double Sd)[] ChaoticFamily = [(14.9887, 0.0523), (0.6711, 0.0434), (0.5165, 0.2211), (0.3700, 0.2103), (0.0832, 0.0811), (0.0303, 0.0164)];

    /// <summary>The same of the reference files' training trials (reference_statistics.py).</summary>
    private static readonly double[] LorenzReference = [7.6726, 0.8954, 0.1539, 0.2264, 0.3524, 0.2674];

    private static readonly double[] ChaoticReference = [14.9607, 0.6759, 0.8056, 0.1430, 0.0343, 0.0170];

    [Fact]
    public void Lorenz_spikes_have_the_statistics_of_the_recipe_and_of_the_reference_file() =>
        Belong(LorenzFamily, LorenzReference, seed => LorenzSimulator.Run(new LorenzOptions { Seed = seed, Trials = 390, Repeats = 6 }).Dataset);

    [Fact]
    public void Chaotic_spikes_have_the_statistics_of_the_recipe_and_of_the_reference_file() =>
        Belong(ChaoticFamily, ChaoticReference, seed => ChaoticRnnSimulator.Run(new ChaoticRnnOptions { Seed = seed, Trials = 390, Repeats = 3 }).Dataset);

    private static void Belong((double Mean, double Sd)[] family, double[] reference, Func<ulong, SpikeDataset> simulate)
    {
        const int Seeds = 4;
        var average = new double[family.Length];
        for (ulong seed = 1; seed <= Seeds; seed++)
        {
            SpikeStatistics statistics = SpikeStatistics.Of(simulate(seed));
            double[] values = [statistics.MeanRateHz, statistics.SpreadOfRates, .. statistics.BandPower];
            for (int i = 0; i < values.Length; i++)
            {
                Assert.InRange(values[i], family[i].Mean - (3.5 * family[i].Sd), family[i].Mean + (3.5 * family[i].Sd));
                average[i] += values[i] / Seeds;
            }

            // Poisson spikes have 1; the estimate from 5 (or 2) repeats of half a million bins has an error of 0.003.
            Assert.InRange(statistics.TrialToTrialFano, 0.985, 1.015);
        }

        for (int i = 0; i < average.Length; i++)
        {
            // A mean of four stays within two standard deviations of the family (four of its own).
            Assert.InRange(average[i], family[i].Mean - (2 * family[i].Sd), family[i].Mean + (2 * family[i].Sd));
            Assert.InRange(reference[i], family[i].Mean - (2 * family[i].Sd), family[i].Mean + (2 * family[i].Sd));
        }
    }

    [Fact]
    public void The_same_seed_gives_the_same_file_and_another_seed_another()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [.. new ulong[] { 3, 3, 4 }.Select((seed, i) =>
        {
            string path = folder.File($"{i}.h5");
            LorenzSimulator.Run(new LorenzOptions { Seed = seed, Trials = 20, Repeats = 5, Units = 4, DurationMs = 200 }).Write(path);
            return path;
        })];

        Assert.Equal(File.ReadAllBytes(paths[0]), File.ReadAllBytes(paths[1]));
        Assert.NotEqual(LfadsFile.Read(paths[0]).Fingerprint, LfadsFile.Read(paths[2]).Fingerprint);
    }

    [Fact]
    public void A_Lorenz_file_has_the_references_keys_units_and_split()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("lorenz.h5");
        Simulation simulation = LorenzSimulator.Run(new LorenzOptions { Trials = 15, Repeats = 4, Units = 3, DurationMs = 100 });
        simulation.Write(path);

        SpikeDataset read = LfadsFile.Read(path);
        using Hdf5File file = Hdf5File.OpenRead(path);

        Assert.Equal(
            ["condition_labels_train", "condition_labels_valid", "conversion_factor", "dt", "nreplications", "readout_W", "readout_b", "train_data",
                "train_inds", "train_latents", "train_percentage", "train_truth", "valid_data", "valid_inds", "valid_latents", "valid_truth"],
            file.Keys());
        Assert.Equal("int64", file.Dataset("/train_data").ElementType.ToString());
        Assert.Equal("float64", file.Dataset("/train_truth").ElementType.ToString());
        Assert.Equal(50, file.ReadNumber("/conversion_factor")); // truth in Hz, bins of 20 ms
        Assert.Equal(4, file.ReadNumber("/nreplications"));
        Assert.Equal(20, read.BinWidthMs);
        Assert.Equal([4, 9, 14], read.Valid.TrialIds);
        Assert.Equal([1, 2, 3], read.Valid.Conditions!);
        Assert.Equal(simulation.Dataset.Fingerprint, read.Fingerprint);
        Assert.Equal(simulation.Dataset.Train.Rates!.Values, read.Train.Rates!.Values);
        Assert.Equal(simulation.Dataset.Train.Latents!.Values, read.Train.Latents!.Values);
    }

    [Fact]
    public void A_Lorenz_units_log_rate_is_its_readout_of_the_latents()
    {
        // One bin per millisecond: nothing is averaged, so the link is exact.
        var options = new LorenzOptions { Trials = 5, Repeats = 1, Units = 6, DurationMs = 300, BinWidthMs = 1 };
        using var folder = new TemporaryFolder();
        string path = folder.File("lorenz.h5");
        LorenzSimulator.Run(options).Write(path);
        SpikeSplit train = LfadsFile.Read(path).Train;
        using Hdf5File file = Hdf5File.OpenRead(path);
        double[] readout = file.Dataset("/readout_W").Read<double>();

        for (int bin = 0; bin < 300; bin += 7)
        {
            for (int unit = 0; unit < 6; unit++)
            {
                double drive = Enumerable.Range(0, 3).Sum(d => train.Latents![2, bin, d] * readout[(d * 6) + unit]);
                Assert.Equal(Math.Log(5.0 / 1000) + drive, Math.Log(train.Rates![2, bin, unit]), 1e-5);
            }
        }

        Assert.All(readout, w => Assert.InRange(Math.Abs(w), 1, 2));
    }

    [Fact]
    public void A_chaotic_file_has_the_references_keys_units_and_split()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("chaotic.h5");
        ChaoticRnnSimulator.Run(new ChaoticRnnOptions { Trials = 20, Repeats = 10, Units = 8, DurationMs = 300 }).Write(path);

        SpikeDataset read = LfadsFile.Read(path);
        using Hdf5File file = Hdf5File.OpenRead(path);

        Assert.Equal(1 / 0.3, file.ReadNumber("/conversion_factor"), 1e-12);
        Assert.Equal([8, 9, 18, 19], read.Valid.TrialIds); // the last fifth of each condition, as in the release
        Assert.Equal(10, read.BinWidthMs);
        for (int unit = 0; unit < 8; unit++)
        {
            float[] rates = [.. Enumerable.Range(0, 30).Select(bin => read.Train.Rates![9, bin, unit])];
            Assert.Equal((0f, 0.3f), (rates.Min(), rates.Max())); // stretched to 0 … 30 Hz
        }

        // One step of the network from the states and weights in the file.
        double[] weights = file.Dataset("/W").Read<double>();
        TrialTensor x = read.Train.Latents!;
        double drive = Enumerable.Range(0, 8).Sum(from => weights[(3 * 8) + from] * Math.Tanh(x[5, 10, from]));
        Assert.Equal((0.6 * x[5, 10, 3]) + (0.4 * 1.5 * drive), x[5, 11, 3], 1e-5);
    }

    [Fact]
    public void Repeats_share_their_rates_and_not_their_spikes()
    {
        SpikeSplit train = ChaoticRnnSimulator.Run(new ChaoticRnnOptions { Trials = 20, Repeats = 10, Units = 8 }).Dataset.Train;

        Assert.Equal(train.Rates!.Trial(0).ToArray(), train.Rates.Trial(1).ToArray());
        Assert.NotEqual(train.Rates.Trial(0).ToArray(), train.Rates.Trial(8).ToArray());
        Assert.NotEqual(train.Counts.Trial(0).ToArray(), train.Counts.Trial(1).ToArray());
    }

    [Fact]
    public void Options_that_cannot_be_are_refused_by_name()
    {
        Assert.Equal("--trials: 4 cannot be, expected at least 5, every fifth is for validation", Refusal(() => LorenzSimulator.Run(new LorenzOptions { Trials = 4 })));
        Assert.Equal("--duration-ms: 990 cannot be, expected a multiple of the bin width, 20 ms", Refusal(() => LorenzSimulator.Run(new LorenzOptions { DurationMs = 990 })));
        Assert.StartsWith("--units: 0 ", Refusal(() => LorenzSimulator.Run(new LorenzOptions { Units = 0 })), StringComparison.Ordinal);
        Assert.StartsWith("--trials: 2000000000 ", Refusal(() => LorenzSimulator.Run(new LorenzOptions { Trials = 2_000_000_000 })), StringComparison.Ordinal);
        Assert.StartsWith("--base-rate: NaN ", Refusal(() => LorenzSimulator.Run(new LorenzOptions { BaseRateHz = double.NaN })), StringComparison.Ordinal);
        Assert.Equal("--bin-ms: 25 cannot be, expected less than the network's time constant, 25 ms", Refusal(() => ChaoticRnnSimulator.Run(new ChaoticRnnOptions { BinWidthMs = 25 })));
        Assert.StartsWith("--repeats: 1 ", Refusal(() => ChaoticRnnSimulator.Run(new ChaoticRnnOptions { Repeats = 1 })), StringComparison.Ordinal);
    }

    private static string Refusal(Func<object> action) => Assert.Throws<UsageException>(action).Message;
}
