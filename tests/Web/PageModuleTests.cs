using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Infer;
using UnetSpikes.Recordings;
using UnetSpikes.Recordings.Binning;
using UnetSpikes.Runtime;
using UnetSpikes.Tests.Architecture;
using UnetSpikes.Tests.Infer;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Web;

/// <summary>What the page computes in JavaScript, against the same in C#.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class PageModuleTests
{
    [SkippableFact]
    public void Windows_are_cut_as_infer_cuts_them()
    {
        PageBrowser.RequireNode();
        var rng = new Rng(1, "windows");
        var cases = Enumerable.Range(0, 300).Select(_ => new
        {
            Bins = 1 + rng.NextInt(3000),
            Window = 1 + rng.NextInt(800),
            Multiple = 1 << rng.NextInt(5),
            Left = rng.NextInt(60),
            Right = rng.NextInt(60),
            Forward = rng.NextInt(2) * rng.NextInt(20),
        }).ToArray();

        JsonElement answers = PageBrowser.Ask("windows", cases.Select(c => new { bins = c.Bins, window = c.Window, multiple = c.Multiple, left = c.Left, right = c.Right, forward = c.Forward }));

        for (int i = 0; i < cases.Length; i++)
        {
            WindowPlan expected = WindowPlan.For(cases[i].Bins, cases[i].Window, cases[i].Multiple, cases[i].Left, cases[i].Right, cases[i].Forward);
            Assert.Equal(expected.Length, answers[i].GetProperty("length").GetInt32());
            Assert.Equal(expected.Windows, answers[i].GetProperty("windows").EnumerateArray().Select(w => new BinWindow(
                w.GetProperty("start").GetInt32(), w.GetProperty("first").GetInt32(), w.GetProperty("count").GetInt32())));
        }
    }

    [SkippableFact]
    public void Spikes_are_binned_as_recordings_bins_them_on_edges_and_in_gaps_too()
    {
        PageBrowser.RequireNode();
        double[] widths = [1, 5, 20, 7.5];
        double[] times = [-0.0005, 0, 0.0049999999999, 0.005, 0.02, 0.1499999996, 0.9999999999, 1.2345, 1.5, 2.0004999, 2.9, 3.1, 3.9999999, 0.0004, 0.3, 0.3, 0.6000000001];
        (double, double)[] intervals = [(0, 2.0004), (1.9, 2.0005), (3.0005, 4.1)];
        var trains = new SpikeTrains(["1", "2", "3"], [13, 13, 17], (first, into) => times.AsSpan((int)first, into.Length).CopyTo(into))
        {
            Observed = [.. Enumerable.Repeat(new ReadOnlyMemory<Interval>([.. intervals.Select(i => new Interval(i.Item1, i.Item2))]), 3)],
        };

        JsonElement answers = PageBrowser.Ask("binning", new
        {
            ids = trains.Ids,
            times,
            ends = trains.Ends,
            observed = Enumerable.Repeat(intervals.Select(i => new[] { i.Item1, i.Item2 }), 3),
            endSeconds = 4.1,
            widths,
        });

        for (int i = 0; i < widths.Length; i++)
        {
            BinnedSpikes binned = BinnedSpikes.Of("", trains, widths[i], BinnedSpikes.ObservedOf(trains), count: null, 4.1);
            var expected = new float[binned.Count * 3];
            binned.Read(0, binned.Count, expected);
            Assert.Contains(float.NaN, expected);
            Assert.Equal(expected, answers[i].EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? float.NaN : v.GetSingle()));
        }
    }

    [SkippableFact]
    public void Units_are_matched_as_infer_matches_them()
    {
        PageBrowser.RequireNode();
        string[] model = ["a", "b", "c", "d"];
        string[]?[] files = [null, ["d", "c", "b", "a"], ["b", "x", "a"], ["a", "b", "c", "d", "e"], ["a", "b", "b", "c"], ["w", "x", "y", "z"]];
        string[] policies = ["strict", "lenient", "position"];
        var cases = files.SelectMany(file => policies.Select(policy => (File: file, Policy: policy))).ToArray();

        JsonElement answers = PageBrowser.Ask("units", cases.Select(c => new { units = c.File?.Length ?? 4, file = c.File, model, policy = c.Policy }));

        for (int i = 0; i < cases.Length; i++)
        {
            (string[]? file, string policy) = cases[i];
            UnitMap? expected = null;
            try
            {
                expected = UnitMap.Match("f", "/spikes", file?.Length ?? 4, file, model, model.Length, new UnitPolicy(policy == "position", policy == "lenient", policy == "lenient"));
            }
            catch (DataFormatException)
            {
            }

            Assert.Equal(expected is null, answers[i].TryGetProperty("problem", out _));
            if (expected is not null)
            {
                Assert.Equal(expected.Columns, answers[i].GetProperty("columns").EnumerateArray().Select(v => v.GetInt32()));
                Assert.Equal(expected.Channels, answers[i].GetProperty("channels").EnumerateArray().Select(v => v.GetInt32()));
                Assert.Equal(expected.UnitIds, answers[i].GetProperty("unitIds").EnumerateArray().Select(v => v.GetString()));
            }
        }
    }

    [SkippableFact]
    public void A_models_metadata_are_read_from_its_file()
    {
        PageBrowser.RequireNode();
        string zoo = Path.Combine(SourceTree.Root, "models", "zoo", "lorenz_unet.onnx");

        JsonElement answers = PageBrowser.Ask("metadata", new[] { zoo, TestRecordings.Model("whole"), TestRecordings.Model("other"), Path.Combine(SourceTree.Root, "package.json") });

        using var session = new OnnxSession(File.ReadAllBytes(zoo), new SessionSettings { Threads = 1 });
        ModelMetadata expected = ModelMetadata.FromDictionary(zoo, session.Metadata);
        Assert.Equal(expected.UnitIds, answers[0].GetProperty("unitIds").EnumerateArray().Select(v => v.GetString()));
        Assert.Equal(expected.BinWidthMs, answers[0].GetProperty("binWidthMs").GetDouble());
        Assert.Equal((expected.ReceptiveFieldLeft, expected.BinMultiple), (answers[0].GetProperty("receptiveFieldLeft").GetInt32(), answers[0].GetProperty("binMultiple").GetInt32()));
        Assert.Equal(expected.Architecture, answers[0].GetProperty("architecture").GetString());
        Assert.True(answers[1].GetProperty("needsTrials").GetBoolean());
        Assert.Equal("metadata unet_spikes.format_version is missing, expected a model written by 'unet-spikes export'", answers[2].GetProperty("problem").GetString());
        Assert.Equal("is not an ONNX model", answers[3].GetProperty("problem").GetString());
    }

    [SkippableFact]
    public void A_view_is_the_mean_over_each_column()
    {
        PageBrowser.RequireNode();
        const int Bins = 1000, Channels = 2;
        var rng = new Rng(1, "view");
        float?[] values = [.. Enumerable.Range(0, Bins * Channels).Select(i => i % Channels == 1 && i is > 300 and < 900 ? (float?)null : rng.NextSingle())];
        (int From, int To, int Columns)[] stretches = [(0, 1000, 1000), (17, 40, 23), (0, 960, 30), (128, 640, 4)];

        JsonElement answers = PageBrowser.Ask("view", new { bins = Bins, channels = Channels, values, stretches = stretches.Select(s => new { from = s.From, to = s.To, columns = s.Columns }) });

        for (int i = 0; i < stretches.Length; i++)
        {
            (int from, int to, int columns) = stretches[i];
            int per = (to - from) / columns;
            for (int column = 0; column < columns; column++)
            {
                float[] known = [.. Enumerable.Range(from + (column * per), per).Select(bin => values[bin * Channels]!.Value)];
                Assert.Equal(known.Average(), answers[i][column].GetSingle(), 1e-5);
            }

            // Within the gap nothing is known; the second channel's row lies behind the first's.
            Assert.Equal(JsonValueKind.Number, answers[i][columns].ValueKind);
        }

        Assert.Equal(JsonValueKind.Null, answers[0][1000 + 200].ValueKind);
    }

    [SkippableFact]
    public void Latents_that_are_linear_in_log_rates_are_found_and_components_are_uncorrelated()
    {
        PageBrowser.RequireNode();
        const int Trials = 4, Bins = 60, Channels = 12;
        var rng = new Rng(1, "latents");
        double[] readout = [.. Enumerable.Range(0, Channels * 3).Select(_ => rng.NextNormal() * 0.4)];
        double[] truth = [.. Enumerable.Range(0, Trials * Bins * 3).Select(i => Math.Sin((i / 3 * (0.1 + (i % 3 * 0.07))) + (i % 3)))];
        double[] rates = [.. Enumerable.Range(0, Trials * Bins).SelectMany(row => Enumerable.Range(0, Channels).Select(unit =>
            Math.Exp(-1 + Enumerable.Range(0, 3).Sum(d => readout[(unit * 3) + d] * truth[(row * 3) + d]))))];

        JsonElement decoded = PageBrowser.Ask("latents", new { trials = Trials, bins = Bins, channels = Channels, rates, truth });
        JsonElement components = PageBrowser.Ask("latents", new { trials = Trials, bins = Bins, channels = Channels, rates });

        Assert.Equal("decoded", decoded.GetProperty("kind").GetString());
        Assert.All(decoded.GetProperty("r2").EnumerateArray(), r2 => Assert.InRange(r2.GetDouble(), 0.999, 1));
        Assert.Equal("components", components.GetProperty("kind").GetString());
        double[][] series = [.. Enumerable.Range(0, 3).Select(d => components.GetProperty("inferred").EnumerateArray().Where((_, i) => i % 3 == d).Select(v => v.GetDouble()).ToArray())];
        double[] variance = [.. series.Select(s => s.Average(v => v * v))];
        Assert.True(variance[0] > variance[1] && variance[1] > variance[2] && variance[2] > 0.01, "largest first");
        Assert.InRange(series[0].Zip(series[1], (a, b) => a * b).Average() / Math.Sqrt(variance[0] * variance[1]), -1e-3, 1e-3);
    }

    [SkippableFact]
    public void The_types_that_the_page_states_hold()
    {
        PageBrowser.RequireNode("typescript");
        string compiler = Path.Combine(SourceTree.Root, "node_modules", "typescript", "bin", "tsc");

        (int code, string output) = PageBrowser.Run("node", "", [compiler, "-p", Path.Combine(SourceTree.Root, "web", "jsconfig.json")]);

        Assert.True(code == 0, output);
    }
}
