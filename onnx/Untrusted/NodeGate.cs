using UnetSpikes.Core;
using UnetSpikes.Onnx.Protobuf;
using AttributeType = UnetSpikes.Onnx.Protobuf.AttributeProto.Types.AttributeType;

namespace UnetSpikes.Onnx.Untrusted;

/// <summary>Looks over one node: its operator, its attributes, and the sizes it is given by constants.</summary>
/// <param name="node">The node.</param>
/// <param name="scope">What it can take.</param>
/// <param name="refusal">Makes the error.</param>
internal sealed class NodeGate(NodeProto node, Scope scope, Refusal refusal)
{
    private static readonly HashSet<string> OfWindows =
        new(StringComparer.Ordinal) { "kernel_shape", "strides", "dilations", "pads", "output_padding", "output_shape" };

    /// <summary>How messages call it.</summary>
    public string Name => $"{Refusal.Short(node.OpType)} '{Refusal.Short(node.Name)}'";

    /// <summary>Its operator must be ONNX's own, and one that may run.</summary>
    public void CheckOperator()
    {
        if (node.Domain is not ("" or "ai.onnx"))
        {
            throw Refuse($"is of the domain '{Refusal.Short(node.Domain)}', expected ONNX's own operators alone");
        }

        if (!AllowedOperators.Names.Contains(node.OpType))
        {
            throw Refuse("is none of the operators that are run, expected those that 'export' writes");
        }

        if (node.Name.Length > 0)
        {
            refusal.RequireName(node.Name, "a node");
        }
    }

    /// <summary>Its attributes must hold plain values; only an If has branches.</summary>
    /// <returns>The branches, not looked over yet.</returns>
    public IReadOnlyList<GraphProto> CheckAttributes()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var branches = new List<GraphProto>();
        foreach (AttributeProto attribute in node.Attribute)
        {
            string name = Refusal.Short(attribute.Name);
            if (attribute.Name.Length == 0 || !names.Add(attribute.Name))
            {
                throw Refuse($"has an attribute '{name}' twice, or one without a name");
            }

            if (attribute.RefAttrName.Length > 0)
            {
                throw Refuse($"has an attribute '{name}' that refers to a function's, and there is none");
            }

            CheckAttribute(attribute, name);
            if (attribute.Type == AttributeType.Graph)
            {
                branches.Add(attribute.G);
            }
        }

        return branches;
    }

    /// <summary>Tensors that it makes after a constant shape must be of a size that can be made; whole numbers may be divided by constants above 0 (<see cref="WholeNumbers"/>).</summary>
    public void CheckConstants()
    {
        bool divides = node.OpType is "Div" or "Mod" && node.Input.Any(scope.IsWhole);
        if (divides && !(Given(1)?.All(divisor => divisor > 0) ?? false))
        {
            throw Refuse("divides whole numbers by something else than constants above 0");
        }

        int place = node.OpType switch
        {
            "ConstantOfShape" => 0,
            "Expand" or "Tile" or "Pad" => 1,
            _ => -1,
        };
        double elements = 1;
        foreach (long size in (place < 0 ? null : Given(place)) ?? [])
        {
            elements *= Math.Max(1.0, Math.Abs((double)size));
        }

        if (elements > Limits.Elements)
        {
            throw Refuse($"makes a tensor of {elements:0.#e+0} elements or more, expected at most {Limits.Elements}");
        }

        if (node.OpType is "Range" && Enumerable.Range(0, 3).Any(input => Given(input)?.Any(value => Math.Abs((double)value) > Limits.Elements) ?? false))
        {
            throw Refuse($"counts further than {Limits.Elements}");
        }
    }

    /// <summary>Notes what a Constant gives.</summary>
    public void KeepConstant()
    {
        if (node.OpType == "Constant" && node.Attribute.FirstOrDefault() is { } value && node.Output.FirstOrDefault() is { Length: > 0 } output)
        {
            Tensor? constant = value.Type switch
            {
                AttributeType.Tensor => ReadTensor(value),
                AttributeType.Int => Tensor.Ints(value.I),
                AttributeType.Ints => Tensor.Ints([.. value.Ints]),
                _ => null,
            };
            if (constant is not null)
            {
                scope.Keep(output, constant);
            }
        }
    }

    private void CheckAttribute(AttributeProto attribute, string name)
    {
        switch (attribute.Type)
        {
            case AttributeType.Float or AttributeType.Floats:
                break;
            case AttributeType.Int:
                CheckNumbers(name, [attribute.I]);
                break;
            case AttributeType.Ints:
                CheckNumbers(name, attribute.Ints);
                break;
            case AttributeType.String when attribute.S.Length <= Limits.Name:
                break;
            case AttributeType.Tensor when attribute.T is not null:
                ReadTensor(attribute);
                break;
            case AttributeType.Graph when attribute.G is not null && node.OpType == "If":
                break;
            default:
                throw Refuse($"has an attribute '{name}' of kind {attribute.Type}, which is not supported here or has no value");
        }
    }

    private void CheckNumbers(string name, IEnumerable<long> numbers)
    {
        if (node.OpType == "Constant")
        {
            return; // Numbers like any others.
        }

        bool isWindow = OfWindows.Contains(name);
        (long least, long most) = name is "strides" or "dilations" or "kernel_shape" or "group" ? (1, Limits.Window) : isWindow ? (0, Limits.Window) : (int.MinValue, int.MaxValue);
        foreach (long number in numbers.Where(number => number < least || number > most))
        {
            throw Refuse($"has an attribute '{name}' of {number}, expected {least} to {most}");
        }
    }

    private Tensor ReadTensor(AttributeProto attribute) =>
        Constants.Read(attribute.T, problem => Refuse($"has an attribute '{Refusal.Short(attribute.Name)}' that cannot be read: {problem}"));

    private IEnumerable<long>? Given(int input) => input < node.Input.Count ? Constants.WholeNumbers(scope.Constant(node.Input[input])) : null;

    private CheckpointException Refuse(string problem) => refusal.Of(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? "", $"({Refusal.Short(node.OpType)}) {problem}");
}
