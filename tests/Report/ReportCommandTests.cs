using System.Text.Json;
using System.Text.RegularExpressions;
using UnetSpikes.Cli;
using UnetSpikes.Models;
using UnetSpikes.Models.Runs;
using UnetSpikes.Report;
using UnetSpikes.Tests.Train;
using Xunit;

namespace UnetSpikes.Tests.Report;

/// <summary>The tool in process: what the page says, and what it refuses.</summary>
public sealed partial class ReportCommandTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Scores_computed_anew_are_those_the_run_reported()
    {
        JsonElement result = TinyRun.LastLine(_tiny.Train("run", 60).Output);

        JsonElement run = Page("run")["runs"][0];

        Dictionary<string, (double Network, double Smoothing)> scores = run.GetProperty("scores").EnumerateArray().ToDictionary(
            s => s.GetProperty("name").GetString()!, s => (s.GetProperty("network").GetDouble(), s.GetProperty("smoothing").GetDouble()));
        Assert.Equal(result.GetProperty("r2_uniform").GetDouble(), scores["R2 of rates, mean over units"].Network, 1e-5);
        Assert.Equal(result.GetProperty("r2_smoothing").GetDouble(), scores["R2 of rates, mean over units"].Smoothing, 1e-9);
        Assert.Equal(result.GetProperty("r2_pooled").GetDouble(), scores["R2 of rates, pooled"].Network, 1e-5);
        Assert.Equal(result.GetProperty("r2_median").GetDouble(), scores["R2 of rates, median unit"].Network, 1e-5);
        Assert.Equal(result.GetProperty("bits_per_spike").GetDouble(), scores["bits per spike"].Network, 1e-12);
        Assert.Equal(result.GetProperty("bits_per_spike_smoothing").GetDouble(), scores["bits per spike"].Smoothing, 1e-9);
        Assert.All(run.GetProperty("scores").EnumerateArray(), s => Assert.True(s.GetProperty("definition").GetString()!.Length > 20));
        Assert.Equal(result.GetProperty("best_step").GetInt64(), run.GetProperty("kept_step").GetInt64());
        Assert.Equal(result.GetProperty("smoothing_sigma_bins").GetDouble(), run.GetProperty("smoothing_sigma_bins").GetDouble());
        double[] perUnit = [.. run.GetProperty("units").EnumerateArray().Select(u => u.GetProperty("r2").GetDouble())];
        Assert.Equal(scores["R2 of rates, mean over units"].Network, perUnit.Average(), 1e-9);
    }

    [Fact]
    public void The_page_has_curves_trials_latents_a_batch_and_every_level()
    {
        _tiny.Train("run", 30);

        JsonElement run = Page("run")["runs"][0];

        Assert.Equal(RunHistory.Read(new RunFiles(_tiny.File("run")).History).Count, run.GetProperty("history").GetArrayLength());
        JsonElement trials = run.GetProperty("trials");
        Assert.Equal([8, 20, 6], trials.GetProperty("counts").GetProperty("shape").Deserialize<int[]>()!);
        Assert.Equal(8 * 20 * 6, Convert.FromBase64String(trials.GetProperty("counts").GetProperty("data").GetString()!).Length);
        Assert.Equal(8 * 20 * 6 * 2, Convert.FromBase64String(trials.GetProperty("truth").GetProperty("data").GetString()!).Length);
        Assert.Equal("ridge", run.GetProperty("latents").GetProperty("kind").GetString());
        Assert.Equal(3, run.GetProperty("latents").GetProperty("r2").GetArrayLength());
        Assert.Equal([4, 20, 6], run.GetProperty("batch").GetProperty("mask").GetProperty("shape").Deserialize<int[]>()!);
        string[] taken = [.. run.GetProperty("levels").GetProperty("ablations").EnumerateArray().Select(a => a.GetProperty("without").GetString()!)];
        Assert.Equal(["nothing taken away", "level 2 across", "level 1 from below", "level 1 across"], taken.OrderBy(t => t == taken[0] ? 0 : 1).ThenByDescending(t => t, StringComparer.Ordinal));
        Assert.Equal(1, run.GetProperty("levels").GetProperty("ablations")[0].GetProperty("agreement").GetDouble());
        Assert.Equal(3, run.GetProperty("levels").GetProperty("activations").GetArrayLength());
        Assert.Empty(Page("run")["differences"].EnumerateArray());
    }

    [Fact]
    public void Without_latents_or_true_rates_components_stand_in_and_R2_is_left_out()
    {
        string data = _tiny.Write("recorded.h5", d => d with
        {
            Train = d.Train with { Rates = null, Latents = null },
            Valid = d.Valid with { Rates = null, Latents = null },
        });
        _tiny.Train("run", 20, "--data", data);

        JsonElement run = Page("run")["runs"][0];

        Assert.Equal("pca", run.GetProperty("latents").GetProperty("kind").GetString());
        Assert.Contains("no latents", run.GetProperty("latents").GetProperty("method").GetString(), StringComparison.Ordinal);
        Assert.Equal("bits per spike", run.GetProperty("scores").EnumerateArray().Single().GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.Null, run.GetProperty("trials").GetProperty("truth").ValueKind);
        Assert.All(run.GetProperty("levels").GetProperty("ablations").EnumerateArray(), a => Assert.Equal(JsonValueKind.Null, a.GetProperty("r2").ValueKind));
    }

    [Fact]
    public void Several_runs_are_compared_by_the_keys_that_differ()
    {
        _tiny.Train("a", 20);
        _tiny.Train("b", 20, "--set", "TRAIN.MASK_RATIO=0.5", "--set", "MODEL.NAME=cnn");

        Dictionary<string, JsonElement> page = Page("a", "b");

        Assert.Equal(["a", "b"], page["runs"].EnumerateArray().Select(r => r.GetProperty("name").GetString()));
        Assert.Equal(
            [("MODEL.NAME", null, "cnn"), ("TRAIN.MASK_RATIO", null, "0.5")],
            page["differences"].EnumerateArray().Select(d => (d.GetProperty("key").GetString(), d.GetProperty("values")[0].GetString(), d.GetProperty("values")[1].GetString())));
        Assert.Equal(
            ["nothing taken away", "hidden layer"],
            page["runs"][1].GetProperty("levels").GetProperty("ablations").EnumerateArray().Select(a => a.GetProperty("without").GetString()));
    }

    [Fact]
    public void Trials_and_units_are_those_asked_for()
    {
        _tiny.Train("run", 10);

        (int code, _, string error) = Report("run", "--trials", "5,2", "--units", "4,0");

        Assert.True(code == 0, error);
        JsonElement trials = Read()["runs"][0].GetProperty("trials");
        Assert.Equal([5, 2], trials.GetProperty("positions").Deserialize<int[]>()!);
        int[] first = trials.GetProperty("first_units").Deserialize<int[]>()!, positions = trials.GetProperty("unit_positions").Deserialize<int[]>()!;
        Assert.Equal([4, 0], first.Select(i => positions[i]));
        Assert.Contains("2 of 8 validation trials", trials.GetProperty("limits").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_of_files_cannot_become_html()
    {
        const string Evil = "</script><img src=x onerror=alert(1)>";
        string folder = _tiny.File("run");
        _tiny.Train("run", 10);
        Checkpoint best = _tiny.Best("run");
        (best with { Data = best.Data with { UnitIds = [Evil, .. best.Data.UnitIds.Skip(1)] }, Run = new Dictionary<string, string>(best.Run) { ["config"] = $"X: '{Evil}'\n" } })
            .Save(Path.Combine(folder, "best.safetensors"));
        string renamed = _tiny.File("<b>&run");
        Directory.Move(folder, renamed);

        (int code, _, string error) = Report("<b>&run");

        Assert.True(code == 0, error);
        string html = File.ReadAllText(_tiny.File("report.html"));
        Assert.DoesNotContain("<img", html[..html.IndexOf("* plotly.js", StringComparison.Ordinal)], StringComparison.Ordinal);
        Assert.Contains("<h1>Report on &lt;b&gt;&amp;run</h1>", html, StringComparison.Ordinal);
        Assert.Equal(Evil, Read()["runs"][0].GetProperty("config").GetProperty("X").GetString());
        Assert.Equal(3, Regex.Count(html, "</script>"));
    }

    [Fact]
    public void The_page_asks_no_network_for_anything_and_is_small()
    {
        _tiny.Train("run", 10);
        Report("run");

        string html = File.ReadAllText(_tiny.File("report.html"));

        Assert.Contains("default-src 'none'; script-src 'sha256-", html, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", html[..2000], StringComparison.Ordinal);
        Assert.DoesNotMatch(new Regex("<(link|script|img|iframe)[^>]*(src|href)=\"?http"), html);
        Assert.InRange(html.Length, 1_000_000, 6_000_000);
    }

    [Fact]
    public void A_run_of_an_older_version_has_a_page_without_curves_and_says_so()
    {
        JsonElement result = TinyRun.LastLine(_tiny.Train("run", 20).Output);
        File.Delete(new RunFiles(_tiny.File("run")).History);
        File.Delete(new RunFiles(_tiny.File("run")).Batch);

        (int code, _, string error) = Report("run");

        Assert.Equal(0, code);
        Assert.Contains("has no curves of run", error, StringComparison.Ordinal);
        JsonElement run = Read()["runs"][0];
        Assert.Empty(run.GetProperty("history").EnumerateArray());
        Assert.Equal(JsonValueKind.Null, run.GetProperty("batch").ValueKind);
        Assert.Equal(result.GetProperty("bits_per_spike").GetDouble(), run.GetProperty("scores").EnumerateArray().Last().GetProperty("network").GetDouble());
    }

    [Fact]
    public void What_cannot_be_shown_is_refused_in_one_line()
    {
        _tiny.Train("run", 10);
        string other = _tiny.Write("other.h5", data =>
        {
            data.Train.Counts.Values[0] += 1;
            return data;
        });

        Refused(ExitCode.Usage, "there is no run in", "absent");
        Refused(ExitCode.Usage, "--trials: 8 is not there, expected 0 to 7", "run", "--trials", "8");
        Refused(ExitCode.Usage, "--units: 6 is not there, expected 0 to 5", "run", "--units", "1,6");
        Refused(ExitCode.Usage, "--units: 'x' is no position", "run", "--units", "x");
        Refused(ExitCode.Usage, "are not those the run was trained on", "run", "--data", other);
        Refused(ExitCode.Data, "is not there, expected the data set", "run", "--data", _tiny.File("absent.h5"));
        File.WriteAllText(_tiny.File("report.html"), "mine");
        Refused(ExitCode.Usage, "exists; --force overwrites it", "run");
        Assert.Equal("mine", File.ReadAllText(_tiny.File("report.html")));
        File.Delete(_tiny.File("report.html"));
        File.AppendAllText(new RunFiles(_tiny.File("run")).History, "no json\n");
        Refused(ExitCode.Data, "is not a point of a run's curves", "run");
        File.WriteAllText(new RunFiles(_tiny.File("run")).Best, "broken");
        Refused(ExitCode.Model, "is not a safetensors file", "run");
        Assert.False(File.Exists(_tiny.File("report.html")));
    }

    [Fact]
    public void An_older_page_is_replaced_by_force_and_the_last_line_says_what_was_written()
    {
        _tiny.Train("run", 10);
        File.WriteAllText(_tiny.File("report.html"), "mine");

        (int code, string output, string error) = Report("run", "--force", "--json");

        Assert.True(code == 0, error);
        JsonElement summary = TinyRun.LastLine(output);
        Assert.Equal(_tiny.File("report.html"), summary.GetProperty("report").GetString());
        Assert.Equal(new FileInfo(_tiny.File("report.html")).Length, summary.GetProperty("bytes").GetInt64());
        Assert.Equal("run", summary.GetProperty("runs").EnumerateArray().Single().GetProperty("name").GetString());
    }

    [Fact]
    public void A_data_set_that_moved_is_named_by_hand()
    {
        _tiny.Train("run", 10);
        File.Move(_tiny.Data, _tiny.File("moved.h5"));

        Refused(ExitCode.Data, "--data FILE says where it is now", "run");
        Assert.Equal(0, Report("run", "--data", _tiny.File("moved.h5")).Code);
    }

    private void Refused(int expected, string phrase, string run, params string[] more)
    {
        (int code, _, string error) = Report(run, more);
        Assert.Equal(expected, code);
        Assert.Contains(phrase, error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(c => c == '\n'));
    }

    private (int Code, string Output, string Error) Report(string run, params string[] more)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(ReportCommand.Create(), [_tiny.File(run), "--out", _tiny.File("report.html"), "--threads", "1", "--quiet", .. more], output, error);
        return (code, output.ToString(), error.ToString());
    }

    private Dictionary<string, JsonElement> Page(params string[] runs)
    {
        (int code, _, string error) = Report(runs[0], [.. runs.Skip(1).Select(_tiny.File), "--force"]);
        Assert.True(code == 0, error);
        return Read();
    }

    private Dictionary<string, JsonElement> Read() =>
        JsonDocument.Parse(Data().Match(File.ReadAllText(_tiny.File("report.html"))).Groups[1].Value).RootElement.EnumerateObject().ToDictionary(p => p.Name, p => p.Value);

    [GeneratedRegex("id=\"report-data\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex Data();
}
