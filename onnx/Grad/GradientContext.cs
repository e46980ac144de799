using UnetSpikes.Core;

namespace UnetSpikes.Onnx.Grad;

/// <summary>What a gradient rule sees: the node, its values, and the gradients of its outputs. Rules append to <see cref="Graph"/>.</summary>
/// <remarks>The comments of the rules write X, W, A, B for inputs, Y for the output, and dX for the gradient of the loss with respect to X.</remarks>
public sealed class GradientContext
{
    private readonly IReadOnlyList<Value?> _outputGradients;
    private readonly IReadOnlySet<Value> _wanted;

    internal GradientContext(Graph graph, Node node, IReadOnlyList<Value?> outputGradients, IReadOnlySet<Value> wanted)
    {
        Graph = graph;
        Node = node;
        _outputGradients = outputGradients;
        _wanted = wanted;
    }

    /// <summary>The graph: the forward nodes, and the backward ones as they are added.</summary>
    public Graph Graph { get; }

    /// <summary>The node being differentiated.</summary>
    public Node Node { get; }

    /// <summary>The node's attributes.</summary>
    public Attributes Attributes => Node.Attributes;

    /// <summary>The first input.</summary>
    public Value X => Node.Input(0);

    /// <summary>The first output, for rules that reuse what the forward pass computed.</summary>
    public Value Y => Node.Output;

    /// <summary>dY of the first output; zeros where only another output has a gradient.</summary>
    public Value Dy => OutputGradient(0) ?? Zeros(Y);

    /// <summary>dY of one output, or null when the loss does not depend on it.</summary>
    /// <param name="index">From 0; may be past the outputs the node has.</param>
    public Value? OutputGradient(int index) => index < _outputGradients.Count ? _outputGradients[index] : null;

    /// <summary>One input.</summary>
    /// <param name="index">From 0.</param>
    public Value Input(int index) => Node.Input(index);

    /// <summary>Whether anybody wants this input's gradient: for rules whose unneeded half is large or could fail.</summary>
    /// <param name="index">From 0; may be past the inputs the node has.</param>
    public bool Needs(int index) => Node.OptionalInput(index) is Value input && _wanted.Contains(input);

    /// <summary>Known sizes of a value.</summary>
    /// <param name="value">An input or an output of the node.</param>
    /// <exception cref="GraphException">An axis is symbolic or unknown.</exception>
    public long[] Sizes(Value value) => value.KnownShape.IsStatic
        ? value.KnownShape.Sizes()
        : throw Refuse($"its gradient needs known sizes, and '{value.Name}' is {value.KnownShape}");

    /// <summary>A value's shape as a list of integers: a constant where all sizes are known, computed otherwise.</summary>
    /// <param name="value">Any value of the graph.</param>
    public Value ShapeOf(Value value) =>
        value.Shape is { IsStatic: true } shape ? Graph.Ints(shape.Sizes()) : Graph.ShapeOf(value);

    /// <summary>The gradient with the numbers unchanged and the shape of <paramref name="like"/>.</summary>
    /// <param name="gradient">Any value with as many elements.</param>
    /// <param name="like">The value whose shape is wanted.</param>
    public Value ReshapeLike(Value gradient, Value like) =>
        gradient.Shape is { IsStatic: true } shape && shape.Equals(like.Shape) ? gradient : Graph.Reshape(gradient, ShapeOf(like));

    /// <summary>The gradient broadcast to the shape of <paramref name="like"/>.</summary>
    /// <param name="gradient">A value that broadcasts to it.</param>
    /// <param name="like">The value whose shape is wanted.</param>
    public Value ExpandLike(Value gradient, Value like) =>
        gradient.Shape is { IsStatic: true } shape && shape.Equals(like.Shape) ? gradient : Graph.Add("Expand", [gradient, ShapeOf(like)]);

    /// <summary>Mean over axes, which stay with size 1.</summary>
    /// <param name="x">Any value of the graph.</param>
    /// <param name="axes">Counted from the front.</param>
    public Value Mean(Value x, long[] axes) => Graph.ReduceMean(x, keepDims: true, axes);

    /// <summary>Zeros with the type and shape of a value, made when the graph runs.</summary>
    /// <param name="like">The value whose shape is wanted.</param>
    public Value Zeros(Value like) => ExpandLike(Graph.Scalar(like, 0), like);

    /// <summary>An optional input that must be a list of integers known now: axes, pads, starts.</summary>
    /// <param name="index">From 0; may be past the inputs the node has.</param>
    /// <returns>Null when the input is left out.</returns>
    /// <exception cref="GraphException">It is computed by the graph.</exception>
    public long[]? ConstantInts(int index) => Node.OptionalInput(index) is not Value input
        ? null
        : input.Constant?.ToInt64() ?? throw Refuse($"its gradient needs input {index} to be a constant, and '{input.Name}' is computed");

    /// <summary>The error for a form of the operator that has no gradient here.</summary>
    /// <param name="problem">What is not supported, and what would be.</param>
    public GraphException Refuse(string problem) => new(Node.Name, Node.OpType, problem);
}
