using System.Text.Json;
using FsCheck.Fluent;
using UnetSpikes.Cli;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Tests.Data;
using Xunit;

namespace UnetSpikes.Tests.Infer;

/// <summary>The tool as a user runs it, on a small network with strides (tests/golden/infer).</summary>
public sealed class InferCommandTests : IDisposable
{
    // Two float32 sums of the same few dozen terms, ordered differently for different lengths; rates here are below 30.
    private const double Tolerance = 1e-5;

    private readonly TestRecordings _recordings = new();

    public void Dispose() => _recordings.Dispose();

    [Fact]
    public void Trials_become_rates_with_units_widths_and_their_origin()
    {
        TrialTensor train = TestRecordings.Counts(7, 50), valid = TestRecordings.Counts(3, 50, seed: 2);
        string path = _recordings.Write("a/lorenz.h5", 20, ["a", "b", "c", "d"], ("train_data", train), ("valid_data", valid));

        (int code, string output, string error) = _recordings.Infer(path, "--batch", "4", "--json");

        Assert.Equal((0, ""), (code, error));
        (RatesHeader header, IReadOnlyDictionary<string, TrialTensor> rates) = RatesFile.Read(Path.Combine(_recordings.Out, "lorenz.rates.h5"));
        Assert.Equal(["train_rates", "valid_rates"], rates.Keys.Order());
        Assert.True(TestRecordings.MaxError(TestRecordings.OneShot(train), rates["train_rates"]) < Tolerance);
        Assert.True(TestRecordings.MaxError(TestRecordings.OneShot(valid), rates["valid_rates"]) < Tolerance);
        Assert.Equal(20, header.BinWidthMs);
        Assert.Equal(["a", "b", "c", "d"], header.UnitIds);
        JsonElement origin = JsonDocument.Parse(header.ProvenanceJson).RootElement;
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(TestRecordings.Pyramid))), origin.GetProperty("model").GetProperty("sha256").GetString());
        Assert.Equal(9, origin.GetProperty("model").GetProperty("receptive_field_left").GetInt32());
        Assert.Equal(path, origin.GetProperty("input").GetProperty("path").GetString());
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path))), origin.GetProperty("input").GetProperty("sha256").GetString());
        JsonElement line = TestRecordings.LastLine(output).GetProperty("inputs")[0];
        Assert.Equal(7, line.GetProperty("arrays")[0].GetProperty("trials").GetInt32());
        Assert.True(line.GetProperty("times_real_time").GetDouble() > 0);
    }

    [Fact]
    public void Any_recording_in_any_windows_gives_what_one_run_over_it_gives() => Law.Holds(
        from trials in Gen.Choose(1, 3)
        from bins in Gen.Choose(1, 300)
        from window in Gen.Choose(1, 120)
        from batch in Gen.Choose(1, 5)
        select (trials, bins, window, batch), 60, s =>
        {
            TrialTensor counts = TestRecordings.Counts(s.trials, s.bins, (ulong)s.bins);
            string path = _recordings.Write(counts);

            (int code, _, string error) = _recordings.Infer(path, "--window", Text(s.window), "--batch", Text(s.batch), "--latents", "--force");

            Assert.Equal((0, ""), (code, error));
            IReadOnlyDictionary<string, TrialTensor> written = _recordings.Rates();
            return TestRecordings.MaxError(TestRecordings.OneShot(counts), written["rates"]) < Tolerance
                && TestRecordings.MaxError(TestRecordings.OneShot(counts, "latents"), written["latents"]) < Tolerance;
        });

    [Fact]
    public void A_window_off_the_grid_or_a_halo_too_short_would_show()
    {
        // What the law above would miss if the fixture were blind: one bin off, or half the reach, is far beyond the tolerance.
        TrialTensor counts = TestRecordings.Counts(1, 201), whole = TestRecordings.OneShot(counts);

        Assert.True(Cut(first: 1) > 1e-3);
        Assert.True(Cut(first: 40, skip: 4) > 1e-3);
        Assert.True(Cut(first: 40, skip: 12) < Tolerance);

        double Cut(int first, int skip = 30)
        {
            var piece = new TrialTensor(1, 101, TestRecordings.Units, counts.Values[(first * 4)..((first + 101) * 4)]);
            TrialTensor rates = TestRecordings.OneShot(piece);
            return Enumerable.Range(skip, 40).SelectMany(b => Enumerable.Range(0, 4).Select(u => (double)Math.Abs(rates[0, b, u] - whole[0, first + b, u]))).Max();
        }
    }

    [Fact]
    public void A_long_recording_is_run_in_windows_whose_size_does_not_grow_with_it()
    {
        string shorter = _recordings.Write("s.h5", 20, null, ("spikes", TestRecordings.Counts(1, 20_000)));
        string longer = _recordings.Write("l.h5", 20, null, ("spikes", TestRecordings.Counts(1, 60_000)));

        (int code, string output, string error) = TestRecordings.Run("--model", TestRecordings.Pyramid, "--input", shorter, longer, "--out", _recordings.Out, "--window", "1000", "--batch", "3", "--threads", "1", "--quiet", "--json");

        Assert.Equal((0, ""), (code, error));
        JsonElement[] arrays = [.. TestRecordings.LastLine(output).GetProperty("inputs").EnumerateArray().Select(i => i.GetProperty("arrays")[0])];
        Assert.All(arrays, a => Assert.Equal((1000, 3), (a.GetProperty("window_bins").GetInt32(), a.GetProperty("batch").GetInt32())));
        Assert.Equal([21, 62], arrays.Select(a => a.GetProperty("windows").GetInt32()));
        Assert.True(TestRecordings.MaxError(TestRecordings.OneShot(TestRecordings.Counts(1, 60_000)), _recordings.Rates("l")["rates"]) < Tolerance);
    }

    [Fact]
    public void A_model_without_a_grid_is_cut_just_as_well()
    {
        TrialTensor counts = TestRecordings.Counts(2, 97);
        string path = _recordings.Write(counts);

        (int code, _, string error) = TestRecordings.Run("--model", TestRecordings.Model("flat"), "--input", path, "--out", _recordings.Out, "--window", "10", "--quiet");

        Assert.Equal((0, ""), (code, error));
        Assert.True(TestRecordings.MaxError(TestRecordings.OneShot(counts, model: "flat"), _recordings.Rates()["rates"]) < Tolerance);
    }

    [Fact]
    public void Units_in_another_order_get_their_own_rates_in_the_files_order()
    {
        TrialTensor counts = TestRecordings.Counts(2, 60);
        int[] order = [2, 0, 3, 1];
        var permuted = new TrialTensor(2, 60, 4);
        for (int i = 0; i < counts.Values.Length; i++)
        {
            permuted.Values[i] = counts.Values[(i / 4 * 4) + order[i % 4]];
        }

        string path = _recordings.Write(permuted, ["c", "a", "d", "b"]);

        (int code, string output, _) = _recordings.Infer(path, "--json");

        Assert.Equal(0, code);
        TrialTensor expected = TestRecordings.OneShot(counts), rates = _recordings.Rates()["rates"];
        for (int i = 0; i < rates.Values.Length; i++)
        {
            Assert.Equal(expected.Values[(i / 4 * 4) + order[i % 4]], rates.Values[i], Tolerance);
        }

        Assert.True(TestRecordings.LastLine(output).GetProperty("inputs")[0].GetProperty("units_reordered").GetBoolean());
    }

    [Fact]
    public void Gaps_are_fed_as_zeros_and_come_out_as_gaps_and_are_counted()
    {
        TrialTensor counts = TestRecordings.Counts(2, 150);
        counts.Trial(1).Slice(40 * 4, 10 * 4).Fill(float.NaN);
        counts[1, 100, 2] = float.NaN; // one unit only
        string path = _recordings.Write(counts);

        (int code, string output, string error) = _recordings.Infer(path, "--window", "60", "--latents", "--json");

        Assert.Equal((0, ""), (code, error));
        TrialTensor expected = TestRecordings.OneShot(counts), rates = _recordings.Rates()["rates"], latents = _recordings.Rates()["latents"];
        for (int i = 0; i < rates.Values.Length; i++)
        {
            Assert.Equal(float.IsNaN(counts.Values[i]), float.IsNaN(rates.Values[i]));
            Assert.True(float.IsNaN(counts.Values[i]) || Math.Abs(expected.Values[i] - rates.Values[i]) < Tolerance);
        }

        Assert.True(float.IsNaN(latents[1, 45, 0]));
        Assert.False(float.IsNaN(latents[1, 100, 0])); // three units were recorded
        Assert.Equal(11, TestRecordings.LastLine(output).GetProperty("gap_bins").GetInt64());
        Assert.Equal(36, TestRecordings.LastLine(output).GetProperty("near_gap_bins").GetInt64()); // 9 on either side of each
        Assert.Contains("saw zeros in its place", output, StringComparison.Ordinal);
    }

    [Fact]
    public void No_trials_give_no_rates_but_a_file()
    {
        string path = _recordings.Write("rec.h5", 20, null, ("train_data", TestRecordings.Counts(3, 20)), ("valid_data", TestRecordings.Counts(0, 20)));

        (int code, _, string error) = _recordings.Infer(path);

        Assert.Equal((0, ""), (code, error));
        Assert.Equal(0, _recordings.Rates()["valid_rates"].Trials);
    }

    [Fact]
    public void Help_says_what_it_does_and_what_the_exit_codes_mean()
    {
        (int code, string output, _) = TestRecordings.Run("--help");

        Assert.Equal(0, code);
        Assert.Contains("Turn spike counts into rates", output, StringComparison.Ordinal);
        Assert.Contains("--window <BINS>", output, StringComparison.Ordinal);
        Assert.Contains(ExitCode.Summary, output, StringComparison.Ordinal);
    }

    private static string Text(int value) => value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
