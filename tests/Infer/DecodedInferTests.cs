using System.Text.Json;
using FsCheck.Fluent;
using Google.Protobuf;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Nwb;
using UnetSpikes.Hdf5;
using UnetSpikes.Onnx.Protobuf;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Nwb;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Nwb;
using Xunit;

namespace UnetSpikes.Tests.Infer;

/// <summary>Models with a decoder behind their rates: its columns beside the rates, those of one run over the whole.</summary>
public sealed class DecodedInferTests : IDisposable
{
    private const double Tolerance = 1e-5; // As in InferCommandTests: sums of some tens of terms around 1.

    private readonly TestRecordings _recordings = new();

    public void Dispose() => _recordings.Dispose();

    public static TheoryData<string> Models() => [.. DecodedModel.Small.Keys];

    [Theory]
    [MemberData(nameof(Models))]
    public void However_a_recording_is_cut_the_columns_are_those_of_one_run_to_its_first_and_last_bin(string name)
    {
        using DecodedModel model = Write(name);
        Law.Holds(
            from bins in Gen.Choose(1, 150)
            from window in Gen.Choose(1, 80)
            select (bins, window), 12, s =>
            {
                TrialTensor counts = TestRecordings.Counts(2, s.bins, (ulong)s.bins);
                _recordings.Write("rec.h5", 20, null, ("spikes", counts));

                Infer(model, "--force", "--window", $"{s.window}");

                IReadOnlyDictionary<string, TrialTensor> made = _recordings.Rates();
                return TestRecordings.MaxError(model.OneShot(counts), made["decoded"]) < Tolerance
                    && TestRecordings.MaxError(model.Formula(counts), made["decoded"]) < Tolerance
                    && TestRecordings.MaxError(model.OneShot(counts, "rates"), made["rates"]) < Tolerance;
            });
    }

    /// <summary>Without the lags in the halo the law above would fail: a column of a window's last kept bin would be made of rates at the cut.</summary>
    [Fact]
    public void A_column_is_made_of_more_than_its_own_bins_rates()
    {
        using DecodedModel model = Write("history");
        TrialTensor counts = TestRecordings.Counts(1, 120), later = counts.Part(40.., ..);

        TrialTensor whole = model.OneShot(counts), piece = model.OneShot(later), wholeRates = model.OneShot(counts, "rates"), pieceRates = model.OneShot(later, "rates");

        int firstSame = Enumerable.Range(0, 80).First(bin => Enumerable.Range(0, 4).All(unit => Math.Abs(wholeRates[0, 40 + bin, unit] - pieceRates[0, bin, unit]) < Tolerance));
        Assert.True(Math.Abs(whole[0, 40 + firstSame, 0] - piece[0, firstSame, 0]) > 1e-3);
    }

    [Fact]
    public void The_file_says_what_the_columns_are_and_so_does_the_table()
    {
        using DecodedModel model = Write("history");
        _recordings.Write("rec.h5", 20, null, ("train_data", TestRecordings.Counts(3, 21)), ("valid_data", TestRecordings.Counts(2, 21)));

        string output = Infer(model, "--json");

        using RatesFile file = RatesFile.Open(RatesPath());
        RatesArray array = file.Array("valid_decoded");
        Assert.Equal((RatesKind.Decoded, 2, 21, 2, 0), (array.Kind, array.Trials, array.Bins, array.Channels, array.ForwardBins));
        Assert.Equal(["vx", "vy"], array.Columns!.Names);
        Assert.Equal(("m/s", "made up", -7, 0), (array.Columns.Unit, array.Columns.Decoder, array.Columns.FirstLag, array.Columns.LastLag));
        using Hdf5File raw = Hdf5File.OpenRead(RatesPath());
        Assert.Equal(["vx", "vy"], raw.ReadAttribute("/valid_decoded", "columns").Texts);
        Assert.Equal(("decoded", 20.0, "m/s", -7.0), (raw.ReadTextAttribute("/valid_decoded", "kind"), raw.ReadNumberAttribute("/valid_decoded", "bin_ms"), raw.ReadTextAttribute("/valid_decoded", "unit"), raw.ReadNumberAttribute("/valid_decoded", "first_lag")));
        Assert.Contains("decoded: vx, vy in m/s, by 'made up', beside the rates as train_decoded, valid_decoded", output, StringComparison.Ordinal);
        JsonElement arrays = TestRecordings.LastLine(output).GetProperty("inputs")[0].GetProperty("arrays");
        Assert.Equal(["train_decoded", "valid_decoded"], arrays.EnumerateArray().Select(a => a.GetProperty("decoded").GetString()));
    }

    [Fact]
    public void A_model_without_a_decoder_writes_nothing_of_it()
    {
        string path = _recordings.Write(TestRecordings.Counts(1, 30));

        (int code, string output, string error) = _recordings.Infer(path, "--json");

        Assert.Equal((0, ""), (code, error));
        Assert.DoesNotContain("decoded", output, StringComparison.Ordinal);
        Assert.Equal(["rates"], _recordings.Rates().Keys);
    }

    /// <summary>Forward bins are rates that a lag may reach; there is no behaviour beside them.</summary>
    [Fact]
    public void What_is_predicted_behind_a_trial_is_not_decoded()
    {
        using DecodedModel model = Write("held out and forward");
        TrialTensor counts = TestRecordings.Counts(2, 30);
        _recordings.Write("rec.h5", 20, null, ("spikes", counts));

        Infer(model);

        Assert.Equal((35, 30), (_recordings.Rates()["rates"].Bins, _recordings.Rates()["decoded"].Bins));
        Assert.True(TestRecordings.MaxError(model.Formula(counts), _recordings.Rates()["decoded"]) < Tolerance);
    }

    [Fact]
    public void Where_nothing_was_recorded_nothing_is_decoded_and_bins_within_the_lags_of_a_gap_are_counted()
    {
        using DecodedModel model = Write("history");
        TrialTensor counts = TestRecordings.Counts(1, 90), zeros = new(1, 90, 4, [.. counts.Values]);
        counts[0, 10, 1] = float.NaN;
        zeros[0, 10, 1] = 0;
        counts.Trial(0).Slice(50 * 4, 4).Fill(float.NaN);
        zeros.Trial(0).Slice(50 * 4, 4).Clear();
        _recordings.Write("rec.h5", 20, null, ("spikes", counts));

        JsonElement line = TestRecordings.LastLine(Infer(model, "--json", "--window", "20"));

        TrialTensor decoded = _recordings.Rates()["decoded"], expected = model.OneShot(zeros);
        Assert.All(Enumerable.Range(0, 90), bin => Assert.True(bin == 50 ? float.IsNaN(decoded[0, bin, 1]) : Math.Abs(decoded[0, bin, 1] - expected[0, bin, 1]) < Tolerance));
        using var spikes = UnetSpikes.Infer.SpikeModel.Open(model.Path, "cpu", threads: 1);
        Assert.Equal(spikes.Metadata.ReceptiveFieldLeft + 7, spikes.ReachLeft);
        var near = new UnetSpikes.Infer.GapCount(90, spikes.ReachLeft, spikes.ReachRight);
        near.Add(10);
        near.Add(50);
        Assert.Equal((2, near.NearGaps), (line.GetProperty("gap_bins").GetInt64(), line.GetProperty("near_gap_bins").GetInt64()));
    }

    /// <summary>The decoder has the model's units whatever the file's order; a unit that is not there is silent to the model, and its rates are decoded with the rest.</summary>
    [Fact]
    public void Units_in_another_order_and_units_that_are_missing_change_nothing_of_the_columns()
    {
        using DecodedModel model = Write("history");
        TrialTensor whole = TestRecordings.Counts(2, 40), recorded = new(2, 40, 4);
        int[] order = [2, 0, 1, -1];
        for (int i = 0; i < whole.Values.Length; i++)
        {
            recorded.Values[i] = order[i % 4] < 0 ? 9 : whole.Values[(i / 4 * 4) + order[i % 4]];
            whole.Values[i] = i % 4 == 3 ? 0 : whole.Values[i];
        }

        _recordings.Write("rec.h5", 20, ["u2", "u0", "u1", "stranger"], ("spikes", recorded));

        Infer(model, "--fill-missing", "--drop-surplus");

        Assert.True(TestRecordings.MaxError(model.OneShot(whole), _recordings.Rates()["decoded"]) < Tolerance);
    }

    [Fact]
    public void Finished_files_are_skipped_and_those_without_columns_made_again()
    {
        using DecodedModel model = Write("history");
        _recordings.Write("rec.h5", 20, null, ("spikes", TestRecordings.Counts(1, 30)));
        Infer(model);
        Assert.Single(TestRecordings.LastLine(Infer(model, "--json")).GetProperty("finished").EnumerateArray());
        (RatesHeader header, IReadOnlyDictionary<string, TrialTensor> rates) = RatesFile.Read(RatesPath());
        using (var old = RatesWriter.Create(RatesPath(), header)) // As it was written before decoders were known.
        {
            old.AddArray("rates", 1, 30, 4);
            old.Write("rates", 0, 0, rates["rates"].Values);
            old.Commit();
        }

        Assert.Empty(TestRecordings.LastLine(Infer(model, "--json")).GetProperty("finished").EnumerateArray());

        Assert.Equal(rates["decoded"].Values, _recordings.Rates()["decoded"].Values);
    }

    [Fact]
    public void Shards_and_many_files_have_them_too()
    {
        using DecodedModel model = Write("history");
        TrialTensor[] counts = [.. Enumerable.Range(0, 3).Select(file => TestRecordings.Counts(2, 25 + file, (ulong)file))];
        for (int file = 0; file < 3; file++)
        {
            _recordings.Write($"many/{file}.h5", 20, null, ("spikes", counts[file]));
        }

        foreach (string shard in (string[])["1/2", "2/2"])
        {
            Assert.Equal((0, ""), (Run(model, _recordings.File("many"), "--shard", shard).Code, ""));
        }

        Assert.All(Enumerable.Range(0, 3), file => Assert.True(TestRecordings.MaxError(model.OneShot(counts[file]), _recordings.Rates($"{file}")["decoded"]) < Tolerance));
    }

    [Fact]
    public void As_NWB_the_columns_are_a_series_beside_the_rates()
    {
        string session = NwbRatesTests.Session(_recordings.File("session.nwb"));
        using DecodedModel model = Write("history", ["1", "2", "3", "4"]);

        Assert.Equal((0, ""), (Run(model, session, "--to", "nwb").Code, ""));

        string nwb = Path.Combine(_recordings.Out, "session.rates.nwb");
        Assert.Empty(NwbChecks.Of(nwb));
        TrialTensor decoded = _recordings.Rates("session")["decoded"];
        using Recording recording = NwbRecording.Open(nwb);
        TimeSeries series = recording.Series.Single(s => s.Place.EndsWith("/decoded", StringComparison.Ordinal));
        Assert.Equal(("m/s", 50.0, decoded.Bins), (series.Unit, series.RateHz, series.Samples));
        var values = new double[decoded.Values.Length];
        series.Read(0, series.Samples, values);
        Assert.Equal(decoded.Values.Select(value => (double)value), values);
        using Hdf5File file = Hdf5File.OpenRead(nwb);
        Assert.StartsWith("Columns vx, vy, decoded from the rates by 'made up'", file.ReadTextAttribute(series.Place, "description"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"first_lag\":-7", "\"first_lag\":-2000000", "'unet_spikes.decoded' is -2000000, expected -1048576 to 1048576")]
    [InlineData("\"last_lag\":0", "\"last_lag\":2000000", "'unet_spikes.decoded' is 2000000, expected -1048576 to 1048576")]
    [InlineData("\"vx\"", "\"v\\u001bx\"", "'unet_spikes.decoded' has characters that cannot be printed")]
    [InlineData("\"vx\",", "\"vx\",\"vz\",", "'decoded' is decoded: Float [?, ?, 2], expected float [batch, bin, 3] with batch and bins open")]
    public void A_model_that_says_of_its_decoder_what_cannot_be_is_refused(string part, string instead, string problem)
    {
        using DecodedModel good = Write("history");
        ModelProto model = ModelProto.Parser.ParseFrom(File.ReadAllBytes(good.Path));
        StringStringEntryProto entry = model.MetadataProps.Single(p => p.Key == "unet_spikes.decoded");
        Assert.Contains(part, entry.Value, StringComparison.Ordinal);
        entry.Value = entry.Value.Replace(part, instead, StringComparison.Ordinal);
        File.WriteAllBytes(good.Path, model.ToByteArray());
        _recordings.Write("rec.h5", 20, null, ("spikes", TestRecordings.Counts(1, 30)));

        (int code, _, string error) = Run(good, _recordings.File("rec.h5"));

        Assert.Equal((ExitCode.Model, $"error: {good.Path}: {problem}\n"), (code, error));
    }

    private DecodedModel Write(string name, IReadOnlyList<string>? unitIds = null) => DecodedModel.Write(_recordings.File("model.onnx"), name, unitIds);

    private string RatesPath(string name = "rec") => Path.Combine(_recordings.Out, name + ".rates.h5");

    private string Infer(DecodedModel model, params string[] more)
    {
        (int code, string output, string error) = Run(model, _recordings.File("rec.h5"), more);
        Assert.Equal((0, ""), (code, error));
        return output;
    }

    private (int Code, string Output, string Error) Run(DecodedModel model, string input, params string[] more) =>
        TestRecordings.Run(["--model", model.Path, "--input", input, "--out", _recordings.Out, "--quiet", "--threads", "1", "--device", "cpu", .. more]);
}
