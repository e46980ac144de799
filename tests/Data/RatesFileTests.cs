using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Hdf5;
using Xunit;

namespace UnetSpikes.Tests.Data;

public class RatesFileTests
{
    private static readonly RatesHeader Header = new()
    {
        BinWidthMs = 20,
        UnitIds = ["4", "7", "imec0_12"],
        ProvenanceJson = """{"model":"abc","input":"µ.h5"}""",
    };

    [Fact]
    public void Slabs_written_in_any_order_read_back_whole_and_by_slabs()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("rates.h5");
        TrialTensor rates = Tensor(2, 5, 3), latents = Tensor(2, 5, 2);
        using (RatesWriter writer = RatesWriter.Create(path, Header))
        {
            writer.AddArray("valid_rates", 2, 5, 3, trialIds: [4, 9]);
            writer.AddArray("valid_latents", 2, 5, 2, RatesKind.Latents);
            foreach ((int trial, int first, int bins) in new[] { (1, 3, 2), (0, 0, 5), (1, 0, 3) })
            {
                writer.Write("valid_rates", trial, first, rates.Trial(trial).Slice(first * 3, bins * 3));
                writer.Write("valid_latents", trial, first, latents.Trial(trial).Slice(first * 2, bins * 2));
            }

            writer.Commit();
        }

        (RatesHeader header, IReadOnlyDictionary<string, TrialTensor> arrays) = RatesFile.Read(path);
        using RatesFile file = RatesFile.Open(path);
        var slab = new float[2 * 3];
        file.ReadSlab("valid_rates", 1, 2, 2, slab);

        Assert.Equal(Header.BinWidthMs, header.BinWidthMs);
        Assert.Equal(50, header.HzPerRate);
        Assert.Equal(Header.UnitIds, header.UnitIds);
        Assert.Equal(Header.ProvenanceJson, header.ProvenanceJson);
        Assert.Equal(["valid_latents", "valid_rates"], arrays.Keys.Order());
        Assert.Equal(rates.Values, arrays["valid_rates"].Values);
        Assert.Equal(latents.Values, arrays["valid_latents"].Values);
        Assert.Equal([4, 9], file.Array("valid_rates").TrialIds!);
        Assert.Equal(RatesKind.Latents, file.Array("valid_latents").Kind);
        Assert.Equal(rates.Trial(1).Slice(6, 6).ToArray(), slab);
    }

    [Fact]
    public void Every_array_says_its_unit_and_bin_width_to_any_HDF5_reader()
    {
        using var folder = new TemporaryFolder();
        string path = WriteOne(folder, [1, 2, 3]);

        using Hdf5File file = Hdf5File.OpenRead(path);

        foreach (string owner in new[] { "/", "/rates" })
        {
            Assert.Equal("spikes/bin", file.ReadTextAttribute(owner, "rates_unit"));
            Assert.Equal(20, file.ReadNumberAttribute(owner, "bin_ms"));
            Assert.Equal(50, file.ReadNumberAttribute(owner, "hz_per_rate"));
        }
    }

    [Fact]
    public void Without_a_commit_no_file_stays_and_an_old_one_is_kept()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("rates.h5", "old"u8);

        using (RatesWriter writer = RatesWriter.Create(path, Header))
        {
            writer.AddArray("rates", 1, 1, 3);
            writer.Write("rates", 0, 0, [1, 2, 3]);
            Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
        }

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_header_that_cannot_be_written_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();

        Assert.Throws<ArgumentException>(() => RatesWriter.Create(folder.File("rates.h5"), Header with { ProvenanceJson = new string(' ', 70_000) }));

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void A_commit_before_every_bin_is_written_is_a_bug()
    {
        using var folder = new TemporaryFolder();
        using RatesWriter writer = RatesWriter.Create(folder.File("rates.h5"), Header);
        writer.AddArray("rates", 2, 4, 3);
        writer.Write("rates", 0, 0, new float[12]);

        var error = Assert.Throws<InvalidOperationException>(writer.Commit);

        Assert.Equal("rates: 4 of 8 bins were written", error.Message);
        Assert.Throws<ArgumentException>(() => writer.Write("rates", 1, 0, new float[4]));
        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write("rates", 1, 2, new float[9]));
        Assert.Throws<ArgumentException>(() => writer.AddArray("more_rates", 1, 1, 2));
    }

    [Fact]
    public void Rates_may_be_unknown_but_not_negative()
    {
        using var folder = new TemporaryFolder();
        string gap = WriteOne(folder, [1, float.NaN, 3]);
        Assert.True(float.IsNaN(RatesFile.Read(gap).Arrays["rates"][0, 0, 1]));

        string negative = WriteOne(folder, [1, -0.5f, 3]);
        Assert.Equal($"{negative}: /rates has -0.5, expected rates in spikes per bin of at least 0", Refusal(negative));
    }

    [Fact]
    public void Other_files_are_refused()
    {
        string lfads = TestFiles.Golden("lfads_small.h5");
        using var folder = new TemporaryFolder();
        string path = WriteOne(folder, [1, 2, 3]);
        using RatesFile rates = RatesFile.Open(path);

        Assert.Equal($"{lfads}: is not a file of rates (attribute format is not \"unet-spikes rates 1\")", Refusal(lfads));
        Assert.Equal($"{path}: /train_rates is missing, expected one of rates", Assert.Throws<DataFormatException>(() => rates.ReadAll("train_rates")).Message);
    }

    [Theory]
    [InlineData("valid_data", "valid_rates", "valid_latents")]
    [InlineData("eval_spikes_heldin", "eval_rates_heldin", "eval_latents_heldin")]
    [InlineData("spikes", "rates", "latents")]
    [InlineData("odd", "odd_rates", "odd_latents")]
    public void Rates_are_named_after_their_counts(string counts, string rates, string latents)
    {
        Assert.Equal(rates, RatesWriter.NameFor(counts, RatesKind.Rates));
        Assert.Equal(latents, RatesWriter.NameFor(counts, RatesKind.Latents));
    }

    private static TrialTensor Tensor(int trials, int bins, int channels) =>
        new(trials, bins, channels, [.. Enumerable.Range(0, trials * bins * channels).Select(i => i / 8f)]);

    private static string WriteOne(TemporaryFolder folder, float[] values)
    {
        string path = folder.File("one.h5");
        using RatesWriter writer = RatesWriter.Create(path, Header);
        writer.AddArray("rates", 1, 1, 3);
        writer.Write("rates", 0, 0, values);
        writer.Commit();
        return path;
    }

    private static string Refusal(string path) => Assert.Throws<DataFormatException>(() => RatesFile.Read(path)).Message;
}
