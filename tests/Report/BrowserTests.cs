using System.Diagnostics;
using System.Text.RegularExpressions;
using UnetSpikes.Cli;
using UnetSpikes.Report;
using UnetSpikes.Tests.Support;
using UnetSpikes.Tests.Train;
using Xunit;

namespace UnetSpikes.Tests.Report;

/// <summary>The page in a real browser: it draws, and it has nothing to complain of.</summary>
[Collection(SpawnsProcesses.Name)]
public sealed class BrowserTests : IDisposable
{
    /// <summary>What Chromium says of machines without a graphics card, and of plotly measuring texts.</summary>
    private static readonly string[] RemarksOnSpeed = ["GL Driver Message", "fallback to software WebGL", "willReadFrequently"];

    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [SkippableFact]
    public void The_page_draws_every_part_without_an_error()
    {
        string browser = OtherProgram.Browser();
        string page = Page("one", "two");

        (string dom, string log) = Open(browser, page, "--dump-dom");

        Assert.DoesNotContain("data-error", dom[dom.IndexOf("<main", StringComparison.Ordinal)..dom.IndexOf("</main>", StringComparison.Ordinal)], StringComparison.Ordinal);
        Assert.Empty(Complaints(log));
        // Six curves, three rasters, rates, units, latents over time, three of the batch, log-rates, three activations; the turning ones need WebGL.
        int plots = Regex.Count(dom, "class=\"plot js-plotly-plot\"");
        Assert.True(plots >= 19, $"{plots} plots");
        Assert.True(Regex.Count(dom, "class=\"main-svg\"") >= plots);
        Assert.Contains("<caption>Scores of one on validation trials</caption>", dom, StringComparison.Ordinal);
        Assert.Contains("<caption>Configuration keys that differ</caption>", dom, StringComparison.Ordinal);
        Assert.Contains(">mean over all 3</th>", dom, StringComparison.Ordinal);
        Assert.Contains("What is left when one contribution is taken away", dom, StringComparison.Ordinal);
        // A heading of the second level in every section, none skipped; every plot described in words.
        Assert.Equal(Regex.Count(dom, "<section "), Regex.Count(dom, "<h2 "));
        Assert.Equal(plots, Regex.Count(dom, "<figure"));
        Assert.Equal(plots, Regex.Count(dom, "class=\"words\" id=\"[^\"]+\">[^<]{10,}"));
    }

    [SkippableFact]
    public void The_page_prints()
    {
        string browser = OtherProgram.Browser();
        string page = Page("one");
        string pdf = _tiny.File("report.pdf");

        (_, string log) = Open(browser, page, "--print-to-pdf=" + pdf);

        Assert.Empty(Complaints(log));
        Assert.Equal("%PDF-"u8.ToArray(), File.ReadAllBytes(pdf)[..5]);
        Assert.True(new FileInfo(pdf).Length > 100_000, "there is more in it than text");
    }

    private string Page(params string[] runs)
    {
        foreach (string run in runs)
        {
            Assert.Equal(0, _tiny.Train(run, 60, "--seed", run.Length.ToString(System.Globalization.CultureInfo.InvariantCulture) + (run == "two" ? "1" : ""), "--set", "TRAIN.LOG_INTERVAL=10").Code);
        }

        string page = _tiny.File("report.html");
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(ReportCommand.Create(), [.. runs.Select(_tiny.File), "--out", page, "--threads", "1", "--quiet"], output, error);
        Assert.True(code == 0, error.ToString());
        return page;
    }

    /// <summary>Messages on the page's console.</summary>
    private static string[] Complaints(string log) => [.. log.Split('\n').Where(line =>
        line.Contains(":CONSOLE", StringComparison.Ordinal) && !RemarksOnSpeed.Any(remark => line.Contains(remark, StringComparison.Ordinal)))];

    private (string Output, string Log) Open(string browser, string page, string what)
    {
        var start = new ProcessStartInfo(browser) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[]
        {
            "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--user-data-dir=" + _tiny.File("browser"), "--enable-logging=stderr", "--virtual-time-budget=10000", what, new Uri(page).AbsoluteUri,
        })
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> log = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return (output, log.Result);
    }
}
