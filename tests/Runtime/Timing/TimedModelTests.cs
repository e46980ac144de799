using System.Globalization;
using UnetSpikes.Core;
using UnetSpikes.Onnx;
using UnetSpikes.Runtime;
using UnetSpikes.Runtime.Timing;
using Xunit;
using ElementType = UnetSpikes.Onnx.ElementType;

namespace UnetSpikes.Tests.Runtime.Timing;

/// <summary>How a model that may be anybody's takes counts, and that two orders of axes get the same ones.</summary>
public class TimedModelTests
{
    [Theory]
    [InlineData("2,4,20", 4, false, 2, 20)] // torch.onnx's: [trial, unit, bin]
    [InlineData("2,20,4", 4, true, 2, 20)]
    [InlineData("2,4,4", 4, false, 2, 4)] // Either could be it.
    [InlineData("0,0,4", null, true, null, null)]
    [InlineData("0,4,0", null, false, null, null)]
    [InlineData("0,4,0", 4, false, null, null)]
    [InlineData("2,9,20", null, false, 2, 20)]
    public void The_axis_of_units_is_found_by_its_length(string dims, int? channels, bool isChannelsLast, int? batch, int? bins)
    {
        using OnnxSession session = Doubling(dims);

        var input = SpikeInput.Of("m.onnx", session, null, channels);

        Assert.Equal(("x", isChannelsLast, batch, bins), (input.Name, input.IsChannelsLast, input.Batch, input.Bins));
    }

    [Theory]
    [InlineData("2,4,20", 7, "m.onnx: 'x' is x: Float [2, 4, 20], expected 7 channels behind the axis of trials")]
    [InlineData("4,0,0", null, "expected a fixed number of channels behind the axis of trials")]
    [InlineData("4,20", 4, "expected one float input of three axes")]
    public void A_model_that_does_not_take_counts_is_refused(string dims, int? channels, string expected)
    {
        using OnnxSession session = Doubling(dims);

        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => SpikeInput.Of("m.onnx", session, null, channels)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Models_of_different_axes_see_the_same_counts()
    {
        using TimedModel torch = Timed("3,4,20", factor: 2), ours = Timed("0,0,4", factor: 2), other = Timed("0,0,4", factor: 3);

        Assert.Equal(0, ours.LargestDifference(torch));
        Assert.InRange(other.LargestDifference(torch), 1, 20); // The largest count.
    }

    [Fact]
    public void Memory_grows_with_the_batch_where_the_system_says_so()
    {
        using TimedModel small = Timed("0,0,4", batch: 2), large = Timed("0,0,4", batch: 20_000); // 6.4 MB in and as much out.

        Assert.True(!OperatingSystem.IsLinux() || large.MemoryBytes is null || large.MemoryBytes > 12_000_000, $"{small.MemoryBytes} {large.MemoryBytes}");
    }

    private static TimedModel Timed(string dims, int factor = 2, int batch = 3)
    {
        using OnnxSession probe = Doubling(dims, factor);
        return TimedModel.Open(() => Doubling(dims, factor), SpikeInput.Of("m.onnx", probe, null, 4), batch, 20);
    }

    /// <summary>x · factor, of axes that are open where 0.</summary>
    private static OnnxSession Doubling(string dims, int factor = 2)
    {
        var graph = new Graph("doubling");
        Dim[] axes = [.. dims.Split(',').Select((d, i) => d == "0" ? (Dim)$"d{i}" : int.Parse(d, CultureInfo.InvariantCulture))];
        Value x = graph.AddInput("x", ElementType.Float, new Shape(axes));
        graph.AddOutput(graph.Add("Mul", [x, graph.AddInitializer(Tensor.Scalar(ElementType.Float, factor))]), "y");
        return new OnnxSession(GraphWriter.ToBytes(graph), Fixtures.Quiet with { Name = "m.onnx" });
    }
}
