using Google.Protobuf;
using UnetSpikes.Onnx;
using UnetSpikes.Onnx.Protobuf;
using AttributeType = UnetSpikes.Onnx.Protobuf.AttributeProto.Types.AttributeType;

namespace UnetSpikes.Tests.Infer;

/// <summary>Models that somebody might send: a good one with one thing changed, and the line it is refused with.</summary>
internal static class HostileModels
{
    private const string OtherFile = "its numbers are in another file, which is not supported: save the model with its data inside";

    /// <summary>By name: what is done to a good model, and the line without the file's name.</summary>
    public static IReadOnlyDictionary<string, (Action<ModelProto> Edit, string Line)> Edits { get; } = new Dictionary<string, (Action<ModelProto>, string)>
    {
        // Numbers that are elsewhere, or not there.
        ["external data"] = (m => m.Graph.Initializer.Add(External("evil")), "'evil' is a constant that cannot be read: " + OtherFile),
        ["external data in an attribute"] = (m => Add(m, "Constant", Of("value", External(""))), "'evil' (Constant) has an attribute 'value' that cannot be read: " + OtherFile),
        ["external data in a branch"] = (m => Branch(m).Initializer.Add(External("evil")), "'evil' is a constant that cannot be read: " + OtherFile),
        ["sparse constants"] = (m => m.Graph.SparseInitializer.Add(new SparseTensorProto()), "has sparse constants, expected none"),
        ["a sparse attribute"] = (m => Add(m, "Constant", new AttributeProto { Name = "sparse_value", Type = AttributeType.SparseTensor }), "'evil' (Constant) has an attribute 'sparse_value' of kind SparseTensor, which is not supported here or has no value"),
        ["fewer bytes than the shape"] = (m => m.Graph.Initializer.Add(Floats(1000, 1000)), "'evil' is a constant that cannot be read: it has 4 bytes, expected 1000000 · 4 for its shape [1000, 1000]"),
        ["a shape that overflows"] = (m => m.Graph.Initializer.Add(Floats(1L << 40, 1L << 40)), "'evil' is a constant that cannot be read: its shape [1099511627776, 1099511627776] is more than a model may hold"),
        ["an empty shape that overflows"] = (m => m.Graph.Initializer.Add(Floats(0, 1L << 40, 1L << 40)), "'evil' is a constant that cannot be read: its shape [0, 1099511627776, 1099511627776] is more than a model may hold"),
        ["a negative size"] = (m => m.Graph.Initializer.Add(Floats(-1, -1)), "'evil' is a constant that cannot be read: its shape [-1, -1] has a negative size"),
        ["nine axes"] = (m => m.Graph.Initializer.Add(Floats(1, 1, 1, 1, 1, 1, 1, 1, 1)), "'evil' is a constant that cannot be read: it has 9 axes, expected at most 8"),
        ["text for numbers"] = (m => m.Graph.Initializer.Add(new TensorProto { Name = "evil", DataType = 8 }), "'evil' is a constant that cannot be read: elements of type 8 (TensorProto.DataType) are not supported"),

        // What would be run.
        ["an unknown operator"] = (m => Add(m, "Mine"), "'evil' (Mine) is none of the operators that are run, expected those that 'export' writes"),
        ["a loop"] = (m => Add(m, "Loop"), "'evil' (Loop) is none of the operators that are run, expected those that 'export' writes"),
        ["random numbers"] = (m => Add(m, "RandomUniformLike"), "'evil' (RandomUniformLike) is none of the operators that are run, expected those that 'export' writes"),
        ["an operator of a library"] = (m => Add(m, "Conv").Domain = "com.evil", "'evil' (Conv) is of the domain 'com.evil', expected ONNX's own operators alone"),
        ["a library"] = (m => m.OpsetImport.Add(new OperatorSetIdProto { Domain = "com.evil", Version = 1 }), "'opset_import' names the domain 'com.evil', expected ONNX's own operators alone"),
        ["a function"] = (m => m.Functions.Add(new FunctionProto { Name = "evil" }), "'evil' is a function of the model's own, which is not supported"),
        ["a function's attribute"] = (m => Add(m, "Relu", new AttributeProto { Name = "a", Type = AttributeType.Int, RefAttrName = "b" }), "'evil' (Relu) has an attribute 'a' that refers to a function's, and there is none"),
        ["an attribute twice"] = (m => Add(m, "Softmax", Of("axis", 1), Of("axis", 1)), "'evil' (Softmax) has an attribute 'axis' twice, or one without a name"),
        ["branches of what is no If"] = (m => Add(m, "Relu", new AttributeProto { Name = "body", Type = AttributeType.Graph, G = new GraphProto() }), "'evil' (Relu) has an attribute 'body' of kind Graph, which is not supported here or has no value"),
        ["a branch with inputs"] = (m => Branch(m).Input.Add(new ValueInfoProto { Name = "evil" }), "'evil' is an input of a branch, expected none"),
        ["branches in branches"] = (m => Nest(m, 6), "has graphs more than 4 deep within its graph, expected fewer"),

        // Sizes that constants ask for.
        ["an absurd tensor"] = (m => Sized(m, "ConstantOfShape", 0, 1_000_000, 1_000_000), "'evil' (ConstantOfShape) makes a tensor of 1e+12 elements or more, expected at most 268435456"),
        ["an absurd expansion"] = (m => Sized(m, "Expand", 1, 1 << 30), "'evil' (Expand) makes a tensor of 1.1e+9 elements or more, expected at most 268435456"),
        ["an absurd window"] = (m => Add(m, "Conv", Of("pads", 1L << 40, 0)), "'evil' (Conv) has an attribute 'pads' of 1099511627776, expected 0 to 1048576"),
        ["no stride"] = (m => Add(m, "Conv", Of("strides", 0L)), "'evil' (Conv) has an attribute 'strides' of 0, expected 1 to 1048576"),
        ["a division by zero"] = (m => Sized(m, "Div", 1, 0), "'evil' (Div) divides whole numbers by something else than constants above 0"),
        ["a division at which a processor stops"] = (m => Sized(m, "Mod", 1, -1), "'evil' (Mod) divides whole numbers by something else than constants above 0"),
        ["a division by what is computed"] = (m => { Add(m, "Shape").Output[0] = "sizes"; Add(m, "Div").Input.Insert(0, "sizes"); }, "'evil' (Div) divides whole numbers by something else than constants above 0"),
        ["20,001 nodes"] = (m => m.Graph.Node.AddRange(Enumerable.Range(0, 20_001).Select(i => new NodeProto { OpType = "Relu", Input = { "spikes" }, Output = { $"evil{i}" } })), "has more than 20000 nodes, expected fewer"),

        // Graphs that are none.
        ["a cycle"] = (m => m.Graph.Node.Insert(0, new NodeProto { Name = "evil", OpType = "Relu", Input = { "rates" }, Output = { "circle" } }), "'rates' is computed after Relu 'evil' takes it: the graph has a cycle, or its nodes are in no order that can be run"),
        ["a name from nowhere"] = (m => Add(m, "Relu").Input[0] = "nowhere", "'nowhere' is taken by Relu 'evil', and is neither given nor computed"),
        ["a name twice"] = (m => Add(m, "Relu").Output[0] = "spikes", "'spikes' is the name of two values, expected one"),
        ["an output from nowhere"] = (m => m.Graph.Output.Single(o => o.Name == "latents").Name = "nowhere", "'nowhere' is an output, and is not computed"),
        ["a name that moves the cursor"] = (m => Add(m, "Relu").Output[0] = "a\u001b[2Jb\nerror: c", "'a?[2Jb?error: c' is no name for an output of a node, expected 1 to 1000 characters that can be printed"),
        ["no graph"] = (m => m.Graph = null, "is not an ONNX model: it has no graph"),

        // Versions.
        ["an old format"] = (m => m.IrVersion = 2, "'ir_version' is 2, expected 3 to 10"),
        ["a format of the future"] = (m => m.IrVersion = 99, "'ir_version' is 99, expected 3 to 10"),
        ["an opset of the past"] = (m => m.OpsetImport[0].Version = 7, "'opset_import' is 7, expected 13 to 20"),
        ["no opset"] = (m => m.OpsetImport.Clear(), "'opset_import' does not say which opset the graph is written in"),

        // What the model says of itself.
        ["another tool's"] = (m => { m.MetadataProps.Clear(); (m.ProducerName, m.ProducerVersion) = ("pytorch", "2.6.0"); },
            "says nothing of its units, the width of its bins and how far it sees (unet_spikes.* is missing from the model's metadata): it was made by pytorch 2.6.0, expected a model exported by unet-spikes, or those keys (docs/formats.md)"),
        ["a key missing"] = (m => m.MetadataProps.Remove(Key(m, "bin_multiple")), "'unet_spikes.bin_multiple' is missing from the model's metadata, expected a model exported by unet-spikes"),
        ["a key twice"] = (m => m.MetadataProps.Add(Key(m, "bin_multiple").Clone()), "'unet_spikes.bin_multiple' stands twice in the model's metadata, expected once"),
        ["an absurd reach"] = (m => Key(m, "receptive_field_left").Value = "2000000000", "'unet_spikes.receptive_field_left' is 2000000000, expected 0 to 1048576"),
        ["metadata that moves the cursor"] = (m => Key(m, "architecture").Value = "\u001b[2J", "'unet_spikes.architecture' is metadata of over 4194304 characters, or with some that cannot be printed"),
        ["a value that is not JSON"] = (m => Key(m, "scores").Value = new string('[', 100_000), "'unet_spikes.scores' is not JSON"),

        // What goes in and comes out.
        ["another input"] = (m => m.Graph.Input.Add(Value("evil", 1, -1)), "'evil' is an input, expected spikes to be the only one"),
        ["double counts"] = (m => m.Graph.Input[0].Type.TensorType.ElemType = 11, "'spikes' is spikes: Double [?, ?, 4], expected float [batch, bin, 4] with batch and bins open"),
        ["a batch of one"] = (m => m.Graph.Input[0].Type.TensorType.Shape.Dim[0].DimValue = 1, "'spikes' is spikes: Float [1, ?, 4], expected float [batch, bin, 4] with batch and bins open"),
        ["no rates"] = (m => m.Graph.Output.RemoveAt(m.Graph.Output.ToList().FindIndex(o => o.Name == "rates")), "'rates' is missing, expected one of the model's log_rates, latents to be it"),
        ["an axis below zero"] = (m => m.Graph.ValueInfo.Add(Value("evil", 1, -7)), "'evil' is declared with more than 8 axes, or an axis below 0 or above 2147483647"),
        ["elements of no type"] = (m => m.Graph.ValueInfo.Add(Value("evil", 77, 1)), "'evil' has elements of type 77 (TensorProto.DataType), which is not supported"),
    };

    /// <summary>Bytes that are no model; what they are made of, and how the line begins.</summary>
    public static IReadOnlyDictionary<string, (Func<byte[], byte[]> Make, string Line)> Bytes { get; } = new Dictionary<string, (Func<byte[], byte[]>, string)>
    {
        ["cut off"] = (good => good[..(good.Length / 2)], "is not an ONNX model, or is damaged: it ends within a field"),
        ["text"] = (_ => "this is no protocol buffer at all"u8.ToArray(), "is not an ONNX model, or is damaged: it has a field of wire type 4"),
        ["zeros"] = (_ => new byte[1000], "is not an ONNX model, or is damaged: it has a field of number 0"),
        ["a number without an end"] = (_ => [8, .. Enumerable.Repeat((byte)0xFF, 30)], "is not an ONNX model, or is damaged: it has a number of more than 10 bytes"),
        ["a length beyond counting"] = (_ => [0x3A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1], "is not an ONNX model, or is damaged: it ends within a field"),
        ["a nest of a thousand graphs"] = (_ => Nest(1000), "has graphs more than 4 deep within its graph, expected fewer"),
        ["a million empty nodes"] = (_ => Field(7, [.. Enumerable.Repeat<byte[]>([0x0A, 0], 1_000_001).SelectMany(node => node)]), "has more than 1000000 fields, expected fewer"),
        ["ONNX Runtime's own format"] = (_ => [0x1C, 0, 0, 0, .. "ORTM"u8, .. new byte[64]], "is not an ONNX model, or is damaged: it has a field of wire type 4"),
    };

    /// <summary>A field that holds bytes.</summary>
    private static byte[] Field(int number, byte[] content)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true))
        {
            output.WriteTag((uint)((number << 3) | 2));
            output.WriteBytes(ByteString.CopyFrom(content));
        }

        return bytes.ToArray();
    }

    /// <summary>A graph with a node with an attribute with a graph …</summary>
    private static byte[] Nest(int levels)
    {
        byte[] graph = [];
        for (int level = 0; level < levels; level++)
        {
            graph = Field(1, Field(5, Field(6, graph)));
        }

        return Field(7, graph);
    }

    private static void Nest(ModelProto model, int levels)
    {
        GraphProto graph = model.Graph;
        for (int level = 0; level < levels; level++)
        {
            var inner = new GraphProto();
            graph.Node.Add(new NodeProto { OpType = "If", Attribute = { new AttributeProto { Name = "then_branch", Type = AttributeType.Graph, G = inner } } });
            graph = inner;
        }
    }

    private static NodeProto Add(ModelProto model, string operatorType, params AttributeProto[] attributes)
    {
        var node = new NodeProto { Name = "evil", OpType = operatorType, Input = { "spikes" }, Output = { "evil_out" }, Attribute = { attributes } };
        model.Graph.Node.Add(node);
        return node;
    }

    /// <summary>A node with whole numbers for one of its inputs.</summary>
    private static void Sized(ModelProto model, string operatorType, int place, params long[] sizes)
    {
        var constant = new TensorProto { Name = "sizes", DataType = (int)ElementType.Int64, Dims = { sizes.Length }, Int64Data = { sizes } };
        model.Graph.Initializer.Add(constant);
        Add(model, operatorType).Input.Insert(place, "sizes");
    }

    private static GraphProto Branch(ModelProto model)
    {
        var branch = new GraphProto();
        Add(model, "If", new AttributeProto { Name = "then_branch", Type = AttributeType.Graph, G = branch });
        return branch;
    }

    private static AttributeProto Of(string name, TensorProto tensor) => new() { Name = name, Type = AttributeType.Tensor, T = tensor };

    private static AttributeProto Of(string name, params long[] numbers) => new() { Name = name, Type = AttributeType.Ints, Ints = { numbers } };

    private static TensorProto External(string name)
    {
        TensorProto tensor = Floats(2);
        (tensor.Name, tensor.DataLocation) = (name, TensorProto.Types.DataLocation.External);
        tensor.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "/etc/passwd" });
        return tensor;
    }

    private static TensorProto Floats(params long[] dims) =>
        new() { Name = "evil", DataType = (int)ElementType.Float, Dims = { dims }, RawData = ByteString.CopyFrom(new byte[4]) };

    private static ValueInfoProto Value(string name, int type, long size)
    {
        var shape = new TensorShapeProto();
        shape.Dim.Add(size == -1 ? new TensorShapeProto.Types.Dimension() : new TensorShapeProto.Types.Dimension { DimValue = size });
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = type, Shape = shape } } };
    }

    private static StringStringEntryProto Key(ModelProto model, string key) => model.MetadataProps.Single(entry => entry.Key == "unet_spikes." + key);
}
