using System.Runtime.CompilerServices;
using System.Text.Json;
using UnetSpikes.Core;
using UnetSpikes.Onnx;

namespace UnetSpikes.Tests.Onnx;

/// <summary>One case of tests/golden/onnx/inference.json, rebuilt as a node of a graph.</summary>
internal sealed class InferenceCase(JsonElement json)
{
    public string Op { get; } = json.GetProperty("op").GetString()!;

    public string Domain { get; } = json.GetProperty("domain").GetString()!;

    public int Opset { get; } = json.GetProperty("opset").GetInt32();

    public bool IsRefused { get; } = json.TryGetProperty("refused", out _);

    public IEnumerable<JsonElement> Expected => json.GetProperty("outputs").EnumerateArray();

    /// <summary>What onnx infers with the symbols replaced by sizes.</summary>
    public IEnumerable<(Dictionary<string, long> Symbols, JsonElement[] Outputs)> Concrete =>
        json.TryGetProperty("concrete", out JsonElement list)
            ? list.EnumerateArray().Select(c => (c.GetProperty("symbols").Deserialize<Dictionary<string, long>>()!, c.GetProperty("outputs").EnumerateArray().ToArray()))
            : [];

    public override string ToString() => json.ToString();

    public static IEnumerable<InferenceCase> All()
    {
        return [.. JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder(), "inference.json"))).RootElement.EnumerateArray().Select(e => new InferenceCase(e))];
    }

    public static ElementType TypeOf(JsonElement e) => e.GetProperty("type").GetString() switch
    {
        "f" => ElementType.Float,
        "d" => ElementType.Double,
        "h" => ElementType.Float16,
        "l" => ElementType.Int64,
        "i" => ElementType.Int32,
        "b" => ElementType.Bool,
        "u" => ElementType.UInt8,
        _ => ElementType.Int8,
    };

    public static Shape? ShapeOf(JsonElement e) =>
        e.GetProperty("dims") is { ValueKind: JsonValueKind.Array } dims ? new Shape([.. dims.EnumerateArray().Select(ToDim)]) : null;

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "..", "golden", "onnx");

    /// <summary>Adds the node to a new graph.</summary>
    /// <exception cref="GraphException">Inference refuses it.</exception>
    public Node Build()
    {
        var g = new Graph("case") { Opset = Opset };
        var inputs = new List<Value?>();
        foreach (JsonElement e in json.GetProperty("inputs").EnumerateArray())
        {
            string name = $"x{inputs.Count}";
            inputs.Add(e.ValueKind == JsonValueKind.Null ? null
                : e.TryGetProperty("values", out _) ? g.AddInitializer(TensorOf(e), name)
                : g.AddInput(name, TypeOf(e), ShapeOf(e)!));
        }

        Attributes attributes = [];
        foreach (JsonProperty a in json.GetProperty("attributes").EnumerateObject())
        {
            attributes.Add(a.Name, Op == "If" ? BranchOf(g, inputs[a.Value.GetInt32()]!) : AttributeOf(a.Value));
        }

        return g.AddNode(Op, Op == "If" ? inputs[..1] : inputs, Expected.Count(), attributes, Domain);
    }

    private static Graph BranchOf(Graph g, Value result)
    {
        var branch = Graph.Branch(g, "branch");
        branch.AddOutput(branch.Add("Identity", [result]), "result");
        return branch;
    }

    private static object AttributeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Object => TensorOf(value),
        JsonValueKind.Array when value.EnumerateArray().Any(IsFraction) => value.EnumerateArray().Select(v => v.GetSingle()).ToArray(),
        JsonValueKind.Array => value.EnumerateArray().Select(v => v.GetInt64()).ToArray(),
        _ => IsFraction(value) ? (object)value.GetSingle() : value.GetInt64(),
    };

    /// <summary>Python writes a float with a point, an int without.</summary>
    private static bool IsFraction(JsonElement number) => number.GetRawText().AsSpan().ContainsAny('.', 'e');

    private static Tensor TensorOf(JsonElement e)
    {
        long[] dims = e.GetProperty("dims").Deserialize<long[]>()!;
        JsonElement values = e.GetProperty("values");
        return TypeOf(e) == ElementType.Float ? Tensor.Of(values.Deserialize<float[]>()!, dims) : Tensor.Of(values.Deserialize<long[]>()!, dims);
    }

    private static Dim ToDim(JsonElement d) => d.ValueKind switch
    {
        JsonValueKind.Number => d.GetInt64(),
        JsonValueKind.String => d.GetString()!,
        _ => Dim.Unknown,
    };
}
