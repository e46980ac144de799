using FsCheck.Fluent;
using UnetSpikes.Core;
using UnetSpikes.Infer;
using UnetSpikes.Infer.Streaming;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Infer.Streaming;

/// <summary>Rates bin by bin against one run over whole recordings (tests/golden/infer; the pyramid sees 9 bins each way, its grid is 4).</summary>
public sealed class OnlineRatesTests : IDisposable
{
    // As in InferCommandTests: float32 sums in another order for other lengths, rates below 30.
    private const double Tolerance = 1e-5;

    private readonly SpikeModel _pyramid = SpikeModel.Open(TestRecordings.Pyramid, "cpu", threads: 1);
    private readonly SpikeModel _flat = SpikeModel.Open(TestRecordings.Model("flat"), "cpu", threads: 1);

    public void Dispose()
    {
        _pyramid.Dispose();
        _flat.Dispose();
    }

    [Fact]
    public void With_full_lag_and_a_known_length_rates_are_those_of_offline_inference_from_the_first_bin_to_the_last() =>
        Law.Holds(Gen.Choose(1, 130), 60, bins =>
        {
            TrialTensor counts = TestRecordings.Counts(1, bins, (ulong)bins);
            using var online = new OnlineRates(_pyramid, totalBins: bins);

            return TestRecordings.MaxError(TestRecordings.OneShot(counts), Stream(online, counts)) < Tolerance;
        });

    [Fact]
    public void Without_a_length_they_are_those_of_the_recording_filled_with_zeros_to_the_next_length_of_the_grid() =>
        Law.Holds(Gen.Choose(1, 130), 60, bins =>
        {
            TrialTensor counts = TestRecordings.Counts(1, bins, (ulong)bins);
            using var online = new OnlineRates(_pyramid);

            return TestRecordings.MaxError(Cut(TestRecordings.OneShot(Filled(counts, bins)), bins), Stream(online, counts)) < Tolerance;
        });

    [Fact]
    public void With_less_lag_each_is_that_of_a_recording_that_ends_so_many_bins_later() => Law.Holds(
        from bins in Gen.Choose(1, 60)
        from lag in Gen.Choose(0, 8)
        select (bins, lag), 30, s =>
        {
            TrialTensor counts = TestRecordings.Counts(1, s.bins, (ulong)s.bins);
            using var online = new OnlineRates(_pyramid, s.lag);
            TrialTensor rates = Stream(online, counts);

            return Enumerable.Range(0, s.bins).All(t =>
            {
                TrialTensor ended = TestRecordings.OneShot(Filled(counts, Math.Min(t + s.lag + 1, s.bins)));
                return Enumerable.Range(0, 4).All(unit => Math.Abs(ended[0, t, unit] - rates[0, t, unit]) < Tolerance);
            });
        });

    [Fact]
    public void A_model_without_a_grid_streams_as_well()
    {
        TrialTensor counts = TestRecordings.Counts(1, 40);
        using var online = new OnlineRates(_flat);

        Assert.Equal(1, online.Lag);
        Assert.True(TestRecordings.MaxError(TestRecordings.OneShot(counts, model: "flat"), Stream(online, counts)) < Tolerance);
    }

    [Fact]
    public void A_second_recording_knows_nothing_of_the_first()
    {
        TrialTensor first = TestRecordings.Counts(1, 77), second = TestRecordings.Counts(1, 33, seed: 5);
        using var online = new OnlineRates(_pyramid);
        TrialTensor alone = Stream(online, second);
        Stream(online, first);

        Assert.Equal(alone.Values, Stream(online, second).Values);
    }

    [Fact]
    public void Gaps_are_zeros_to_the_model_and_gaps_in_the_rates()
    {
        TrialTensor gaps = TestRecordings.Counts(1, 60), zeros = TestRecordings.Counts(1, 60);
        foreach ((int bin, int unit) in new[] { (0, 0), (20, 1), (21, 1), (59, 3) })
        {
            (gaps[0, bin, unit], zeros[0, bin, unit]) = (float.NaN, 0);
        }

        using var online = new OnlineRates(_pyramid);
        TrialTensor expected = Stream(online, zeros), rates = Stream(online, gaps);

        Assert.All(Enumerable.Range(0, gaps.Values.Length), i => Assert.Equal(float.IsNaN(gaps.Values[i]) ? float.NaN : expected.Values[i], rates.Values[i]));
    }

    [Fact]
    public void A_bin_allocates_nothing()
    {
        using var online = new OnlineRates(_pyramid);
        float[] counts = new float[4], rates = new float[4];
        for (int bin = 0; bin < 100; bin++)
        {
            online.Push(counts, rates);
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int bin = 0; bin < 100; bin++)
        {
            online.Push(counts, rates);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>All bins, one after the other.</summary>
    internal static TrialTensor Stream(OnlineRates online, TrialTensor counts, int ratesUnits = 4)
    {
        online.Reset();
        var rates = new TrialTensor(1, counts.Bins, ratesUnits);
        int given = 0;
        Span<float> Row(TrialTensor of, int bin) => of.Values.AsSpan(bin * of.Units, of.Units);
        for (int bin = 0; bin < counts.Bins; bin++)
        {
            bool hasRates = online.Push(Row(counts, bin), given < counts.Bins ? Row(rates, given) : default);
            Assert.Equal(bin >= online.Lag, hasRates);
            given += hasRates ? 1 : 0;
        }

        online.End();
        while (given < counts.Bins && online.Next(Row(rates, given)))
        {
            given++;
        }

        Assert.Equal(counts.Bins, given);
        Assert.False(online.Next(new float[ratesUnits]));
        return rates;
    }

    /// <summary>The first bins, and zeros up to 4k + 1.</summary>
    private static TrialTensor Filled(TrialTensor counts, int bins)
    {
        var filled = new TrialTensor(1, ((bins + 2) / 4 * 4) + 1, 4);
        counts.Values.AsSpan(0, bins * 4).CopyTo(filled.Values);
        return filled;
    }

    private static TrialTensor Cut(TrialTensor rates, int bins) => new(1, bins, 4, rates.Values[..(bins * 4)]);
}
