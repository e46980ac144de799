using System.Globalization;
using System.Text;
using FsCheck.Fluent;
using UnetSpikes.Core;
using UnetSpikes.Infer;
using UnetSpikes.Infer.Streaming;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Infer.Streaming;

/// <summary>Models that predict units and bins they do not see: counts of the ones in, rates of all out, bin by bin.</summary>
public sealed class CoSmoothingStreamTests : IDisposable
{
    private const double Tolerance = 1e-5; // As in InferCommandTests.

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Models() => [.. CoSmoothingModel.Small.Keys];

    [Theory]
    [MemberData(nameof(Models))]
    public void With_full_lag_and_a_known_length_rates_are_those_of_offline_inference(string name)
    {
        using CoSmoothingModel offline = Write(name);
        using SpikeModel model = SpikeModel.Open(offline.Path, "cpu", threads: 1);
        Law.Holds(Gen.Choose(1, 120), 15, bins =>
        {
            TrialTensor counts = TestRecordings.Counts(1, bins, (ulong)bins);
            using var online = new OnlineRates(model, totalBins: bins);

            return TestRecordings.MaxError(offline.OneShot(counts).Part(..bins, ..), OnlineRatesTests.Stream(online, counts, model.OutputUnits)) < Tolerance;
        });
    }

    /// <summary>The grid begins with the first bin and ends after the forward bins: 4k + 1 bins with them.</summary>
    [Theory]
    [InlineData("unet")]
    [InlineData("forward only")]
    public void Without_a_length_they_are_those_of_the_recording_filled_with_zeros_to_the_grid(string name)
    {
        using CoSmoothingModel offline = Write(name);
        using SpikeModel model = SpikeModel.Open(offline.Path, "cpu", threads: 1);
        using var online = new OnlineRates(model);
        Law.Holds(Gen.Choose(1, 120), 15, bins =>
        {
            TrialTensor counts = TestRecordings.Counts(1, bins, (ulong)bins);
            var filled = new TrialTensor(1, ((bins + model.ForwardBins + 2) / 4 * 4) + 1 - model.ForwardBins, 4);
            counts.Values.CopyTo(filled.Values, 0);

            return TestRecordings.MaxError(offline.OneShot(filled).Part(..bins, ..), OnlineRatesTests.Stream(online, counts, model.OutputUnits)) < Tolerance;
        });
    }

    [Fact]
    public void A_unit_held_out_is_not_known_where_nothing_was_recorded()
    {
        using CoSmoothingModel offline = Write("unet");
        using SpikeModel model = SpikeModel.Open(offline.Path, "cpu", threads: 1);
        using var online = new OnlineRates(model);
        TrialTensor counts = TestRecordings.Counts(1, 30);
        counts[0, 7, 2] = float.NaN;
        counts.Trial(0).Slice(12 * 4, 4).Fill(float.NaN);

        TrialTensor rates = OnlineRatesTests.Stream(online, counts, model.OutputUnits);

        Assert.Equal(
            [(7, 2), .. Enumerable.Range(0, 6).Select(unit => (12, unit))],
            Enumerable.Range(0, rates.Values.Length).Where(i => float.IsNaN(rates.Values[i])).Select(i => (i / 6, i % 6)));
    }

    [Fact]
    public void Four_counts_come_in_and_six_rates_go_out()
    {
        using CoSmoothingModel offline = Write("unet");
        using SpikeModel model = SpikeModel.Open(offline.Path, "cpu", threads: 1);
        using var online = new OnlineRates(model);
        var header = new StreamHeader(model.InputUnits, model.OutputUnits, online.Lag, 20, IsHz: false);
        using MemoryStream text = new(), binary = new();

        new StreamSession("text", online, header).Run(new MemoryStream("1 0 2 0\n0 0 0 1\n"u8.ToArray()), text);
        new StreamSession("binary", online, header).Run(new MemoryStream([.. "USPK"u8, 1, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]), binary);

        string[] lines = Encoding.ASCII.GetString(text.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.StartsWith("# rates in spikes/bin, 6 units,", lines[0], StringComparison.Ordinal);
        Assert.Equal([6, 6], lines[1..].Select(line => line.Split(' ').Length));
        byte[] answer = binary.ToArray();
        Assert.Equal((6, 32 + (2 * 6 * 4)), (BitConverter.ToInt32(answer, 8), answer.Length));
        Assert.Equal(lines[1..].SelectMany(line => line.Split(' ')).Select(rate => float.Parse(rate, CultureInfo.InvariantCulture)), Enumerable.Range(0, 12).Select(i => BitConverter.ToSingle(answer, 32 + (4 * i))));
    }

    private CoSmoothingModel Write(string name) => CoSmoothingModel.Write(_folder.File("model.onnx"), CoSmoothingModel.Small[name]);
}
