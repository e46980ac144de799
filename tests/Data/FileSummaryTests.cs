using UnetSpikes.Data;
using UnetSpikes.Data.Inspect;
using UnetSpikes.Hdf5;
using Xunit;

namespace UnetSpikes.Tests.Data;

public class FileSummaryTests
{
    [Fact]
    public void A_data_file_is_summed_up()
    {
        FileSummary summary = FileSummary.Of(TestFiles.Golden("lfads_small.h5"));
        ActivitySummary train = summary.Counts[0];
        double[] counts = [.. TestFiles.Counts(0, 1, 3, 4)];

        Assert.Contains(new DatasetSummary("/train_data", "(4, 6, 3)", "int64", "chunked, filtered"), summary.Datasets);
        Assert.Contains(new DatasetSummary("/dt", "()", "float64", "contiguous"), summary.Datasets);
        Assert.Equal(20, summary.BinWidthMs);
        Assert.True(summary.HasRates && summary.HasLatents);
        Assert.Equal(("train_data", 4, 6, 3), (train.Name, train.Trials, train.Bins, train.Units));
        Assert.Equal(counts.Average(), train.MeanPerBin, 1e-12);
        Assert.Equal(counts.Average() * 50, train.MeanRateHz!.Value, 1e-9);
        Assert.Equal(3, train.Maximum);
        Assert.Equal((0, 0L), (train.SilentUnits, train.Gaps));
    }

    [Fact]
    public void Silent_units_and_gaps_are_counted_and_an_unknown_bin_width_gives_no_Hz()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("spikes.h5");
        using (Hdf5File file = Hdf5File.Create(path))
        {
            file.Write<float>("/spikes", [3, 2], [0, 1, 0, float.NaN, 0, 5]);
        }

        ActivitySummary spikes = FileSummary.Of(path).Counts.Single();

        Assert.Equal(1, spikes.SilentUnits);
        Assert.Equal(1, spikes.Gaps);
        Assert.Equal(5, spikes.Maximum);
        Assert.Equal(6.0 / 5, spikes.MeanPerBin, 1e-12);
        Assert.Null(spikes.MeanRateHz);
    }

    [Fact]
    public void A_file_of_rates_is_summed_up()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("rates.h5");
        using (RatesWriter writer = RatesWriter.Create(path, new RatesHeader { BinWidthMs = 10, UnitIds = ["a", "b"], ProvenanceJson = "{\"a\":1}" }))
        {
            writer.AddArray("valid_rates", 1, 2, 2);
            writer.Write("valid_rates", 0, 0, [0.5f, 0, 1.5f, 0]);
            writer.Commit();
        }

        FileSummary summary = FileSummary.Of(path);

        Assert.Equal("{\"a\":1}", summary.ProvenanceJson);
        Assert.Empty(summary.Counts);
        Assert.Equal(50, summary.Rates.Single().MeanRateHz!.Value, 1e-9);
        Assert.Equal(1, summary.Rates.Single().SilentUnits);
        Assert.True(summary.HasRates);
        Assert.False(summary.HasLatents);
    }

    [Fact]
    public void A_file_of_something_else_lists_what_it_has()
    {
        FileSummary summary = FileSummary.Of(TestFiles.Golden("layouts.h5"));

        Assert.Empty(summary.Counts);
        Assert.Contains(new DatasetSummary("/group/inner", "(6, 3)", "int64", "contiguous"), summary.Datasets);
    }
}
