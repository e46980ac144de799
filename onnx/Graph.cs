using UnetSpikes.Core;

namespace UnetSpikes.Onnx;

/// <summary>An ONNX graph under construction: values and the nodes that compute them, always in an order that can be run.</summary>
/// <remarks>
/// A node can only use values that exist, so the graph is acyclic by construction, and its type and shapes are
/// inferred as it is added; a wrong node fails where it is written, not when a session is made.
/// The inference rule of every operator is in <see cref="Operators"/>.
/// </remarks>
public sealed class Graph
{
    /// <summary>The domain of ONNX Runtime's fused operators.</summary>
    public const string MicrosoftDomain = "com.microsoft";

    private readonly List<Value> _inputs = [];
    private readonly List<Value> _initializers = [];
    private readonly List<Value> _outputs = [];
    private readonly List<Node> _nodes = [];
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, int> _nextSuffix = [];
    private string _scope = "";

    /// <summary>Starts an empty graph.</summary>
    /// <param name="name">The graph's name in the file.</param>
    public Graph(string name) => Name = name;

    /// <summary>The graph's name in the file.</summary>
    public string Name { get; }

    /// <summary>The default domain's opset version the file declares.</summary>
    public int Opset { get; init; } = 17;

    /// <summary>Inputs in order.</summary>
    public IReadOnlyList<Value> Inputs => _inputs;

    /// <summary>Constants in order.</summary>
    public IReadOnlyList<Value> Initializers => _initializers;

    /// <summary>Outputs in order.</summary>
    public IReadOnlyList<Value> Outputs => _outputs;

    /// <summary>Nodes, each after those it depends on.</summary>
    public IReadOnlyList<Node> Nodes => _nodes;

    /// <summary>metadata_props of the file.</summary>
    public SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    /// <summary>Declares an input.</summary>
    /// <param name="name">Its name; must be new.</param>
    /// <param name="type">Element type.</param>
    /// <param name="shape">Axes; symbols for dynamic ones.</param>
    public Value AddInput(string name, ElementType type, Shape shape)
    {
        var value = new Value(Claim(name), type, shape);
        _inputs.Add(value);
        return value;
    }

    /// <summary>Adds a constant.</summary>
    /// <param name="tensor">Its numbers.</param>
    /// <param name="name">A name, made unique if taken; by default one of the scope's.</param>
    public Value AddInitializer(Tensor tensor, string? name = null)
    {
        var value = new Value(name is null ? Fresh("const") : Unique(name), tensor.Type, Shape.Of(tensor.Dims), tensor);
        _initializers.Add(value);
        return value;
    }

    /// <summary>Adds a node with one output.</summary>
    /// <param name="opType">The operator.</param>
    /// <param name="inputs">Its inputs; null where an optional one is left out.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="domain">Empty for ONNX's own operators.</param>
    /// <returns>The output, its type and shape inferred.</returns>
    /// <exception cref="GraphException">Unknown operator, wrong arity, a foreign or dangling value, shapes that do not fit.</exception>
    public Value Add(string opType, IReadOnlyList<Value?> inputs, Attributes? attributes = null, string domain = "") =>
        AddNode(opType, inputs, 1, attributes, domain).Output;

    /// <summary>Adds a node.</summary>
    /// <param name="opType">The operator.</param>
    /// <param name="inputs">Its inputs; null where an optional one is left out.</param>
    /// <param name="outputCount">How many of its outputs are wanted, from the first.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="domain">Empty for ONNX's own operators.</param>
    /// <param name="name">Its name; by default one made of the scope and the operator.</param>
    /// <param name="outputNames">The outputs' names; by default the node's own, made unique.</param>
    /// <exception cref="GraphException">Unknown operator, wrong arity, a foreign or dangling value, shapes that do not fit.</exception>
    public Node AddNode(
        string opType,
        IReadOnlyList<Value?> inputs,
        int outputCount = 1,
        Attributes? attributes = null,
        string domain = "",
        string? name = null,
        IReadOnlyList<string>? outputNames = null)
    {
        string nodeName = name is null ? Fresh(opType) : Unique(name);
        var outputs = new Value[outputCount];
        for (int i = 0; i < outputCount; i++)
        {
            string output = outputNames is not null ? Claim(outputNames[i]) : Unique(outputCount == 1 ? nodeName + ":0" : $"{nodeName}:{i}");
            outputs[i] = new Value(output, ElementType.Undefined, null);
        }

        var node = new Node(nodeName, opType, domain, inputs, attributes ?? Attributes.None, outputs);
        Operators.Infer(node, Opset);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Declares an output and gives the value that name.</summary>
    /// <param name="value">A value of this graph.</param>
    /// <param name="name">The output's name; must be new.</param>
    /// <returns>The output value (the same one, renamed; a copy where the value is an input, a constant or already an output).</returns>
    public Value AddOutput(Value value, string name)
    {
        bool mayRename = value.Producer is not null && !_outputs.Contains(value);
        Value output = mayRename ? value : Add("Identity", [value]);
        if (output.Name != name)
        {
            _names.Remove(output.Name);
            output.Name = Claim(name);
        }

        _outputs.Add(output);
        return output;
    }

    /// <summary>Names what is added until the scope is disposed: <c>down.0.conv1/Conv</c>.</summary>
    /// <param name="name">One level of the path.</param>
    public IDisposable Scope(string name) => new NameScope(this, name);

    /// <summary>Replaces the nodes, in an order that can be run: for passes.</summary>
    /// <param name="nodes">The nodes to keep.</param>
    internal void ReplaceNodes(IEnumerable<Node> nodes)
    {
        Node[] kept = [.. nodes];
        _nodes.Clear();
        _nodes.AddRange(kept);
    }

    /// <summary>Forgets constants nothing uses: for passes.</summary>
    /// <param name="isUsed">Whether to keep one.</param>
    internal void KeepInitializers(Predicate<Value> isUsed) => _initializers.RemoveAll(v => !isUsed(v));

    private string Claim(string name) =>
        _names.Add(name) ? name : throw new GraphException(name, "", "the name is used twice in the graph");

    private string Fresh(string stem) => Unique(_scope.Length == 0 ? stem : $"{_scope}/{stem}");

    private string Unique(string name)
    {
        if (_names.Add(name))
        {
            return name;
        }

        int suffix = _nextSuffix.GetValueOrDefault(name, 1);
        string candidate;
        do
        {
            candidate = $"{name}.{suffix++}";
        }
        while (!_names.Add(candidate));
        _nextSuffix[name] = suffix;
        return candidate;
    }

    private sealed class NameScope : IDisposable
    {
        private readonly Graph _graph;
        private readonly string _outer;

        public NameScope(Graph graph, string name)
        {
            _graph = graph;
            _outer = graph._scope;
            graph._scope = _outer.Length == 0 ? name : $"{_outer}.{name}";
        }

        public void Dispose() => _graph._scope = _outer;
    }
}
