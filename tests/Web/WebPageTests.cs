using System.Globalization;
using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Hdf5;
using UnetSpikes.Tests.Infer;
using UnetSpikes.Tests.Support;
using UnetSpikes.Web;
using Xunit;

namespace UnetSpikes.Tests.Web;

/// <summary>The page in headless Chromium: what it computes is what <c>infer</c> computes, and it can be used by everyone.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class WebPageTests : IDisposable
{
    private const double Tolerance = InferredFiles.Tolerance;

    private readonly TestRecordings _recordings = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly WebServer _server = WebServer.Start(new StaticSite(), port: 0);

    public WebPageTests() => _ = _server.RunAsync(_stop.Token);

    public void Dispose()
    {
        _stop.Cancel();
        _server.Dispose();
        _stop.Dispose();
        _recordings.Dispose();
    }

    [SkippableFact]
    public void Try_it_shows_everything_and_gives_the_rates_that_infer_gives()
    {
        PageBrowser.RequireBrowser();

        JsonElement seen = PageBrowser.Check("try_it", _server.Address, _recordings.File("page"));

        Assert.True(seen.GetProperty("isolated").GetBoolean(), "threads are allowed");
        Assert.Matches(@"^Smoothed 600 bins of 29 units in .* \(WebAssembly, \d threads?\)\. R² against the true rates: 0\.8\d+\.$", Text(seen, "status"));
        Assert.Matches(@"decoded from the inferred log-rates .* mean 0\.9\d\d\.$", Text(seen, "latents"));
        Assert.Equal(29, seen.GetProperty("rows").GetInt32());
        Assert.All(seen.GetProperty("owners").EnumerateArray(), owner => Assert.Equal("a worker", owner.GetString())); // The page's thread never draws: it stays free.
        Assert.All(seen.GetProperty("colours").EnumerateObject(), canvas => Assert.True(canvas.Value.GetInt32() > 50, $"{canvas.Name} is drawn"));
        string demo = Written("demo/lorenz.h5");
        TrialTensor expected = Inferred(Written("demo/lorenz_unet.onnx"), demo, "valid_rates");
        (RatesHeader header, IReadOnlyDictionary<string, TrialTensor> arrays) = RatesFile.Read(Path.Combine(_recordings.File("page"), "lorenz.rates.h5"));
        Assert.True(TestRecordings.MaxError(expected, arrays["valid_rates"]) < Tolerance);
        Assert.Equal((20.0, 29), (header.BinWidthMs, header.UnitIds.Count));
        InferredFiles.AssertAgree(InferredFiles.Infer(Written("demo/lorenz_unet.onnx"), demo), Path.Combine(_recordings.File("page"), "lorenz.rates.h5"));
        Assert.Equal(expected.Values, FromCsv(Path.Combine(_recordings.File("page"), "lorenz.rates.csv")), (e, a) => Math.Abs(e - a) < Tolerance);
        // R² as the product scores it, to the digits shown.
        SpikeDataset truth = LfadsFile.Read(demo);
        double r2 = RateScores.Compute(truth.Valid.Rates!, expected).R2Uniform;
        Assert.Contains(r2.ToString("0.000", CultureInfo.InvariantCulture), Text(seen, "score"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void The_page_and_its_workers_can_reach_no_other_host()
    {
        PageBrowser.RequireBrowser();
        string site = _recordings.File("site");
        new StaticSite().WriteTo(site);
        using var host = new PlainHost(site); // The policy is the page's own, whatever headers its host sends.

        JsonElement seen = PageBrowser.CheckLoudly("policy", host.Page, _recordings.File("page"));

        Assert.Equal(("refused", "refused"), (Text(seen, "fromPage"), Text(seen, "fromWorker")));
        Assert.Contains(seen.GetProperty("complaints").EnumerateArray(), line => line.GetString()!.Contains("connect-src 'self'", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void WebGpu_gives_the_same_rates()
    {
        PageBrowser.RequireBrowser();

        JsonElement seen = PageBrowser.Check("webgpu", _server.Address, _recordings.File("page"));

        Skip.IfNot(seen.GetProperty("hasWebGpu").GetBoolean(), "this browser has no WebGPU, in software either");
        Assert.Equal(2 * 97 * 29, seen.GetProperty("values").GetInt32());
        Assert.True(seen.GetProperty("largest").GetDouble() > 0.5);
        Assert.InRange(seen.GetProperty("difference").GetDouble(), 0, Tolerance);
    }

    [SkippableFact]
    public void Dropped_files_longer_than_a_window_with_gaps_and_units_in_another_order_are_smoothed_as_infer_does()
    {
        PageBrowser.RequireBrowser();
        TrialTensor counts = TestRecordings.Counts(1, 5000);
        counts.Values.AsSpan(4000, 400).Fill(float.NaN);
        string path = _recordings.Write(counts, ["d", "b", "a", "c"]);

        JsonElement seen = PageBrowser.Check("smooth_files", _server.Address, _recordings.File("page"), TestRecordings.Pyramid, path, "drop");

        string page = Path.Combine(_recordings.File("page"), "rec.rates.h5");
        InferredFiles.AssertAgree(InferredFiles.Infer(TestRecordings.Pyramid, path), page);
        (RatesHeader header, IReadOnlyDictionary<string, TrialTensor> arrays) = RatesFile.Read(page);
        Assert.Equal(["d", "b", "a", "c"], header.UnitIds);
        Assert.Contains(float.NaN, arrays["rates"].Values);
        Assert.Contains("5,000 bins", Text(seen, "facts"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_nwb_recording_is_binned_and_smoothed_as_infer_does()
    {
        PageBrowser.RequireBrowser();
        string path = WriteNwb();

        PageBrowser.Check("smooth_files", _server.Address, _recordings.File("page"), TestRecordings.Pyramid, path, "choose");

        AssertSame(Inferred(TestRecordings.Pyramid, path, "rates"), RatesFile.Read(Path.Combine(_recordings.File("page"), "session.rates.h5")).Arrays["rates"]);
    }

    [SkippableFact]
    public void Any_static_host_will_do_in_a_sub_folder_too_without_threads()
    {
        PageBrowser.RequireBrowser();
        string site = _recordings.File("site");
        new StaticSite().WriteTo(site);
        using var host = new PlainHost(site);
        TrialTensor counts = TestRecordings.Counts(3, 50);

        JsonElement seen = PageBrowser.Check("smooth_files", host.Page, _recordings.File("page"), TestRecordings.Pyramid, _recordings.Write(counts), "choose");

        Assert.False(seen.GetProperty("isolated").GetBoolean());
        Assert.Contains("(WebAssembly, 1 thread)", Text(seen, "status"), StringComparison.Ordinal);
        AssertSame(TestRecordings.OneShot(counts), RatesFile.Read(Path.Combine(_recordings.File("page"), "rec.rates.h5")).Arrays["rates"]);
    }

    [SkippableFact]
    public void Units_that_differ_may_be_let_pass()
    {
        PageBrowser.RequireBrowser();
        string path = _recordings.Write(TestRecordings.Counts(2, 40), ["b", "x", "a", "y"]);

        JsonElement seen = PageBrowser.Check("smooth_files", _server.Address, _recordings.File("page"), TestRecordings.Pyramid, path, "choose", "lenient");

        Assert.Contains("2 of the model's missing; 2 left out", Text(seen, "facts"), StringComparison.Ordinal);
        (RatesHeader header, IReadOnlyDictionary<string, TrialTensor> arrays) = RatesFile.Read(Path.Combine(_recordings.File("page"), "rec.rates.h5"));
        Assert.Equal(["b", "a"], header.UnitIds);
        AssertSame(Inferred(TestRecordings.Pyramid, path, "rates", "--fill-missing", "--drop-surplus"), arrays["rates"]);
    }

    [SkippableFact]
    public void What_does_not_go_is_one_clear_line()
    {
        PageBrowser.RequireBrowser();
        string damaged = _recordings.File("damaged.h5"), text = _recordings.File("notes.onnx");
        byte[] whole = File.ReadAllBytes(_recordings.Write(TestRecordings.Counts(2, 40)));
        File.WriteAllBytes(damaged, whole[..(whole.Length / 3)]);
        File.WriteAllText(text, "no model");
        byte[] flipped = File.ReadAllBytes(Written("demo/lorenz.h5"));
        for (int i = 4096; i < flipped.Length; i += 997)
        {
            flipped[i] ^= 0x5a; // In packed chunks: the library has to notice, or what lay in memory would be read.
        }

        string torn = _recordings.File("torn.h5");
        File.WriteAllBytes(torn, flipped);
        string good = _recordings.Write("good.h5", 20, null, ("spikes", TestRecordings.Counts(2, 40)));
        (string Model, string Recording, string Line)[] cases =
        [
            (TestRecordings.Model("other"), good, "other.onnx: metadata unet_spikes.format_version is missing, expected a model written by 'unet-spikes export'"),
            (text, good, "notes.onnx: is not an ONNX model"),
            (TestRecordings.Pyramid, damaged, "damaged.h5: is not an HDF5 file, or it is damaged, expected HDF5 or NWB"),
            (Written("demo/lorenz_unet.onnx"), torn, "torn.h5: /valid_data cannot be read: the file is damaged, or packed in a way this page does not know"),
            (TestRecordings.Pyramid, TestRecordings.Pyramid.Replace("infer/pyramid.onnx", "nwb/oddities.nwb", StringComparison.Ordinal), "oddities.nwb: names none of the model's 4 units ('a', 'b', 'c', 'd')"),
            (TestRecordings.Pyramid, _recordings.Write("names.h5", 20, ["a", "b", "c", "x"], ("spikes", TestRecordings.Counts(2, 40))), "names.h5: lacks 1 of the model's 4 units ('d'), and names 1 that the model was not trained on ('x'); the choice under “Units that do not match” can let that pass"),
            (TestRecordings.Pyramid, _recordings.Write("width.h5", 5, null, ("spikes", TestRecordings.Counts(2, 40))), "width.h5: /spikes has bins of 5 ms, expected the 20 ms that the model was trained on"),
            (TestRecordings.Pyramid, _recordings.Write("mute.h5", null, null, ("spikes", TestRecordings.Counts(2, 40))), "mute.h5: /spikes has no bin width (attribute bin_ms, or /dt in seconds), expected the model's 20 ms; if that is what it is, say so under “Bin width”"),
            (TestRecordings.Pyramid, _recordings.Write("none.h5", 20, null, ("weights", TestRecordings.Counts(2, 40))), "none.h5: holds no spike counts, expected train_data, valid_data, *_spikes*, spikes, counts or data, or the units of an NWB file"),
            (TestRecordings.Model("whole"), _recordings.Write("long.h5", 20, null, ("spikes", TestRecordings.Counts(1, 2100))), "long.h5: /spikes has trials of 2100 bins, expected at most 2048: the model averages over whole trials and cannot take them in pieces"),
        ];

        JsonElement seen = PageBrowser.Check("refusals", _server.Address, _recordings.File("page"), [.. cases.SelectMany(c => new[] { c.Model, c.Recording })]);

        Assert.Equal(cases.Select(c => c.Line), seen.GetProperty("lines").EnumerateArray().Select(line => line.GetString()));
        Assert.Equal(1, seen.GetProperty("stillHidden").GetInt32());
    }

    [SkippableFact]
    public void Everything_can_be_done_by_keyboard_and_has_a_name()
    {
        PageBrowser.RequireBrowser();

        JsonElement seen = PageBrowser.Check("keyboard", _server.Address, _recordings.File("page"));

        Assert.Equal("0 to 4 s of trial 4", Text(seen, "whole"));
        Assert.Equal("0 to 4 s of trial 9", Text(seen, "second"));
        Assert.Equal("1 to 3 s of trial 9", Text(seen, "closer"));
        Assert.True(seen.GetProperty("turned").GetBoolean());
        Assert.All(seen.GetProperty("stops").EnumerateArray(), stop => Assert.NotEmpty(Text(stop, "name")));
        string tree = Text(seen, "tree");
        Assert.All(
            (string[])["heading \"Smooth a recording\" [level=1]", "heading \"Latents\" [level=2]", "combobox \"Trial\"", "listbox \"Units drawn as curves\"", "img \"Spikes of 29 units", "img \"Inferred rates of 29 units", "status: \"Smoothed 600 bins"],
            part => Assert.Contains(part, tree, StringComparison.Ordinal));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static void AssertSame(TrialTensor expected, TrialTensor actual) =>
        Assert.Equal(expected.Values, actual.Values, (e, a) => (float.IsNaN(e) && float.IsNaN(a)) || Math.Abs(e - a) < Tolerance);

    private static float[] FromCsv(string path) => [.. File.ReadLines(path).Skip(1)
        .SelectMany(line => line.Split(',').Skip(3)).Select(cell => float.Parse(cell, CultureInfo.InvariantCulture))];

    /// <summary>What <c>infer</c> gives for one array.</summary>
    private static TrialTensor Inferred(string model, string input, string array, params string[] more) =>
        RatesFile.Read(InferredFiles.Infer(model, input, more)).Arrays[array];

    /// <summary>A file of the site, on disk.</summary>
    private string Written(string path)
    {
        string target = _recordings.File(Path.GetFileName(path));
        using Stream from = new StaticSite().Open(path);
        using FileStream to = File.Create(target);
        from.CopyTo(to);
        return target;
    }

    /// <summary>An NWB session of a minute: four units, one of them silent, spikes on the edges of bins, and a gap.</summary>
    private string WriteNwb()
    {
        string path = _recordings.File("session.nwb");
        var rng = new Rng(1, "nwb");
        double[][] trains = [.. Enumerable.Range(0, 4).Select(unit => unit == 2 ? [] : Enumerable.Range(0, 400 * (unit + 1))
            .Select(i => i % 7 == 0 ? 0.02 * rng.NextInt(3000) : 60 * rng.NextDouble()).Order().ToArray())];
        double[] edges = [.. trains.SelectMany(_ => (double[])[0, 20.003, 25, 59.5])];
        using Hdf5File file = Hdf5File.Create(path);
        file.WriteAttribute("/", "nwb_version", "2.5.0");
        file.WriteAttribute("/", "neurodata_type", "NWBFile");
        file.CreateGroup("/units");
        file.WriteAttribute("/units", "neurodata_type", "Units");
        file.WriteAttribute("/units", "colnames", "spike_times");
        file.WriteStrings("/units/id", ["a", "b", "c", "d"]);
        file.Write<double>("/units/spike_times", [trains.Sum(t => t.Length)], [.. trains.SelectMany(t => t)]);
        file.Write<long>("/units/spike_times_index", [4], [.. trains.Select((_, i) => (long)trains.Take(i + 1).Sum(t => t.Length))]);
        file.Write<double>("/units/obs_intervals", [8, 2], edges);
        file.Write<long>("/units/obs_intervals_index", [4], [2, 4, 6, 8]);
        return path;
    }
}
