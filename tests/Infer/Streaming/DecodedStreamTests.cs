using System.Globalization;
using System.Text;
using FsCheck.Fluent;
using UnetSpikes.Core;
using UnetSpikes.Infer;
using UnetSpikes.Infer.Streaming;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Infer.Streaming;

/// <summary>What a decoder behind the rates gives, bin by bin, against one run over whole recordings.</summary>
public sealed class DecodedStreamTests : IDisposable
{
    private const double Tolerance = 1e-5; // As in InferCommandTests.

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Models() => [.. DecodedModel.Small.Keys];

    [Theory]
    [MemberData(nameof(Models))]
    public void With_full_lag_and_a_known_length_columns_are_those_of_offline_inference_from_the_first_bin_to_the_last(string name)
    {
        using DecodedModel offline = Write(name);
        using SpikeModel model = SpikeModel.Open(offline.Path, "cpu", threads: 1);
        Law.Holds(Gen.Choose(1, 90), 12, bins =>
        {
            TrialTensor counts = TestRecordings.Counts(1, bins, (ulong)bins);
            using var online = new OnlineRates(model, totalBins: bins, decoded: true);

            Assert.Equal(model.ReachRight, online.Lag);
            return TestRecordings.MaxError(offline.OneShot(counts), OnlineRatesTests.Stream(online, counts, 2)) < Tolerance;
        });
    }

    /// <summary>The rule of rates: those of a recording that ends so many bins later, with zeros up to the grid (4k + 1 bins, forward bins counted).</summary>
    [Theory]
    [InlineData("history", 0)]
    [InlineData("ahead only", 6)]
    [InlineData("held out and forward", 9)]
    [InlineData("log-rates", null)]
    public void Without_a_length_and_with_less_lag_each_row_is_that_of_a_recording_that_ends_so_many_bins_later(string name, int? lag)
    {
        using DecodedModel offline = Write(name);
        using SpikeModel model = SpikeModel.Open(offline.Path, "cpu", threads: 1);
        using var online = new OnlineRates(model, lag, decoded: true);
        Law.Holds(Gen.Choose(1, 60), 6, bins =>
        {
            TrialTensor counts = TestRecordings.Counts(1, bins, (ulong)bins), rows = OnlineRatesTests.Stream(online, counts, 2);
            return Enumerable.Range(0, bins).All(t =>
            {
                int end = Math.Min(t + online.Lag + 1, bins);
                var ended = new TrialTensor(1, ((end + model.ForwardBins + 2) / 4 * 4) + 1 - model.ForwardBins, 4);
                counts.Values.AsSpan(0, end * 4).CopyTo(ended.Values);
                TrialTensor expected = offline.OneShot(ended);
                return Enumerable.Range(0, 2).All(column => Math.Abs(expected[0, t, column] - rows[0, t, column]) < Tolerance);
            });
        });
    }

    [Fact]
    public void Where_nothing_was_recorded_nothing_is_decoded()
    {
        using DecodedModel offline = Write("history");
        using SpikeModel model = SpikeModel.Open(offline.Path, "cpu", threads: 1);
        using var online = new OnlineRates(model, decoded: true);
        TrialTensor counts = TestRecordings.Counts(1, 30);
        counts[0, 7, 2] = float.NaN;
        counts.Trial(0).Slice(12 * 4, 4).Fill(float.NaN);

        TrialTensor rows = OnlineRatesTests.Stream(online, counts, 2);

        Assert.Equal([24, 25], Enumerable.Range(0, rows.Values.Length).Where(i => float.IsNaN(rows.Values[i])));
    }

    [Fact]
    public void Four_counts_come_in_and_two_columns_go_out_and_the_header_says_which()
    {
        using DecodedModel offline = Write("history");
        using SpikeModel model = SpikeModel.Open(offline.Path, "cpu", threads: 1);
        using var online = new OnlineRates(model, decoded: true);
        var header = new StreamHeader(model.InputUnits, online.Columns, online.Lag, 20, IsHz: false, model.Metadata.Decoded);
        using MemoryStream text = new(), binary = new();

        new StreamSession("text", online, header).Run(new MemoryStream("1 0 2 0\n0 0 0 1\n"u8.ToArray()), text);
        new StreamSession("binary", online, header).Run(new MemoryStream([.. "USPK"u8, 1, 0, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]), binary);

        string[] lines = Encoding.UTF8.GetString(text.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($"# decoded vx, vy in m/s, bins of 20 ms, lag {online.Lag} bins", lines[0]);
        byte[] answer = binary.ToArray();
        Assert.Equal((3, 2, 32 + (2 * 2 * 4)), (BitConverter.ToInt16(answer, 6), BitConverter.ToInt32(answer, 8), answer.Length));
        Assert.Equal(lines[1..].SelectMany(line => line.Split(' ')).Select(value => float.Parse(value, CultureInfo.InvariantCulture)), Enumerable.Range(0, 4).Select(i => BitConverter.ToSingle(answer, 32 + (4 * i))));
    }

    [Fact]
    public void A_lag_that_the_decoder_does_not_have_is_refused()
    {
        using DecodedModel offline = Write("ahead only");
        using SpikeModel model = SpikeModel.Open(offline.Path, "cpu", threads: 1);
        int right = model.Metadata.ReceptiveFieldRight;

        string little = Assert.Throws<UsageException>(() => new OnlineRates(model, lag: 5, decoded: true)).Message;

        Assert.Equal($"--lag: is 5, expected 6 to {right + 6} bins: the decoder takes rates of 6 bins ahead, which depend on {right} bins more", little);
        Assert.Throws<UsageException>(() => new OnlineRates(model, lag: right + 7, decoded: true));
        Assert.Throws<UsageException>(() => new OnlineRates(model, lag: right + 1));
    }

    [Theory]
    [InlineData("--stream --decoded", "--decoded: {0} has no decoder behind its rates, expected a model of 'export --decoder'")]
    [InlineData("--stream --decoded --hz", "--hz: is for rates, and --decoded gives what is decoded from them")]
    [InlineData("--decoded", "--decoded: is for streaming, expected --stream or --listen with it")]
    public void Options_that_do_not_fit_are_refused(string options, string problem)
    {
        (int code, _, string error) = TestRecordings.Run(["--model", TestRecordings.Pyramid, .. options.Split(' ')]);

        Assert.Equal((2, $"error: {string.Format(CultureInfo.InvariantCulture, problem, TestRecordings.Pyramid)}\n"), (code, error));
    }

    private DecodedModel Write(string name) => DecodedModel.Write(_folder.File("model.onnx"), name);
}
