using System.Globalization;
using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Data;
using UnetSpikes.Models;
using UnetSpikes.Tests.Data;
using UnetSpikes.Tests.Infer;
using UnetSpikes.Tests.Support;
using UnetSpikes.Web;
using Xunit;

namespace UnetSpikes.Tests.Web;

/// <summary>Models that predict units and bins they do not see, in the page: as <c>infer</c> runs them.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class CoSmoothingPageTests : IDisposable
{
    private readonly TestRecordings _recordings = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly WebServer _server = WebServer.Start(new StaticSite(), port: 0);

    public CoSmoothingPageTests() => _ = _server.RunAsync(_stop.Token);

    public void Dispose()
    {
        _stop.Cancel();
        _server.Dispose();
        _stop.Dispose();
        _recordings.Dispose();
    }

    /// <summary>Held-in units in another order among held-out ones and strangers, gaps, more than two windows, a forecast behind the end.</summary>
    [SkippableFact]
    public void A_long_recording_is_smoothed_as_infer_does()
    {
        PageBrowser.RequireBrowser();
        using CoSmoothingModel model = CoSmoothingModel.Write(_recordings.File("model.onnx"), CoSmoothingModel.Small["unet"]);
        var counts = new TrialTensor(1, 5000, 6);
        var rng = new Rng(1, "counts");
        for (int i = 0; i < counts.Values.Length; i++)
        {
            counts.Values[i] = (i / 6 is >= 1000 and < 1100) || (i % 6 == 3 && i / 6 > 4000) ? float.NaN : rng.NextPoisson(0.7);
        }

        string path = _recordings.Write("rec.h5", 20, ["u3", "u5", "u0", "u2", "extra", "u1"], ("spikes", counts));

        JsonElement seen = PageBrowser.Check("smooth_files", _server.Address, _recordings.File("page"), model.Path, path, "choose", "lenient");

        InferredFiles.AssertAgree(InferredFiles.Infer(model.Path, path, "--drop-surplus"), Downloaded("rec.rates.h5"));
        Assert.StartsWith("Smoothed 5,000 bins of 4 units, with 2 held-out units and 5 forward bins behind its end predicted, in ", seen.GetProperty("status").GetString(), StringComparison.Ordinal);
        Assert.Contains("6: 4 held in, 2 held out", seen.GetProperty("modelFacts").GetString(), StringComparison.Ordinal);
        Assert.Contains("unit u5, held out", seen.GetProperty("units").EnumerateArray().Select(unit => unit.GetString()));
        Assert.Equal("Spikes of 4 units, 0 to 100 s.", seen.GetProperty("words").GetProperty("raster").GetString());
        Assert.StartsWith("Inferred rates of 6 units, the last 2 of them held out and predicted unseen, 0 to 100 s, the last of it predicted behind the trial's end", seen.GetProperty("words").GetProperty("rates").GetString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void The_benchmarks_held_in_tensors_are_what_goes_in()
    {
        PageBrowser.RequireBrowser();
        string path = _recordings.File("maze.h5");
        File.Copy(NlbFileTests.Prep("mc_maze_20_val.h5"), path);
        SpikeDataset data = SpikeDataset.Read(path);
        using CoSmoothingModel model = CoSmoothingModel.Write(
            _recordings.File("model.onnx"), new ModelOptions { Channels = 12, HeldIn = 9, ForwardBins = 10, Layers = 2, LatentDim = 4 }, data.UnitIds);

        JsonElement seen = PageBrowser.Check("smooth_files", _server.Address, _recordings.File("page"), model.Path, path, "choose");

        string inferred = InferredFiles.Infer(model.Path, path);
        InferredFiles.AssertAgree(inferred, Downloaded("maze.rates.h5"));
        Assert.Equal(["eval_spikes_heldin", "train_spikes_heldin"], seen.GetProperty("arrays").EnumerateArray().Select(array => array.GetString()));
        using RatesFile expected = RatesFile.Open(inferred);
        AssertCsv("trial,bin,seconds,forward," + string.Join(',', data.UnitIds), expected.ReadAll("eval_rates"), Downloaded("maze.rates.csv"));
        AssertCsv("trial,bin,seconds,forward,latent_1,latent_2,latent_3,latent_4", expected.ReadAll("eval_latents"), Downloaded("maze.latents.csv"));
    }

    /// <summary>Where trials have true rates, those of held-out units are scored too, and forward bins are in no score.</summary>
    [SkippableFact]
    public void Held_out_units_are_scored_where_their_true_rates_are_known()
    {
        PageBrowser.RequireBrowser();
        string path = _recordings.File("lorenz.h5");
        SpikeDataset data = UnetSpikes.Tests.Export.ExportFixtures.WriteData(path);
        using CoSmoothingModel model = CoSmoothingModel.Write(
            _recordings.File("model.onnx"), new ModelOptions { Channels = data.UnitIds.Count, HeldIn = data.UnitIds.Count - 2, ForwardBins = 5, Layers = 2, LatentDim = 4 }, data.UnitIds);

        JsonElement seen = PageBrowser.Check("smooth_files", _server.Address, _recordings.File("page"), model.Path, path, "choose");

        TrialTensor truth = data.Valid.Rates!, rates = model.OneShot(data.Valid.Counts.Part(.., ..^2)).Part(..truth.Bins, ..);
        Assert.Contains($"R² of the rates, {R2(..^2)}, is the mean over held-in units", seen.GetProperty("score").GetString(), StringComparison.Ordinal);
        Assert.Contains($"Of the held-out units it is {R2(^2..)}.", seen.GetProperty("score").GetString(), StringComparison.Ordinal);

        string R2(Range units) => RateScores.Compute(truth.Part(.., units), rates.Part(.., units)).R2Uniform.ToString("0.000", CultureInfo.InvariantCulture).Replace('-', '−');
    }

    private string Downloaded(string name) => Path.Combine(_recordings.File("page"), name);

    /// <summary>Every bin on a line, the forward ones (the last ten) marked.</summary>
    private static void AssertCsv(string head, TrialTensor expected, string path)
    {
        string[] lines = File.ReadAllLines(path);
        Assert.Equal(head, lines[0]);
        string[][] cells = [.. lines.Skip(1).Select(line => line.Split(','))];
        Assert.Equal(Enumerable.Range(0, expected.Trials * expected.Bins).Select(row => row % expected.Bins < expected.Bins - 10 ? "0" : "1"), cells.Select(row => row[3]));
        Assert.Equal(
            expected.Values,
            cells.SelectMany(row => row.Skip(4)).Select(cell => cell.Length == 0 ? float.NaN : float.Parse(cell, CultureInfo.InvariantCulture)),
            (e, a) => (float.IsNaN(e) && float.IsNaN(a)) || Math.Abs(e - a) < InferredFiles.Tolerance);
    }
}
