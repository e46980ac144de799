using FsCheck.Fluent;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Data.Nwb;
using UnetSpikes.Decode;
using UnetSpikes.Hdf5;
using UnetSpikes.Models;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Nwb;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Export;
using UnetSpikes.Tests.Nwb;
using Xunit;

namespace UnetSpikes.Tests.Infer;

/// <summary>Models that predict units and bins they do not see, run over plain recordings.</summary>
public sealed class CoSmoothingInferTests : IDisposable
{
    private const double Tolerance = 1e-5; // As in InferCommandTests.

    private readonly TestRecordings _recordings = new();

    public void Dispose() => _recordings.Dispose();

    public static TheoryData<string> Models() => [.. CoSmoothingModel.Small.Keys];

    [Theory]
    [MemberData(nameof(Models))]
    public void However_a_recording_is_cut_the_rates_of_all_units_and_bins_are_those_of_one_run(string name)
    {
        using CoSmoothingModel model = Write(CoSmoothingModel.Small[name]);
        Law.Holds(
            from bins in Gen.Choose(1, 200)
            from window in Gen.Choose(1, 100)
            select (bins, window), 12, s =>
            {
                TrialTensor counts = TestRecordings.Counts(2, s.bins, (ulong)s.bins);
                _recordings.Write("rec.h5", 20, null, ("spikes", counts));

                Infer(model, "--force", "--latents", "--window", $"{s.window}");

                IReadOnlyDictionary<string, TrialTensor> made = _recordings.Rates();
                return TestRecordings.MaxError(model.OneShot(counts), made["rates"]) < Tolerance
                    && TestRecordings.MaxError(model.OneShot(counts, "latents"), made["latents"]) < Tolerance;
            });
    }

    [Fact]
    public void The_file_says_which_units_and_bins_were_not_seen()
    {
        using CoSmoothingModel model = Write(CoSmoothingModel.Small["unet"]);
        _recordings.Write("rec.h5", 20, null, ("valid_data", TestRecordings.Counts(3, 21)));

        string output = Infer(model, "--latents", "--json");

        using RatesFile file = RatesFile.Open(RatesPath());
        Assert.Equal(CoSmoothingModel.Units(6), file.Header.UnitIds);
        Assert.Equal(2, file.Header.HeldOutUnits);
        Assert.All(["valid_rates", "valid_latents"], name => Assert.Equal((26, 5, 21), (file.Array(name).Bins, file.Array(name).ForwardBins, file.Array(name).TrialBins)));
        Assert.Equal(file.ReadAll("valid_rates").Part(..21, ..).Values, file.ReadTrials("valid_rates").Values);
        Assert.Contains("21 + 5", output, StringComparison.Ordinal);
        Assert.Equal(5, TestRecordings.LastLine(output).GetProperty("inputs")[0].GetProperty("arrays")[0].GetProperty("forward_bins").GetInt32());
        using Hdf5File raw = Hdf5File.OpenRead(RatesPath());
        Assert.Equal((2.0, 5.0), (raw.ReadNumberAttribute("/", "held_out_units"), raw.ReadNumberAttribute("/valid_rates", "forward_bins")));
    }

    /// <summary>Held-in units are found by name wherever they are; held-out ones in the file are neither needed nor read.</summary>
    [Fact]
    public void Units_are_matched_by_name_and_those_held_out_are_not_read()
    {
        using CoSmoothingModel model = Write(CoSmoothingModel.Small["unet"]);
        TrialTensor seen = TestRecordings.Counts(2, 30), recorded = new(2, 30, 6);
        string[] order = ["u3", "u5", "u0", "u2", "extra", "u1"];
        for (int i = 0; i < recorded.Values.Length; i++)
        {
            int unit = i % 6;
            recorded.Values[i] = order[unit] is "u5" or "extra" ? float.NaN : seen.Values[(i / 6 * 4) + order[unit][1] - '0'];
        }

        _recordings.Write("rec.h5", 20, order, ("spikes", recorded));

        Infer(model, "--drop-surplus");

        (RatesHeader header, IReadOnlyDictionary<string, TrialTensor> rates) = RatesFile.Read(RatesPath());
        TrialTensor expected = model.OneShot(seen);
        Assert.Equal(["u3", "u0", "u2", "u1", "u4", "u5"], header.UnitIds);
        for (int unit = 0; unit < 6; unit++)
        {
            int channel = header.UnitIds[unit][1] - '0';
            Assert.True(TestRecordings.MaxError(expected.Part(.., channel..(channel + 1)), rates["rates"].Part(.., unit..(unit + 1))) < Tolerance);
        }
    }

    [Theory]
    [InlineData("u0 u1 u2 u4 u5", "/unit_ids lacks 1 of the model's 4 held-in units ('u3'; --fill-missing shows the model silence in their place)")]
    [InlineData("u4 u5", "/unit_ids names none of the model's 4 held-in units ('u0', 'u1', 'u2', 'u3')")]
    [InlineData(null, "/spikes has 5 units, expected the model's 4 held in, or all 6")]
    public void Units_it_sees_must_be_there(string? ids, string problem)
    {
        using CoSmoothingModel model = Write(CoSmoothingModel.Small["unet"]);
        string[]? names = ids?.Split(' ');
        string path = _recordings.Write("rec.h5", 20, names, ("spikes", new TrialTensor(1, 30, names?.Length ?? 5)));

        (int code, _, string error) = Run(model, path);

        Assert.Equal((ExitCode.Data, $"error: {path}: {problem}\n"), (code, error));
    }

    [Fact]
    public void Silence_may_stand_in_for_a_unit_it_sees()
    {
        using CoSmoothingModel model = Write(CoSmoothingModel.Small["unet"]);
        TrialTensor whole = TestRecordings.Counts(1, 30);
        for (int bin = 0; bin < 30; bin++)
        {
            whole[0, bin, 3] = 0;
        }

        _recordings.Write("rec.h5", 20, ["u0", "u1", "u2"], ("spikes", whole.Part(.., ..3)));

        Infer(model, "--fill-missing");

        (RatesHeader header, IReadOnlyDictionary<string, TrialTensor> rates) = RatesFile.Read(RatesPath());
        TrialTensor expected = model.OneShot(whole);
        Assert.Equal(["u0", "u1", "u2", "u4", "u5"], header.UnitIds);
        Assert.Equal(2, header.HeldOutUnits);
        Assert.True(TestRecordings.MaxError(expected.Part(.., ..3), rates["rates"].Part(.., ..3)) < Tolerance);
        Assert.True(TestRecordings.MaxError(expected.Part(.., 4..), rates["rates"].Part(.., 3..)) < Tolerance);
    }

    /// <summary>A unit held out is not known where nothing was seen at all; what comes after the trial is predicted all the same.</summary>
    [Fact]
    public void Gaps_are_those_of_what_was_seen()
    {
        using CoSmoothingModel model = Write(CoSmoothingModel.Small["unet"]);
        TrialTensor counts = TestRecordings.Counts(1, 40);
        counts[0, 10, 1] = float.NaN;
        counts.Trial(0).Slice(20 * 4, 4).Fill(float.NaN);
        counts.Trial(0).Slice(39 * 4, 4).Fill(float.NaN);
        _recordings.Write("rec.h5", 20, null, ("spikes", counts));

        string output = Infer(model, "--latents", "--json", "--window", "20");

        TrialTensor rates = _recordings.Rates()["rates"], latents = _recordings.Rates()["latents"];
        var missing = Enumerable.Range(0, rates.Values.Length).Where(i => float.IsNaN(rates.Values[i])).Select(i => (i / 6, i % 6)).ToList();
        Assert.Equal([(10, 1), .. Units(20), .. Units(39)], missing);
        Assert.Equal([20, 39], Enumerable.Range(0, 45).Where(bin => float.IsNaN(latents[0, bin, 0])));
        Assert.Equal(3, TestRecordings.LastLine(output).GetProperty("gap_bins").GetInt32());

        static IEnumerable<(int, int)> Units(int bin) => Enumerable.Range(0, 6).Select(unit => (bin, unit));
    }

    /// <summary>The same trials through 'infer --nlb' (nlb_tools' file of tests/golden/nlb): one computation, two files.</summary>
    [Fact]
    public void Rates_are_those_of_a_submission()
    {
        string input = NlbFileTests.Prep("mc_maze_20_val.h5"), submission = _recordings.File("submission.h5");
        SpikeDataset data = SpikeDataset.Read(input);
        using CoSmoothingModel model = CoSmoothingModel.Write(
            _recordings.File("model.onnx"), new ModelOptions { Channels = 12, HeldIn = 9, ForwardBins = 10, Layers = 2, LatentDim = 4 }, data.UnitIds);

        Assert.Equal(0, TestRecordings.Run("--nlb", "--model", model.Path, "--input", input, "--out", submission, "--quiet", "--threads", "1").Code);
        Assert.Equal((0, ""), (Run(model, input).Code, Run(model, input).Error));

        (RatesHeader header, IReadOnlyDictionary<string, TrialTensor> rates) = RatesFile.Read(RatesPath("mc_maze_20_val"));
        using Hdf5File file = Hdf5File.OpenRead(submission);
        Assert.Equal(["eval_rates", "train_rates"], rates.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(data.UnitIds, header.UnitIds);
        Same("train_rates_heldin", rates["train_rates"].Part(..35, ..9));
        Same("train_rates_heldout", rates["train_rates"].Part(..35, 9..));
        Same("eval_rates_heldin", rates["eval_rates"].Part(..35, ..9));
        Same("eval_rates_heldout", rates["eval_rates"].Part(..35, 9..));
        Same("eval_rates_heldin_forward", rates["eval_rates"].Part(35.., ..9));
        Same("eval_rates_heldout_forward", rates["eval_rates"].Part(35.., 9..));

        void Same(string key, TrialTensor plain)
        {
            float[] submitted = file.Dataset("/mc_maze_20/" + key).Read<float>();
            Assert.Equal(submitted.Length, plain.Values.Length);
            Assert.All(submitted.Zip(plain.Values), pair => Assert.True(float.IsNaN(pair.Second) || Math.Abs(pair.First - pair.Second) < Tolerance, $"{key}: {pair}"));
            Assert.True(plain.Values.Count(float.IsNaN) < plain.Values.Length / 10);
        }
    }

    [Fact]
    public void Latents_are_decoded_from_the_bins_of_the_trials()
    {
        string data = _recordings.File("lorenz.h5");
        SpikeDataset dataset = ExportFixtures.WriteData(data);
        ModelOptions options = CoSmoothingModel.Small["forward only"] with { Channels = 6 };
        using CoSmoothingModel model = CoSmoothingModel.Write(_recordings.File("model.onnx"), options, dataset.UnitIds);

        Assert.Equal((0, ""), (Run(model, data, "--bin-ms", "20").Code, ""));
        var inputs = DecodeInputs.Read(RatesPath("lorenz"), data);

        Assert.Equal(dataset.Valid.Counts.Bins, inputs.Valid.Rates.Bins);
        Assert.True(TestRecordings.MaxError(model.OneShot(dataset.Valid.Counts).Part(..dataset.Valid.Counts.Bins, ..), inputs.Valid.Rates) < Tolerance);
    }

    /// <summary>A session has no samples after its end, and no row for a unit it has not.</summary>
    [Fact]
    public void As_NWB_the_rates_end_with_the_session_and_have_its_units()
    {
        string session = NwbRatesTests.Session(_recordings.File("session.nwb"));
        string[] ids = ["1", "2", "3", "elsewhere", "4"];
        using CoSmoothingModel model = CoSmoothingModel.Write(_recordings.File("model.onnx"), new ModelOptions { Channels = 5, HeldIn = 3, ForwardBins = 4, Layers = 2, LatentDim = 4 }, ids);

        Assert.Equal((0, ""), (Run(model, session, "--to", "nwb").Code, ""));

        string nwb = Path.Combine(_recordings.Out, "session.rates.nwb");
        Assert.Empty(NwbChecks.Of(nwb));
        TrialTensor rates = _recordings.Rates("session")["rates"];
        using Recording recording = NwbRecording.Open(nwb);
        TimeSeries series = recording.Series.Single();
        Assert.Equal(rates.Bins - 4, series.Samples);
        var hz = new double[series.Samples * 4];
        series.Read(0, series.Samples, hz);
        Assert.Equal(Enumerable.Range(0, (int)series.Samples).SelectMany(bin => ((int[])[0, 1, 2, 4]).Select(unit => (double)(rates[0, bin, unit] * 50f))), hz);
        using Hdf5File file = Hdf5File.OpenRead(nwb);
        Assert.Equal([0, 1, 2, 3], file.Dataset("/processing/ecephys/firing_rates_units/unit").Read<int>());
    }

    private CoSmoothingModel Write(ModelOptions options) => CoSmoothingModel.Write(_recordings.File("model.onnx"), options);

    private string RatesPath(string name = "rec") => Path.Combine(_recordings.Out, name + ".rates.h5");

    private string Infer(CoSmoothingModel model, params string[] more)
    {
        (int code, string output, string error) = Run(model, _recordings.File("rec.h5"), more);
        Assert.Equal((0, ""), (code, error));
        return output;
    }

    private (int Code, string Output, string Error) Run(CoSmoothingModel model, string input, params string[] more) =>
        TestRecordings.Run(["--model", model.Path, "--input", input, "--out", _recordings.Out, "--quiet", "--threads", "1", "--device", "cpu", .. more]);
}
