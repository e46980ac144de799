namespace UnetSpikes.Onnx;

/// <summary>One application of an operator. Immutable, but for a pass that replaces its inputs.</summary>
public sealed class Node
{
    private readonly Value?[] _inputs;

    internal Node(string name, string opType, string domain, IReadOnlyList<Value?> inputs, Attributes attributes, IReadOnlyList<Value> outputs)
    {
        Name = name;
        OpType = opType;
        Domain = domain;
        _inputs = [.. inputs];
        Attributes = attributes;
        Outputs = outputs;
        foreach (Value output in outputs)
        {
            output.Producer = this;
        }
    }

    /// <summary>Its name, unique in the graph.</summary>
    public string Name { get; }

    /// <summary>The operator, as its specification spells it.</summary>
    public string OpType { get; }

    /// <summary>The operator's domain; empty for ONNX's own, <c>com.microsoft</c> for ONNX Runtime's fused operators.</summary>
    public string Domain { get; }

    /// <summary>Inputs in the specification's order; null where an optional one is left out.</summary>
    public IReadOnlyList<Value?> Inputs => _inputs;

    /// <summary>Attributes.</summary>
    public Attributes Attributes { get; }

    /// <summary>Outputs in the specification's order.</summary>
    public IReadOnlyList<Value> Outputs { get; }

    /// <summary>The first output: the only one, for most operators.</summary>
    public Value Output => Outputs[0];

    /// <summary>An input that must be there.</summary>
    /// <param name="index">From 0.</param>
    /// <exception cref="Core.GraphException">It is left out.</exception>
    public Value Input(int index) =>
        (index < _inputs.Length ? _inputs[index] : null) ?? throw new Core.GraphException(Name, OpType, $"input {index} is missing");

    /// <summary>An optional input, or null.</summary>
    /// <param name="index">From 0; may be past the end.</param>
    public Value? OptionalInput(int index) => index < _inputs.Length ? _inputs[index] : null;

    /// <summary>Every value it reads: its inputs, then what its branches capture from the graphs around them.</summary>
    public IEnumerable<Value> Uses()
    {
        foreach (Value? input in _inputs)
        {
            if (input is not null)
            {
                yield return input;
            }
        }

        foreach (Graph branch in Branches)
        {
            foreach (Value captured in branch.Captured())
            {
                yield return captured;
            }
        }
    }

    /// <summary>The branches among its attributes.</summary>
    public IEnumerable<Graph> Branches => Attributes.Select(a => a.Value).OfType<Graph>();

    /// <summary>"Gemm 'down.0.conv2'".</summary>
    public override string ToString() => $"{OpType} '{Name}'";

    internal void ReplaceInput(int index, Value value) => _inputs[index] = value;
}
