using UnetSpikes.Core;
using UnetSpikes.Onnx.Inference;

namespace UnetSpikes.Onnx;

/// <summary>One operator as one opset defines it: what it takes, what it gives, and how shapes follow.</summary>
/// <remarks>
/// Signatures are written as the specification's type variables, one per input or output:
/// <c>T</c> one type of the operator's own set, the same wherever T stands; <c>A</c> any type; <c>N</c> any number; <c>F</c> any floating point;
/// <c>S</c> Float; <c>L</c> Int64; <c>J</c> Int32 or Int64; <c>B</c> Bool; <c>X</c> (outputs) decided by the rule.
/// A mark says how many: <c>?</c> optional, <c>+</c> one or more (last only).
/// </remarks>
public sealed class Operator
{
    private readonly ElementType[] _types;
    private readonly Rule _rule;

    internal Operator(string name, string inputs, string outputs, ElementType[] types, Rule rule, params string[] attributes)
    {
        Name = name;
        Inputs = Array.ConvertAll(inputs.Split(' ', StringSplitOptions.RemoveEmptyEntries), Slot.Parse);
        Outputs = Array.ConvertAll(outputs.Split(' '), Slot.Parse);
        _types = types;
        _rule = rule;
        Attributes = Array.ConvertAll(attributes, AttributeSpec.Parse);
    }

    /// <summary>As the specification spells it.</summary>
    public string Name { get; }

    /// <summary>Empty for ONNX's own operators.</summary>
    public string Domain { get; init; } = "";

    /// <summary>The first opset with this form of the operator (13, the oldest read here, where it is older).</summary>
    public int Since { get; init; } = Operators.OldestOpset;

    /// <summary>Fewest inputs.</summary>
    public int MinInputs => Inputs.Count(s => !s.Optional);

    /// <summary>Most inputs.</summary>
    public int MaxInputs => Inputs is [.., { Variadic: true }] ? int.MaxValue : Inputs.Length;

    /// <summary>Fewest outputs.</summary>
    public int MinOutputs => Outputs.Count(s => !s.Optional);

    /// <summary>Most outputs.</summary>
    public int MaxOutputs => Outputs is [.., { Variadic: true }] ? int.MaxValue : Outputs.Length;

    /// <summary>The attributes it knows.</summary>
    public IEnumerable<string> AttributeNames => Attributes.Select(a => a.Name);

    internal Slot[] Inputs { get; }

    internal Slot[] Outputs { get; }

    internal AttributeSpec[] Attributes { get; }

    /// <summary>True where the rule works although an input's rank is not known; elsewhere the outputs' ranks are then unknown too.</summary>
    internal bool TakesUnknownRank { get; init; }

    /// <summary>"Add", "com.microsoft.Gelu".</summary>
    public override string ToString() => Domain.Length == 0 ? Name : $"{Domain}.{Name}";

    /// <summary>Checks a node against the signature and sets types and shapes of its outputs.</summary>
    internal void Infer(Node node)
    {
        var n = new InferenceContext(node);
        CheckArity(n);
        CheckAttributes(n);
        ElementType bound = CheckInputTypes(n);
        for (int i = 0; i < node.Outputs.Count; i++)
        {
            char letter = Outputs[Math.Min(i, Outputs.Length - 1)].Letter;
            node.Outputs[i].Type = letter == 'T' ? bound : Types.Fixed(letter);
        }

        bool isRankKnown = TakesUnknownRank || node.Inputs.All(v => v is null || v.Shape is not null);
        Shape? first = isRankKnown ? Apply(n, c => _rule(c)) : null;
        if (node.Outputs.Count > 0)
        {
            node.Outputs[0].Shape = first;
            node.Outputs[0].Contents = isRankKnown ? Apply(n, ShapeArithmetic.Contents) : null;
        }

        foreach (Value output in node.Outputs)
        {
            if (output.Type == ElementType.Undefined)
            {
                throw n.Fail($"the type of output '{output.Name}' cannot be told: the rank of an input is not known");
            }
        }
    }

    private T? Apply<T>(InferenceContext n, Func<InferenceContext, T?> rule)
        where T : class
    {
        try
        {
            return rule(n);
        }
        catch (OverflowException e)
        {
            throw new GraphException(n.Node.Name, Name, "a size is larger than 64-bit integers hold", e);
        }
    }

    private void CheckArity(InferenceContext n)
    {
        IReadOnlyList<Value?> inputs = n.Node.Inputs;
        if (inputs.Count < MinInputs || inputs.Count > MaxInputs)
        {
            throw n.Fail($"has {inputs.Count} inputs, expected {Range(MinInputs, MaxInputs)}");
        }

        for (int i = 0; i < inputs.Count; i++)
        {
            if (inputs[i] is null && !SlotOf(i).Optional)
            {
                throw n.Fail($"input {i} is left out, and it is not optional");
            }
        }

        if (n.Node.Outputs.Count < MinOutputs || n.Node.Outputs.Count > MaxOutputs)
        {
            throw n.Fail($"has {n.Node.Outputs.Count} outputs, expected {Range(MinOutputs, MaxOutputs)}");
        }
    }

    private void CheckAttributes(InferenceContext n)
    {
        var given = new HashSet<string>();
        foreach ((string name, object value) in n.Node.Attributes)
        {
            AttributeSpec spec = Array.Find(Attributes, a => a.Name == name)
                ?? throw n.Fail($"has no attribute '{name}'{(Attributes.Length == 0 ? "" : $", only {string.Join(", ", AttributeNames)}")}");
            if (!spec.Takes(value))
            {
                throw n.Fail($"attribute '{name}' is {AttributeSpec.KindOf(value)}, expected {spec.Kind}");
            }

            if (!given.Add(name))
            {
                throw n.Fail($"attribute '{name}' is given twice");
            }
        }

        if (Array.Find(Attributes, a => a.Required && !given.Contains(a.Name)) is { } missing)
        {
            throw n.Fail($"attribute '{missing.Name}' is missing");
        }
    }

    private ElementType CheckInputTypes(InferenceContext n)
    {
        ElementType bound = ElementType.Undefined;
        for (int i = 0; i < n.Node.Inputs.Count; i++)
        {
            if (n.Node.Inputs[i] is not { } value)
            {
                continue;
            }

            char letter = SlotOf(i).Letter;
            ElementType[] allowed = letter == 'T' ? _types : Types.Of(letter);
            if (Array.IndexOf(allowed, value.Type) < 0)
            {
                throw n.Fail($"input {i} '{value.Name}' is {value.Type}, expected {string.Join(" or ", allowed)}");
            }

            if (letter == 'T')
            {
                bound = bound == ElementType.Undefined || bound == value.Type
                    ? value.Type
                    : throw n.Fail($"input {i} '{value.Name}' is {value.Type}, and an earlier one {bound}: they must be the same");
            }
        }

        return bound;
    }

    private Slot SlotOf(int input) => Inputs[Math.Min(input, Inputs.Length - 1)];

    private static string Range(int min, int max) => max == int.MaxValue ? $"{min} or more" : min == max ? $"{min}" : $"{min} to {max}";
}

/// <summary>One input or output of a signature.</summary>
/// <param name="Letter">The type variable.</param>
/// <param name="Optional">May be left out.</param>
/// <param name="Variadic">May be repeated.</param>
internal sealed record Slot(char Letter, bool Optional, bool Variadic)
{
    public static Slot Parse(string text) => new(text[0], text.EndsWith('?'), text.EndsWith('+'));
}

/// <summary>An attribute an operator knows, written "axis:int", or "to:int!" where it must be given.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">int, float, string, ints, floats, tensor or graph.</param>
/// <param name="Required">Must be given.</param>
internal sealed record AttributeSpec(string Name, string Kind, bool Required)
{
    public static AttributeSpec Parse(string text)
    {
        string[] parts = text.TrimEnd('!').Split(':');
        return new(parts[0], parts[1], text.EndsWith('!'));
    }

    public bool Takes(object value) => Kind == KindOf(value);

    public static string KindOf(object value) => value switch
    {
        long => "int",
        float => "float",
        string => "string",
        long[] => "ints",
        float[] => "floats",
        Tensor => "tensor",
        _ => "graph",
    };
}
