using FsCheck.Fluent;
using UnetSpikes.Core;
using UnetSpikes.Data;
using Xunit;

namespace UnetSpikes.Tests.Data;

public class LfadsRoundTripTests
{
    [Fact]
    public void Writing_then_reading_is_identity()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("round trip.h5");
        var gen = from trials in Gen.Choose(0, 6)
                  from validTrials in Gen.Choose(1, 4)
                  from bins in Gen.Choose(1, 9)
                  from units in Gen.Choose(0, 5)
                  from parts in Gen.Choose(0, 15)
                  from seed in Gen.Choose(0, int.MaxValue)
                  select (trials, validTrials, bins, units, parts, seed);

        Law.Holds(gen, 60, sample =>
        {
            var rng = new Rng((ulong)sample.seed, "data set");
            SpikeSplit train = Split(rng, sample.trials, sample.bins, sample.units, sample.parts, 0);
            SpikeSplit valid = Split(rng, sample.validTrials, sample.bins, sample.units, sample.parts, sample.trials);
            var written = new SpikeDataset
            {
                Path = path,
                BinWidthMs = (sample.parts & 1) != 0 ? 1 + rng.NextInt(70) : null,
                UnitIds = (sample.parts & 2) != 0 ? [.. Enumerable.Range(0, sample.units).Select(u => $"probe{u}_µ")] : SpikeDataset.NumberedUnits(sample.units),
                Train = train,
                Valid = valid,
                Fingerprint = SpikeDataset.FingerprintOf(train.Counts, valid.Counts),
            };

            LfadsFile.Write(path, written, new LfadsWriteOptions { ConversionFactor = 0.1 + rng.NextDouble() });

            SpikeDataset read = LfadsFile.Read(path);
            return read.BinWidthMs == written.BinWidthMs && read.UnitIds.SequenceEqual(written.UnitIds)
                && read.Fingerprint == written.Fingerprint && Same(read.Train, train) && Same(read.Valid, valid);
        });
    }

    [Fact]
    public void A_write_that_fails_leaves_what_was_there()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("kept.h5");
        SpikeDataset data = LfadsFile.Read(TestFiles.Golden("lfads_small.h5"));
        LfadsFile.Write(path, data, new LfadsWriteOptions { ConversionFactor = 50 });
        byte[] before = File.ReadAllBytes(path);

        Assert.Throws<InvalidOperationException>(() => LfadsFile.Write(
            path, data, new LfadsWriteOptions { WriteMore = _ => throw new InvalidOperationException("the disk, say") }));

        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFileSystemEntries(folder.Path));
    }

    private static SpikeSplit Split(Rng rng, int trials, int bins, int units, int parts, int firstId)
    {
        TrialTensor random(int channels, Func<double> value) =>
            new(trials, bins, channels, [.. Enumerable.Range(0, trials * bins * channels).Select(_ => (float)value())]);
        return new SpikeSplit
        {
            Counts = random(units, () => rng.NextPoisson(2)),
            Rates = (parts & 4) != 0 ? random(units, () => rng.NextDouble() * 3) : null,
            Latents = (parts & 8) != 0 ? random(3, rng.NextNormal) : null,
            TrialIds = [.. Enumerable.Range(firstId, trials)],
            Conditions = (parts & 8) != 0 ? [.. Enumerable.Range(0, trials).Select(_ => rng.NextInt(4))] : null,
        };
    }

    private static bool Same(SpikeSplit a, SpikeSplit b) =>
        Same(a.Counts, b.Counts) && Same(a.Rates, b.Rates) && Same(a.Latents, b.Latents) && a.TrialIds.SequenceEqual(b.TrialIds)
        && (a.Conditions is null ? b.Conditions is null : b.Conditions is not null && a.Conditions.SequenceEqual(b.Conditions));

    private static bool Same(TrialTensor? a, TrialTensor? b) =>
        a is null ? b is null : b is not null && a.ToString() == b.ToString() && a.Values.SequenceEqual(b.Values);
}
