using System.Text.Json;
using System.Xml.Linq;
using UnetSpikes.Cli;
using UnetSpikes.Train;
using Xunit;

namespace UnetSpikes.Tests.Train;

/// <summary>The search for a learning rate: the rates it tries, where it stops, what it suggests and what it leaves behind.</summary>
public sealed class LearningRateFinderTests : IDisposable
{
    private readonly TinyRun _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Rates_rise_by_a_constant_factor_from_the_first_to_the_last()
    {
        var range = new LearningRateRange(1e-4, 1e-1, 4);

        Assert.Equal([1e-4, 1e-3, 1e-2, 1e-1], new[] { 1, 2, 3, 4 }.Select(range.At), (a, b) => Math.Abs(a - b) < 1e-12 * b + 1e-16);
    }

    /// <summary>A curve whose lowest point and steepest fall are known.</summary>
    [Fact]
    public void The_suggestion_is_a_tenth_of_the_rate_with_the_lowest_loss()
    {
        double[] smoothed = [5, 4.9, 4, 3.5, 3.2, 3.6, 4.4];
        TriedRate[] tried = [.. smoothed.Select((loss, i) => new TriedRate(Math.Pow(10, i - 6), loss, loss))];

        LearningRateSearch search = LearningRateSearch.Of(tried, diverged: true);

        Assert.Equal((1e-2, 1e-3), (search.LowestAt, search.Suggestion));
        Assert.Equal(1e-4, search.SteepestAt);
    }

    [Fact]
    public void A_search_writes_its_curve_and_touches_no_checkpoint()
    {
        _tiny.Train("run", 10);
        byte[] before = File.ReadAllBytes(Path.Combine(_tiny.File("run"), "last.safetensors"));
        string[] files = Directory.GetFiles(_tiny.File("run"));

        (int code, string output, string error) = _tiny.Train("run", 10, "--find-lr", "--lr-steps", "150", "--lr-to", "100");

        Assert.True(code == 0, error);
        JsonElement result = TinyRun.LastLine(output);
        double lowest = result.GetProperty("lowest_at").GetDouble();
        Assert.Equal(lowest / 10, result.GetProperty("suggestion").GetDouble(), 1e-12);
        // A step of 100 in every weight is past any minimum, one of 1e-5 is not.
        Assert.InRange(lowest, 1e-4, 10);
        Assert.True(result.GetProperty("diverged").GetBoolean());
        int tried = result.GetProperty("tried").GetArrayLength();
        Assert.InRange(tried, 50, 149);
        Assert.Contains("suggestion: ", output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(_tiny.File("run"), "last.safetensors")));
        string[] added = [.. Directory.GetFiles(_tiny.File("run")).Except(files).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        Assert.Equal(["lr_find.json", "lr_find.svg"], added);
        XElement drawing = XElement.Load(Path.Combine(_tiny.File("run"), "lr_find.svg"));
        string points = drawing.Elements().Last(e => e.Name.LocalName == "polyline").Attribute("points")!.Value;
        Assert.Equal(tried, points.Split(' ').Length);
    }

    [Fact]
    public void Another_search_needs_force_and_a_range_must_be_one()
    {
        Assert.Equal(0, _tiny.Train("run", 10, "--find-lr", "--lr-steps", "10").Code);
        (int code, _, string error) = _tiny.Train("run", 10, "--find-lr", "--lr-steps", "10");

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("lr_find.json exists", error, StringComparison.Ordinal);
        Assert.Equal(0, _tiny.Train("run", 10, "--find-lr", "--lr-steps", "10", "--force").Code);
        Assert.Equal(ExitCode.Usage, _tiny.Train("other", 10, "--find-lr", "--lr-from", "1", "--lr-to", "0.1").Code);
        Assert.Equal(ExitCode.Usage, _tiny.Train("other", 10, "--find-lr", "--lr-steps", "9").Code);
        Assert.Equal(ExitCode.Usage, _tiny.Train("other", 10, "--find-lr", "--resume").Code);
        Assert.False(Directory.Exists(_tiny.File("other")));
    }
}
