using FsCheck;
using FsCheck.Fluent;
using UnetSpikes.Onnx;
using Xunit;

namespace UnetSpikes.Tests.Onnx;

/// <summary>Writing and reading ONNX files: nothing is lost, nothing is moved.</summary>
public class RoundTripTests
{
    [Fact]
    public void Everything_a_graph_holds_survives_a_file()
    {
        Graph written = SampleGraphs.Everything();

        byte[] bytes = GraphWriter.ToBytes(written);
        Graph read = GraphReader.Read(bytes, "a.onnx");

        Assert.Equal(GraphText.Dump(written), GraphText.Dump(read));
        Assert.Equal(bytes, GraphWriter.ToBytes(read));
        Assert.Equal(written.Metadata, read.Metadata);
        Assert.Equal(written.Opset, read.Opset);
        Assert.Equal("", read.Nodes.Single(n => n.OpType == "LayerNormalization").Outputs[1].Name);
    }

    [Fact]
    public void Constants_of_every_type_survive_a_file_bit_for_bit()
    {
        Graph written = SampleGraphs.EveryType();

        Graph read = GraphReader.Read(GraphWriter.ToBytes(written), "a.onnx");

        Assert.Equal(written.Initializers.Count, read.Initializers.Count);
        foreach ((Value before, Value after) in written.Initializers.Zip(read.Initializers))
        {
            Assert.Equal(before.Constant!.Data.GetType(), after.Constant!.Data.GetType());
            Assert.Equal(before.Constant.Data, after.Constant.Data);
            Assert.Equal(before.Constant.Dims, after.Constant.Dims);
        }
    }

    [Fact]
    public void The_same_graph_gives_the_same_bytes() =>
        Assert.Equal(GraphWriter.ToBytes(SampleGraphs.Everything()), GraphWriter.ToBytes(SampleGraphs.Everything()));

    [Fact]
    public void Any_graph_survives_a_file_and_stays_valid()
    {
        var cases = from seed in Gen.Choose(0, int.MaxValue)
                    from nodes in Gen.Choose(1, 40)
                    select (seed, nodes);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            Graph written = SampleGraphs.Random(c.seed, c.nodes);
            GraphValidator.Validate(written);
            byte[] bytes = GraphWriter.ToBytes(written);
            Graph read = GraphReader.Read(bytes, "a.onnx");
            return GraphText.Dump(read) == GraphText.Dump(written) && GraphWriter.ToBytes(read).AsSpan().SequenceEqual(bytes);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(100).WithReplay(20240917, 1));
    }
}
