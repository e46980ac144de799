using Google.Protobuf;
using UnetSpikes.Core;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Protobuf;
using Xunit;

namespace UnetSpikes.Tests.Onnx;

/// <summary>Files that are damaged, hostile or beyond what is supported.</summary>
public class ReaderRefusalTests
{
    [Theory]
    [InlineData("not a model", "is damaged")]
    [InlineData("", "has no graph")]
    public void What_is_not_a_model_is_refused_with_its_path(string content, string problem)
    {
        var e = Assert.Throws<CheckpointException>(() => GraphReader.Read(System.Text.Encoding.UTF8.GetBytes(content), "a.onnx"));

        Assert.StartsWith("a.onnx: ", e.Message);
        Assert.Contains(problem, e.Message);
    }

    [Fact]
    public void Versions_and_contents_that_are_not_supported_are_refused()
    {
        Assert.Contains("expected 3 to 10", Refused<CheckpointException>(m => m.IrVersion = 99).Message);
        Assert.Contains("expected 13 to 20", Refused<CheckpointException>(m => m.OpsetImport[0].Version = 12).Message);
        Assert.Contains("does not say which opset", Refused<CheckpointException>(m => m.OpsetImport.Clear()).Message);
        Assert.Contains("default domain twice", Refused<CheckpointException>(m => m.OpsetImport.Add(m.OpsetImport[0].Clone())).Message);
        Assert.Contains("function", Refused<CheckpointException>(m => m.Functions.Add(new FunctionProto { Name = "f" })).Message);
        Assert.Contains("twice in metadata_props", Refused<CheckpointException>(m => m.MetadataProps.Add([new() { Key = "k" }, new() { Key = "k" }])).Message);
        Assert.Contains("sparse", Refused<GraphException>(m => m.Graph.SparseInitializer.Add(new SparseTensorProto())).Message);
    }

    [Theory]
    [InlineData("cycle", "Relu", "the graph has a cycle")]
    [InlineData("order", "Relu", "not in an order that can be run")]
    [InlineData("dangling", "Relu", "neither an input, a constant nor the output of any node")]
    [InlineData("operator", "Mish", "not known in ONNX's own domain")]
    [InlineData("domain", "Relu", "not known in the domain 'org.example'")]
    [InlineData("opset", "Gelu", "exists since opset 20")]
    [InlineData("many inputs", "Relu", "has 2 inputs, expected 1")]
    [InlineData("left out", "Relu", "is left out, and it is not optional")]
    [InlineData("outputs", "Relu", "has 2 outputs, expected 1")]
    [InlineData("attribute", "Relu", "has no attribute 'alpha'")]
    [InlineData("kind", "Gather", "attribute 'axis' is float, expected int")]
    [InlineData("strings", "Relu", "a kind that is not supported")]
    [InlineData("node name", "Relu", "two nodes have this name")]
    [InlineData("output name", "Relu", "is also the output of")]
    [InlineData("input name", "Relu", "used twice")]
    [InlineData("type", "Relu", "is Bool, expected")]
    public void A_wrong_node_is_refused_by_name_and_operator(string what, string op, string problem)
    {
        var e = Refused<GraphException>(m => Break(m.Graph, m.Graph.Node[1], what));

        Assert.Equal(("second", op), (e.Node, e.Operator));
        Assert.Contains(problem, e.Message);
        Assert.StartsWith($"node 'second' ({op}): ", e.Message);
        Assert.EndsWith("(in a.onnx)", e.Message);
    }

    [Theory]
    [InlineData("short", "has 4 bytes, expected 2 · 4")]
    [InlineData("negative", "negative size")]
    [InlineData("overflow", "more elements than can be counted")]
    [InlineData("huge", "expected 4000000000000")]
    [InlineData("external", "in another file")]
    [InlineData("segment", "segments")]
    [InlineData("two forms", "in nothing else")]
    [InlineData("other form", "must be in raw_data or in float_data")]
    [InlineData("string", "elements of type 8")]
    [InlineData("duplicate", "used twice")]
    [InlineData("no name", "has no name")]
    public void A_wrong_constant_is_refused_before_anything_is_allocated(string what, string problem)
    {
        var e = Refused<GraphException>(m => Break(m.Graph, m.Graph.Initializer[0], what));

        Assert.Contains(problem, e.Message);
    }

    [Fact]
    public void Wrong_inputs_and_outputs_are_refused()
    {
        Assert.Contains("not computed in the graph", Refused<GraphException>(m => m.Graph.Output[0].Name = "nowhere").Message);
        Assert.Contains("declared twice", Refused<GraphException>(m => m.Graph.Output.Add(m.Graph.Output[0].Clone())).Message);
        Assert.Contains("is declared Double, and is Float", Refused<GraphException>(m => m.Graph.Output[0].Type.TensorType.ElemType = 11).Message);
        Assert.Contains("is declared [7], and is [2]", Refused<GraphException>(m => m.Graph.Output[0].Type.TensorType.Shape.Dim[0].DimValue = 7).Message);
        Assert.Contains("elements of type 8", Refused<GraphException>(m => m.Graph.Input[0].Type.TensorType.ElemType = 8).Message);
        Assert.Contains("not a tensor", Refused<GraphException>(m => m.Graph.Input[0].Type = null).Message);
        Assert.Contains("size -2", Refused<GraphException>(m => m.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimValue = -2).Message);
        Assert.Contains("how many axes", Refused<GraphException>(m => m.Graph.Input[0].Type.TensorType.Shape = null).Message);
    }

    [Fact]
    public void Every_form_of_a_constant_is_read()
    {
        Graph read = Read(m =>
        {
            TensorProto t = m.Graph.Initializer[0];
            t.ClearRawData();
            t.FloatData.Add([1, 2]);
            m.Graph.Initializer.Add(new TensorProto { Name = "d", DataType = 11, Dims = { 1 }, DoubleData = { 0.1 } });
            m.Graph.Initializer.Add(new TensorProto { Name = "l", DataType = 7, Dims = { 1 }, Int64Data = { long.MinValue } });
            m.Graph.Initializer.Add(new TensorProto { Name = "h", DataType = 10, Dims = { 1 }, Int32Data = { 0x3C00 } });
            m.Graph.Initializer.Add(new TensorProto { Name = "flag", DataType = 9, Dims = { 1 }, Int32Data = { 1 } });
            m.Graph.Initializer.Add(new TensorProto { Name = "s", DataType = 3, Dims = { 1 }, Int32Data = { -128 } });
        });

        Array[] expected = [new float[] { 1, 2 }, new[] { 0.1 }, new[] { long.MinValue }, new[] { (Half)1 }, new[] { true }, new sbyte[] { -128 }];
        Assert.Equal(expected, read.Initializers.Select(v => v.Constant!.Data));
    }

    [Fact]
    public void Numbers_outside_their_type_are_refused()
    {
        Assert.Contains("outside the range", Refused<GraphException>(m => m.Graph.Initializer.Add(new TensorProto { Name = "s", DataType = 3, Dims = { 1 }, Int32Data = { 128 } })).Message);
        Assert.Contains("a Bool is 2", Refused<GraphException>(m => m.Graph.Initializer.Add(new TensorProto { Name = "flag", DataType = 9, Dims = { 1 }, Int32Data = { 2 } })).Message);
    }

    [Fact]
    public void Nodes_without_a_name_are_given_one_and_constants_listed_as_inputs_stay_constants()
    {
        Graph read = Read(m =>
        {
            m.Graph.Node[1].ClearName();
            m.Graph.Input.Add(new ValueInfoProto { Name = m.Graph.Initializer[0].Name, Type = m.Graph.Input[0].Type.Clone() });
        });

        Assert.Equal(["first", "Relu"], read.Nodes.Select(n => n.Name));
        Assert.Single(read.Inputs);
        GraphValidator.Validate(read);
    }

    [Fact]
    public void Any_byte_may_be_wrong_and_the_answer_is_a_graph_or_one_clear_line()
    {
        byte[] good = GraphWriter.ToBytes(SampleGraphs.Everything());
        var rng = new Rng(7, "bytes");
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] bad = [.. good];
            bad[rng.NextInt(bad.Length)] = (byte)rng.NextInt(256);
            int length = rng.NextInt(4) == 0 ? rng.NextInt(bad.Length) : bad.Length;
            try
            {
                _ = GraphReader.Read(bad.AsSpan(0, length), "a.onnx");
            }
            catch (UnetSpikesException e)
            {
                Assert.Equal(4, e.ExitCode);
                refused++;
            }
        }

        Assert.InRange(refused, 1000, 2999);
    }

    private static void Break(GraphProto graph, NodeProto node, string what)
    {
        switch (what)
        {
            case "cycle":
                graph.Node[0].Input[0] = "b";
                (graph.Node[0], graph.Node[1]) = (graph.Node[1], graph.Node[0]);
                break;
            case "order":
                (graph.Node[0], graph.Node[1]) = (graph.Node[1], graph.Node[0]);
                break;
            case "dangling":
                node.Input[0] = "nowhere";
                break;
            case "operator":
                node.OpType = "Mish";
                break;
            case "domain":
                node.Domain = "org.example";
                break;
            case "opset":
                node.OpType = "Gelu";
                break;
            case "many inputs":
                node.Input.Add("x");
                break;
            case "left out":
                node.Input[0] = "";
                break;
            case "outputs":
                node.Output.Add("more");
                break;
            case "attribute":
                node.Attribute.Add(new AttributeProto { Name = "alpha", Type = AttributeProto.Types.AttributeType.Float, F = 1 });
                break;
            case "kind":
                node.OpType = "Gather";
                node.Input.Add("x");
                node.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Float, F = 1 });
                break;
            case "strings":
                node.Attribute.Add(new AttributeProto { Name = "names", Type = AttributeProto.Types.AttributeType.Strings });
                break;
            case "node name":
                graph.Node[0].Name = "second";
                break;
            case "output name":
                node.Output[0] = "a";
                break;
            case "input name":
                node.Output[0] = "x";
                break;
            case "type":
                graph.Node[0].OpType = "IsNaN";
                graph.Node[0].Input.RemoveAt(1);
                break;
            default:
                throw new ArgumentException(what, nameof(what));
        }
    }

    private static void Break(GraphProto graph, TensorProto constant, string what)
    {
        switch (what)
        {
            case "short":
                constant.RawData = ByteString.CopyFrom(new byte[4]);
                break;
            case "negative":
                constant.Dims[0] = -2;
                break;
            case "overflow":
                constant.Dims.Add([long.MaxValue, long.MaxValue]);
                break;
            case "huge":
                constant.Dims.Add(2_000_000_000_000);
                break;
            case "external":
                constant.DataLocation = TensorProto.Types.DataLocation.External;
                break;
            case "segment":
                constant.Segment = new TensorProto.Types.Segment();
                break;
            case "two forms":
                constant.FloatData.Add([1, 2]);
                break;
            case "other form":
                constant.ClearRawData();
                constant.DoubleData.Add([1, 2]);
                break;
            case "string":
                constant.DataType = 8;
                break;
            case "duplicate":
                graph.Initializer.Add(constant.Clone());
                break;
            case "no name":
                constant.ClearName();
                break;
            default:
                throw new ArgumentException(what, nameof(what));
        }
    }

    private static T Refused<T>(Action<ModelProto> change)
        where T : Exception => Assert.Throws<T>(() => Read(change));

    /// <summary>a = x + w ("first"), b = Relu(a) ("second"), changed and read.</summary>
    private static Graph Read(Action<ModelProto> change)
    {
        var g = new Graph("two");
        Value x = g.AddInput("x", ElementType.Float, new Shape(2));
        Value w = g.AddInitializer(Tensor.Of(new float[] { 1, 2 }, 2), "w");
        Node a = g.AddNode("Add", [x, w], name: "first", outputNames: ["a"]);
        g.AddOutput(g.AddNode("Relu", [a.Output], name: "second", outputNames: ["b"]).Output, "b");
        ModelProto model = ModelProto.Parser.ParseFrom(GraphWriter.ToBytes(g));
        change(model);
        return GraphReader.Read(model.ToByteArray(), "a.onnx");
    }
}
