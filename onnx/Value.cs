using UnetSpikes.Onnx.Inference;

namespace UnetSpikes.Onnx;

/// <summary>A named tensor of a graph: an input, an initializer, or one output of a node.</summary>
public sealed class Value
{
    internal Value(Graph owner, string name, ElementType type, Shape? shape, Tensor? constant = null)
    {
        Owner = owner;
        Name = name;
        Type = type;
        Shape = shape;
        Constant = constant;
        Contents = constant is null ? null : ShapeArithmetic.Contents(constant);
    }

    /// <summary>Its name, unique in the graph.</summary>
    public string Name { get; internal set; }

    /// <summary>Element type.</summary>
    public ElementType Type { get; internal set; }

    /// <summary>Its axes; null when not even the rank is known.</summary>
    public Shape? Shape { get; internal set; }

    /// <summary>The numbers of an initializer; null for inputs and computed values.</summary>
    public Tensor? Constant { get; }

    /// <summary>The node that computes it; null for inputs and initializers.</summary>
    public Node? Producer { get; internal set; }

    /// <summary>The graph or branch it belongs to.</summary>
    internal Graph Owner { get; }

    /// <summary>What is known of its numbers where it is a short list of integers: shape arithmetic.</summary>
    internal ShapeEntry[]? Contents { get; set; }

    /// <summary>The axes, where the caller needs them.</summary>
    /// <exception cref="Core.GraphException">The rank is not known.</exception>
    public Shape KnownShape => Shape ?? throw new Core.GraphException(Name, Producer?.OpType ?? "", "its rank is not known, and it is needed here");

    /// <summary>"name: Float[20, 29]".</summary>
    public override string ToString() => $"{Name}: {Type}{Shape?.ToString() ?? "[…]"}";
}
